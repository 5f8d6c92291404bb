// No search for a part of a text misses a document, whatever the text and the part.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"
#include "base/unicode.h"
#include "search/finder.h"
#include "search/index_store.h"
#include "store/rocksdb/rocksdb_store.h"
#include "tests/contract/harness.h"

namespace gannet::search {
namespace {

using store::SearchDocument;
using store::SearchField;
using store::SearchQuery;

// Pieces of several scripts: words, marks without letters, separators, characters that fold to several.
constexpr std::string_view kPieces[] = {
    "a",       "B",  "foo",    "bar",    "oo", "x",  "7",        "42", " ",       " ",      ".",
    ",",       "-",  "_",      "'",      "@",  "\n", "ß",        "Ü",  "u\u0308", "\u0301", "é",
    "e\u0301", "İ",  "ﬁ",      "Å",      "я",  "Й",  "Привет",   "ς",  "Σ",       "한",     "국어",
    "全",      "文", "検",     "索",     "カ", "ー", "か\u3099", "ｶﾞ", "ท",       "ที่",      "ประ",
    "שָׁ",       "لا", "\u200d", "\u00ad", "क",  "्",   "षि",       "😀", "𠀀",      "№",      "½",
};

class NarrowingTest : public testing::Test {
 protected:
  std::string text(std::uint64_t most) {
    std::string out;
    for (auto n = random_.below(most + 1); n > 0; --n) out += kPieces[random_.below(std::size(kPieces))];
    return out;
  }
  // A part of one of the texts, or one that perhaps none has.
  std::string needle(const std::vector<std::string>& texts) {
    if (random_.below(5) == 0) return text(3);
    const auto folded = fold_case(texts[random_.below(texts.size())]).value_or("");
    if (folded.empty()) return text(2);
    auto begin = random_.below(folded.size());
    auto end = begin + 1 + random_.below(12);
    const auto inside = [&](std::size_t at) {
      return at < folded.size() && (static_cast<unsigned char>(folded[at]) & 0xc0) == 0x80;
    };
    while (inside(begin)) ++begin;
    while (inside(end)) ++end;
    return folded.substr(begin, end - begin);
  }

  SeededRandom random_{20};
  ManualClock clock_;
  store::contract::TemporaryDirectory folder_;
};

TEST_F(NarrowingTest, FindsWhatALookAtEveryTextFinds) {
  auto index = index_over(*store::open_rocksdb({.path = folder_.path() + "/db"}, clock_),
                          {.max_document = 200, .max_word = 16});
  Finder finder(index, index->data());
  std::vector<std::string> texts(400);
  std::size_t candidates_in_all = 0, found_in_all = 0;
  for (std::uint32_t round = 0; round < 20; ++round) {
    std::vector<SearchDocument> documents;
    for (int i = 0; i < 40; ++i) {
      const auto number = static_cast<std::uint32_t>(random_.below(texts.size()));
      texts[number] = text(random_.below(20) == 0 ? 120 : 25);
      documents.push_back(
          {.account = 1, .document = number, .fields = {{SearchField::kBody, texts[number], ""}}});
    }
    ASSERT_TRUE(index->index(documents));
    for (int i = 0; i < 60; ++i) {
      SearchQuery query;
      query.kind = SearchQuery::Kind::kSubstring;
      query.field = SearchField::kBody;
      query.text = needle(texts);
      const auto folded = fold_case(query.text);
      if (!folded || folded->empty()) continue;
      const auto candidates = finder.candidates(1, query);
      ASSERT_TRUE(candidates) << candidates.error().describe();
      for (std::uint32_t number = 0; number < texts.size(); ++number) {
        const bool candidate = (*candidates)(number);
        const bool has = fold_case(texts[number]).value_or("").find(*folded) != std::string::npos;
        ASSERT_TRUE(candidate || !has) << "\"" << query.text << "\" in \"" << texts[number] << "\"";
        candidates_in_all += candidate && !texts[number].empty();
        found_in_all += has;
      }
    }
  }
  RecordProperty("candidates", static_cast<int>(candidates_in_all));
  RecordProperty("found", static_cast<int>(found_in_all));
  EXPECT_GT(found_in_all, 1000u);
}

}  // namespace
}  // namespace gannet::search
