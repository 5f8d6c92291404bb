// Records of the schema and of the change log: what is written is read, and nothing else is.
#include "mailbox/change.h"
#include "mailbox/columns.h"
#include "mailbox/names.h"
#include "mailbox/testing/fixture.h"

namespace gannet::mailbox::testing {
namespace {

KeywordSet keywords(std::initializer_list<std::uint32_t> numbers) {
  KeywordSet out;
  for (const auto number : numbers) out.add(number);
  return out;
}

Row row(Uid uid, KeywordSet with = {}) {
  return {uid, uid + 5, uid, 1000 + uid, 1'700'000'000'000 + uid, 1'700'000'000'500, 77, with};
}

Change sample() {
  Change change{77, {}};
  change.steps.push_back(
      Added{3, {row(1), row(2, keywords({0, 3})), row(4'000'000'000, keywords({63, 64, 900}))}});
  change.steps.push_back(Removed{2, {{7, 8, 9, true}, {4'294'967'295, 1, 1, false}}});
  change.steps.push_back(KeywordsSet{2, keywords({1, 70}), {5, 6, 1000}});
  change.steps.push_back(Rethreaded{4, {10, 20}});
  change.steps.push_back(Shared{12, {{1, 2}, {3, 4}}});
  change.steps.push_back(Shared{13, {}});
  change.steps.push_back(MailboxTouched{2});
  return change;
}

TEST(KeywordSet, HoldsAnyNumber) {
  KeywordSet set = keywords({900, 0, 64, 63, 5, 64});
  EXPECT_THAT(set.numbers(), ::testing::ElementsAre(0, 5, 63, 64, 900));
  const KeywordSet same = keywords({0, 5, 63, 64, 900});
  EXPECT_EQ(set, same);
  set.remove(64);
  set.remove(900);
  EXPECT_TRUE(set.high_empty());
  EXPECT_EQ(set, keywords({0, 5, 63}));
  EXPECT_FALSE(set == same);
  EXPECT_TRUE(same.has(900));
}

TEST(ChangeCodec, IsReadAsItWasWritten) {
  const Change change = sample();
  Change read{77, {}};
  for (const auto& part : encode_change(change)) must(decode_change_part(part, read));
  EXPECT_EQ(read.steps, change.steps);
}

TEST(ChangeCodec, ALargeOneIsCutIntoParts) {
  Change change{77, {Added{1, {}}, KeywordsSet{1, keywords({1}), {}}, Removed{1, {}}}};
  for (Uid uid = 1; uid <= 20'000; ++uid) {
    std::get<Added>(change.steps[0]).rows.push_back(row(uid));
    std::get<KeywordsSet>(change.steps[1]).uids.push_back(uid);
    std::get<Removed>(change.steps[2]).gone.push_back({uid, uid, uid, true});
  }
  const auto parts = encode_change(change);
  EXPECT_GT(parts.size(), 5u);
  Change read{77, {}};
  for (const auto& part : parts) {
    EXPECT_LT(part.size(), 100'000u);  // what FoundationDB takes
    must(decode_change_part(part, read));
  }
  std::size_t added = 0, set = 0, gone = 0;
  for (const Step& step : read.steps) {
    if (const auto* one = std::get_if<Added>(&step)) added += one->rows.size();
    if (const auto* one = std::get_if<KeywordsSet>(&step)) set += one->uids.size();
    if (const auto* one = std::get_if<Removed>(&step)) gone += one->gone.size();
  }
  EXPECT_EQ(added, 20'000u);
  EXPECT_EQ(set, 20'000u);
  EXPECT_EQ(gone, 20'000u);

  std::vector<Uid> uids;
  for (const auto& part : encode_expunged({&std::get<Removed>(change.steps[2])})) {
    must(decode_expunged_part(part, 1, uids));
    must(decode_expunged_part(part, 2, uids));
  }
  EXPECT_EQ(uids.size(), 20'000u);
}

TEST(ChangeCodec, KeywordsOfManyTakeABytePerMessage) {
  Change change{77, {KeywordsSet{1, keywords({0}), {}}}};
  for (Uid uid = 1; uid <= 10'000; ++uid) std::get<KeywordsSet>(change.steps[0]).uids.push_back(uid);
  std::size_t bytes = 0;
  for (const auto& part : encode_change(change)) bytes += part.size();
  EXPECT_LT(bytes, 11'000u);
}

// Whatever was damaged, reading ends with an answer.
TEST(Codec, DamagedRecordsAreRefusedOrReadWithinTheirBounds) {
  Head head;
  head.modseq = 300;
  MessageState state{1, 2, 3, 4, keywords({1, 80, 90}), {{1, 2, 3, 4, true}, {5, 6, 7, 8, false}}};
  MessageRecord message;
  message.trace = "T: x\r\n";
  message.summary = "summary";
  Mailbox box;
  box.name = "name";
  const std::vector<std::string> records = {encode(head),
                                            encode(state),
                                            encode(message),
                                            encode(box),
                                            encode_change(sample()).front(),
                                            encode_hashes({std::string(16, 'h')})};
  const auto read_all = [](const std::string& record) {
    MessageState state_out;
    Change change{1, {}};
    std::vector<Uid> uids;
    int read = decode_head(record).has_value();
    read += decode_state(1, record, state_out).has_value();
    read += decode_message(1, record).has_value();
    read += decode_mailbox(1, record).has_value();
    read += decode_change_part(record, change).has_value();
    read += decode_expunged_part(record, 1, uids).has_value();
    read += decode_hashes(record).has_value();
    return read;
  };
  EXPECT_EQ(read_all(""), 0);
  SeededRandom dice(4);
  for (int round = 0; round < 20'000; ++round) {
    std::string record = records[dice.below(records.size())];
    for (auto n = dice.below(4); n > 0; --n)
      record[dice.below(record.size())] = static_cast<char>(dice.below(256));
    if (dice.below(3) == 0) record.resize(dice.below(record.size()));
    read_all(record);
  }
  for (const auto& record : records) EXPECT_GE(read_all(record), 1);
  for (const auto& record : records) {
    std::string newer = record;
    newer[0] = 99;
    EXPECT_EQ(read_all(newer), 0);  // a layout of a later release
  }
}

TEST(Columns, RowsComeAndGo) {
  Columns columns;
  for (const Uid uid : {5u, 2u, 9u}) columns.push(row(uid));
  columns.sort();
  columns.put(row(7, keywords({100})));
  EXPECT_THAT(columns.uids(), ::testing::ElementsAre(2, 5, 7, 9));
  EXPECT_EQ(columns.row(2), row(7, keywords({100})));
  columns.remove({{1, 0, 0, true}, {5, 0, 0, true}, {7, 0, 0, true}, {8, 0, 0, true}});
  EXPECT_THAT(columns.uids(), ::testing::ElementsAre(2, 9));
  EXPECT_EQ(columns.row(1), row(9));
  columns.put(row(7));
  EXPECT_TRUE(columns.keywords(1).high_empty());  // nothing of the former 7 is left
  EXPECT_EQ(columns.lower_bound(3), 1u);
  EXPECT_EQ(columns.lower_bound(10), 3u);
  EXPECT_EQ(columns.find(8), Columns::npos);
}

}  // namespace
}  // namespace gannet::mailbox::testing
