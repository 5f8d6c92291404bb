#include "mta/queue/queue.h"

#include <gtest/gtest.h>

#include "mta/errors.h"
#include "store/blob_links.h"
#include "store/data_blob_store.h"
#include "store/rocksdb/rocksdb_store.h"
#include "tests/contract/harness.h"

namespace gannet::mta {
namespace {

constexpr Duration kLease = std::chrono::minutes(5);

class QueueTest : public ::testing::Test {
 protected:
  static store::Stores open(const std::string& path, Clock& clock) {
    store::Stores out;
    out.data = store::open_rocksdb({.path = path}, clock).value();
    out.blob = store::blob_store_over(out.data);
    return out;
  }

  Entry entry() {
    Entry out;
    out.id = queue_.new_id();
    out.created = clock_.now();
    out.due = clock_.now() + std::chrono::minutes(2);
    out.expires = clock_.now() + std::chrono::hours(1);
    out.sender = "alice@demo.test";
    out.envelope_id = "id";
    out.ret = smtp::Ret::kHeaders;
    out.blob = store::BlobId::of(kContent);
    out.size = kContent.size();
    QueuedRecipient recipient;
    recipient.address = "bob@demo.test";
    recipient.account = 7;
    recipient.delivered_to = "bob@demo.test";
    recipient.notify = smtp::kNotifyFailure;
    recipient.last = {452, {4, 2, 2}, "Full"};
    recipient.last_attempt = clock_.now();
    out.recipients = {recipient};
    return out;
  }

  Entry add() {
    const Entry out = entry();
    store::WriteBatch batch;
    EXPECT_TRUE(stores_.blob->put_with(batch, out.blob, kContent));
    queue_.enqueue(batch, out);
    EXPECT_TRUE(stores_.data->commit(std::move(batch)));
    return out;
  }

  std::optional<Queue::Claim> claim(std::uint64_t id, const char* holder) {
    auto out = queue_.claim(id, holder, kLease);
    EXPECT_TRUE(out);
    return out ? *out : std::nullopt;
  }

  static constexpr std::string_view kContent = "Subject: x\r\n\r\nbody\r\n";
  store::contract::TemporaryDirectory folder_;
  ManualClock clock_;
  SeededRandom random_{1};
  store::Stores stores_ = open(folder_.path() + "/db", clock_);
  Queue queue_{stores_, clock_, random_};
};

TEST_F(QueueTest, KeepsAnEntryAsItIs) {
  const Entry added = add();
  const auto found = queue_.find(added.id);
  ASSERT_TRUE(found && *found);
  EXPECT_EQ(**found, added);
  EXPECT_EQ(queue_.content(added).value(), kContent);
  EXPECT_EQ(queue_.list(0, 10).value().size(), 1U);
  EXPECT_TRUE(store::is_linked(*stores_.data, added.blob).value());
}

TEST_F(QueueTest, GivesOutWhatIsDueInItsOrder) {
  const Entry first = add();
  clock_.advance(std::chrono::minutes(1));
  const Entry second = add();
  EXPECT_TRUE(queue_.due(10).value().empty());
  EXPECT_FALSE(claim(first.id, "node-a"));
  EXPECT_EQ(queue_.next_due().value(), first.due);
  clock_.advance(std::chrono::minutes(1));
  ASSERT_EQ(queue_.due(10).value().size(), 1U);
  clock_.advance(std::chrono::minutes(1));
  const auto due = queue_.due(10).value();
  ASSERT_EQ(due.size(), 2U);
  EXPECT_EQ(due[0].id, first.id);
  EXPECT_EQ(due[1].id, second.id);
}

TEST_F(QueueTest, GivesAnEntryToOneWorker) {
  const Entry added = add();
  clock_.advance(std::chrono::minutes(3));
  ASSERT_TRUE(claim(added.id, "node-a"));
  EXPECT_FALSE(claim(added.id, "node-b"));
  EXPECT_TRUE(queue_.due(10).value().empty());
}

// A node that dies keeps nothing: its lease ends, and what it says afterwards is not heard.
TEST_F(QueueTest, HandsADeadWorkersEntryToAnother) {
  const Entry added = add();
  clock_.advance(std::chrono::minutes(3));
  auto dead = claim(added.id, "node-a");
  ASSERT_TRUE(dead);
  clock_.advance(kLease - Duration(1));
  EXPECT_FALSE(claim(added.id, "node-b"));
  clock_.advance(Duration(1));
  ASSERT_EQ(queue_.due(10).value().size(), 1U);
  auto taken = claim(added.id, "node-b");
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->entry.holder, "node-b");

  EXPECT_TRUE(queue_.check(*dead).error().is(MtaError::kLost));
  Entry done = dead->entry;
  done.recipients.clear();
  EXPECT_TRUE(queue_.commit(*dead, done).error().is(MtaError::kLost));
  EXPECT_TRUE(queue_.find(added.id).value());
}

TEST_F(QueueTest, LetsAnEntryWaitAgain) {
  const Entry added = add();
  clock_.advance(std::chrono::minutes(3));
  auto held = claim(added.id, "node-a");
  Entry after = held->entry;
  after.holder.clear();
  after.due = clock_.now() + std::chrono::minutes(5);
  ASSERT_TRUE(queue_.commit(*held, after));
  EXPECT_EQ(queue_.next_due().value(), after.due);
  EXPECT_FALSE(claim(added.id, "node-a"));
  clock_.advance(std::chrono::minutes(5));
  EXPECT_TRUE(claim(added.id, "node-b"));
}

TEST_F(QueueTest, LeavesNothingOfWhatIsDone) {
  const Entry added = add();
  clock_.advance(std::chrono::minutes(3));
  auto held = claim(added.id, "node-a");
  Entry done = held->entry;
  done.recipients.clear();
  ASSERT_TRUE(queue_.commit(*held, done));
  EXPECT_FALSE(queue_.find(added.id).value());
  EXPECT_FALSE(queue_.next_due().value());
  EXPECT_FALSE(store::is_linked(*stores_.data, added.blob).value());
}

TEST_F(QueueTest, RefusesADamagedRecord) {
  std::string record = encode(entry());
  EXPECT_TRUE(decode_entry(record));
  for (std::size_t size = 0; size < record.size(); ++size)
    EXPECT_TRUE(decode_entry(std::string_view(record).substr(0, size)).error().is(MtaError::kCorrupt));
  record[0] = 9;
  EXPECT_FALSE(decode_entry(record));
}

TEST_F(QueueTest, NumbersRiseWithTime) {
  const std::uint64_t first = queue_.new_id();
  clock_.advance(Duration(1));
  EXPECT_GT(queue_.new_id(), first);
}

}  // namespace
}  // namespace gannet::mta
