// Phrases are found where a look at every text finds them, however many segments, pieces and fields there are.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "base/random.h"
#include "search/index_store.h"
#include "search/postings.h"
#include "store/rocksdb/rocksdb_store.h"
#include "tests/contract/harness.h"

namespace gannet::search {
namespace {

using store::SearchDocument;
using store::SearchField;
using store::SearchQuery;

class PhraseTest : public testing::Test {
 protected:
  using Words = std::vector<std::uint32_t>;
  struct Text {
    Words subject, body;
  };

  // A few words are in most texts, most are in few.
  std::uint32_t word() {
    const double uniform = static_cast<double>(random_.below(1u << 30)) / (1u << 30);
    return static_cast<std::uint32_t>(std::exp(uniform * std::log(500.0)));
  }
  Words words(std::uint64_t count) {
    Words out;
    while (out.size() < count) out.push_back(word());
    return out;
  }
  static std::string joined(const Words& words) {
    std::string out;
    for (const auto one : words) out += "w" + std::to_string(one) + " ";
    return out;
  }
  void put(std::vector<SearchDocument>& batch, std::uint32_t number) {
    texts_[number] = {words(random_.below(4)), words(random_.below(40))};
    batch.push_back({.account = 1,
                     .document = number,
                     .fields = {{SearchField::kSubject, joined(texts_[number].subject), "en"},
                                {SearchField::kBody, joined(texts_[number].body), "en"}}});
  }
  // Mostly such as somewhere stand together.
  Words phrase() {
    const auto count = 2 + random_.below(3);
    const auto at = std::next(texts_.begin(), static_cast<std::ptrdiff_t>(random_.below(texts_.size())));
    const auto& text = at->second.body;
    if (random_.below(4) == 0 || text.size() < count) return words(count);
    const auto from = static_cast<std::ptrdiff_t>(random_.below(text.size() - count + 1));
    return {text.begin() + from, text.begin() + from + static_cast<std::ptrdiff_t>(count)};
  }
  std::vector<std::uint32_t> looked_for(const Words& phrase, SearchField field) const {
    std::vector<std::uint32_t> out;
    for (const auto& [number, text] : texts_) {
      const bool subject = field != SearchField::kBody && !std::ranges::search(text.subject, phrase).empty();
      const bool body = field != SearchField::kSubject && !std::ranges::search(text.body, phrase).empty();
      if (subject || body) out.push_back(number);
    }
    return out;
  }
  std::vector<std::uint32_t> found(const std::string& phrase, SearchField field) {
    return *index_->query(
        1,
        {.kind = SearchQuery::Kind::kPhrase, .field = field, .text = phrase, .language = {}, .children = {}});
  }

  SeededRandom random_{11};
  ManualClock clock_;
  store::contract::TemporaryDirectory folder_;
  std::shared_ptr<IndexStore> index_ =
      index_over(*store::open_rocksdb({.path = folder_.path() + "/db"}, clock_));
  std::map<std::uint32_t, Text> texts_;
};

TEST_F(PhraseTest, AreFoundWhereALookAtEveryTextFindsThem) {
  std::uint32_t next = 60'000;  // two blocks of documents
  std::size_t hits = 0;
  for (int round = 0; round < 14; ++round) {
    std::vector<SearchDocument> batch;
    for (int i = 0; i < 1000; ++i) put(batch, next++);
    for (int i = 0; i < 100; ++i)
      put(batch, 60'000 + static_cast<std::uint32_t>(random_.below(next - 60'000)));
    ASSERT_TRUE(index_->index(batch));
    std::vector<std::uint32_t> gone;
    for (int i = 0; i < 60; ++i)
      gone.push_back(60'000 + static_cast<std::uint32_t>(random_.below(next - 60'000)));
    for (const auto number : gone) texts_.erase(number);
    ASSERT_TRUE(index_->remove(1, gone));
    if (round % 3 != 1 && round < 12) continue;
    for (int i = 0; i < 25; ++i) {
      const auto wanted = phrase();
      for (const auto field : {SearchField::kAny, SearchField::kSubject, SearchField::kBody}) {
        const auto expected = looked_for(wanted, field);
        ASSERT_EQ(found(joined(wanted), field), expected) << joined(wanted);
        hits += expected.size();
      }
    }
  }
  EXPECT_GT(hits, 1500u);
}

TEST_F(PhraseTest, AWordThatStandsMoreOftenThanItsPositionsAreKeptMayBeAnywhere) {
  std::string often, text;
  for (std::size_t i = 0; i < kMaxPositions; ++i) often += "often ";
  ASSERT_TRUE(
      index_->index({{.account = 1, .document = 1, .fields = {{SearchField::kBody, often + "late", "en"}}},
                     {.account = 1, .document = 2, .fields = {{SearchField::kBody, "often too late", "en"}}},
                     {.account = 1, .document = 3, .fields = {{SearchField::kBody, "often late", "en"}}}}));
  EXPECT_EQ(found("often late", SearchField::kBody), (std::vector<std::uint32_t>{1, 3}));
  EXPECT_EQ(found("late often", SearchField::kBody), (std::vector<std::uint32_t>{1})) << "nobody can tell";
}

}  // namespace
}  // namespace gannet::search
