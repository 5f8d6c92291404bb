// What every SearchStore must do (src/store/search_store.h).
//
// A store's own affair: which forms of a word are one, beyond the plain ones asked for here; whether a prefix of
// several words asks for their order; what kSubstring finds besides; how words are parted within "3.14",
// "can't" or "example.org"; whether accents count.
#pragma once

#include <gtest/gtest.h>

#include "tests/contract/harness.h"

namespace gannet::store::contract {

class SearchStoreContract : public ::testing::TestWithParam<Backend<SearchStore>> {
 protected:
  void SetUp() override {
    harness_ = GetParam().make();
    if (const auto why = harness_->skip_reason(); !why.empty()) GTEST_SKIP() << why;
    auto opened = harness_->open(clock_);
    ASSERT_TRUE(opened) << opened.error().describe();
    store_ = *std::move(opened);
  }

  static SearchDocument document(std::uint32_t number, const std::string& subject, const std::string& body,
                                 std::uint32_t account = 1) {
    return {.account = account,
            .document = number,
            .fields = {{SearchField::kSubject, subject, "en"}, {SearchField::kBody, body, "en"}}};
  }
  static SearchQuery word(const std::string& text, SearchField field = SearchField::kAny) {
    return leaf(SearchQuery::Kind::kWord, text, field);
  }
  static SearchQuery leaf(SearchQuery::Kind kind, const std::string& text,
                          SearchField field = SearchField::kAny) {
    SearchQuery query;
    query.kind = kind, query.text = text, query.field = field;
    return query;
  }
  static SearchQuery in_language(const std::string& language, const std::string& text) {
    SearchQuery query = word(text);
    query.language = language;
    return query;
  }
  static SearchQuery branch(SearchQuery::Kind kind, std::vector<SearchQuery> children) {
    SearchQuery query;
    query.kind = kind, query.children = std::move(children);
    return query;
  }
  void index(const std::vector<SearchDocument>& documents) {
    auto done = store_->index(documents);
    EXPECT_TRUE(done) << done.error().describe();
  }
  std::vector<std::uint32_t> find(const SearchQuery& query, std::uint32_t account = 1) {
    auto found = store_->query(account, query);
    EXPECT_TRUE(found) << found.error().describe();
    return found ? *found : std::vector<std::uint32_t>{};
  }

  ManualClock clock_;
  std::unique_ptr<Harness<SearchStore>> harness_;
  std::shared_ptr<SearchStore> store_;
};

}  // namespace gannet::store::contract
