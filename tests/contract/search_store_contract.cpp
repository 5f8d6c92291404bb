#include "tests/contract/search_store_contract.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <set>
#include <thread>

namespace gannet::store::contract {

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(SearchStoreContract);

using testing::ElementsAre;
using testing::IsEmpty;
using Kind = SearchQuery::Kind;

TEST_P(SearchStoreContract, FindsWordsInTheirFields) {
  index({document(1, "Lunch on Friday", "Shall we meet?"), document(2, "Minutes", "We met for lunch.")});
  EXPECT_THAT(find(word("lunch")), ElementsAre(1, 2));
  EXPECT_THAT(find(word("LUNCH", SearchField::kSubject)), ElementsAre(1));
  EXPECT_THAT(find(word("lunch", SearchField::kBody)), ElementsAre(2));
  EXPECT_THAT(find(word("lunch", SearchField::kFrom)), IsEmpty());
  EXPECT_THAT(find(word("lun")), IsEmpty());
  EXPECT_THAT(find(word("dinner")), IsEmpty());
  EXPECT_THAT(find(word("lunch"), 2), IsEmpty()) << "another account's";
}

TEST_P(SearchStoreContract, WordsOfOtherScripts) {
  index({document(1, "Grüße aus Köln", "ÆRØSKØBING"), document(2, "Привет, мир", "")});
  EXPECT_THAT(find(word("grüsse")), ElementsAre(1)) << "full case folding: ß is ss";
  EXPECT_THAT(find(word("GRÜßE")), ElementsAre(1));
  EXPECT_THAT(find(word("ærøskøbing")), ElementsAre(1));
  EXPECT_THAT(find(word("ПРИВЕТ")), ElementsAre(2));
}

TEST_P(SearchStoreContract, Prefixes) {
  index({document(1, "invoice", ""), document(2, "invoices", ""), document(3, "inventory", ""),
         document(4, "voice", "")});
  EXPECT_THAT(find(leaf(Kind::kPrefix, "invoi")), ElementsAre(1, 2));
  EXPECT_THAT(find(leaf(Kind::kPrefix, "inv")), ElementsAre(1, 2, 3));
  EXPECT_THAT(find(leaf(Kind::kPrefix, "inv", SearchField::kBody)), IsEmpty());
}

TEST_P(SearchStoreContract, APhraseIsNeverMissed) {
  index({document(1, "annual general meeting", ""), document(2, "general", "other")});
  EXPECT_THAT(find(leaf(Kind::kPhrase, "general meeting")), ElementsAre(1));
  EXPECT_THAT(find(leaf(Kind::kPhrase, "Annual General Meeting")), ElementsAre(1));
}

TEST_P(SearchStoreContract, APhraseIsInOrderAndInOneField) {
  index({document(1, "meeting general", ""), document(2, "general", "meeting"),
         document(3, "the general meeting", "")});
  EXPECT_THAT(find(leaf(Kind::kPhrase, "general meeting")), ElementsAre(3));
  EXPECT_THAT(find(leaf(Kind::kPhrase, "general meeting", SearchField::kBody)), IsEmpty());
}

TEST_P(SearchStoreContract, OtherFormsOfAWord) {
  index({document(1, "Two meetings", ""), document(2, "One meeting", ""), document(3, "They met", "")});
  EXPECT_THAT(find(word("meeting")), ElementsAre(1, 2));
  EXPECT_THAT(find(word("meetings")), ElementsAre(1, 2));
  EXPECT_THAT(find(leaf(Kind::kPhrase, "meetings")), ElementsAre(1)) << "a phrase has the words as they are";
}

TEST_P(SearchStoreContract, FormsByTheLanguageOfTheText) {
  auto german = document(1, "Die Häuser am See", "");
  auto french = document(2, "Les réunions de demain", "");
  for (auto& field : german.fields) field.language = "de";
  for (auto& field : french.fields) field.language = "fr";
  index({german, french});
  EXPECT_THAT(find(in_language("de", "Haus")), ElementsAre(1));
  EXPECT_THAT(find(in_language("fr", "réunion")), ElementsAre(2));
}

TEST_P(SearchStoreContract, TextWithoutBlanks) {
  index({document(1, "全文検索エンジン", ""), document(2, "会议通知：下午三点开会", ""),
         document(3, "การประชุมประจำปี", ""), document(4, "회의 일정을 알려드립니다", "")});
  EXPECT_THAT(find(word("検索")), ElementsAre(1));
  EXPECT_THAT(find(word("开会")), ElementsAre(2));
  EXPECT_THAT(find(word("ประชุม")), ElementsAre(3));
  EXPECT_THAT(find(word("일정")), ElementsAre(4));
  EXPECT_THAT(find(word("索検")), IsEmpty()) << "the characters, but not in this order";
}

// Narrowing: what has it must be found, and others may be.
TEST_P(SearchStoreContract, APartOfATextIsNeverMissed) {
  index({document(1, "xfoobar", "The quick brown fox"), document(2, "foo", "全文検索"),
         document(3, "Grüße, don't panic: a.b@c-d.example", "")});
  auto has = [&](const std::string& text, SearchField field, std::uint32_t number) {
    const auto found = find(leaf(Kind::kSubstring, text, field));
    return std::ranges::find(found, number) != found.end();
  };
  EXPECT_TRUE(has("foo", SearchField::kSubject, 1));
  EXPECT_TRUE(has("foo", SearchField::kSubject, 2));
  EXPECT_TRUE(has("ick brown f", SearchField::kBody, 1));
  EXPECT_TRUE(has("文検", SearchField::kBody, 2));
  EXPECT_TRUE(has("検", SearchField::kBody, 2));
  EXPECT_TRUE(has("RÜSSE, DON", SearchField::kSubject, 3));
  EXPECT_TRUE(has("b@c-d.ex", SearchField::kSubject, 3));
  EXPECT_TRUE(has("'t p", SearchField::kSubject, 3));
}

TEST_P(SearchStoreContract, HeadersAreAFieldApart) {
  auto message = document(1, "lunch", "");
  message.fields.push_back({SearchField::kHeader, "lunch\nmailer example\n", ""});
  index({message});
  const auto found = find(leaf(Kind::kSubstring, "mailer", SearchField::kHeader));
  EXPECT_THAT(found, ElementsAre(1));
  EXPECT_THAT(find(word("mailer")), IsEmpty()) << "not one of any";
}

TEST_P(SearchStoreContract, HostileTexts) {
  const std::string binary("\0\xff\xfe\x80 word\n\t\"quote\\ {}[]*?:/", 27);
  index({document(1, binary, std::string(5000, 'a')), document(2, std::string("end\0word", 8), ""),
         document(3, "", "")});
  for (const std::string text :
       {"\"", "*", "a*b?", "\\", "{\"query\":1}", "AND OR NOT", "\xff", "", " ", "wor\nd"})
    for (const auto kind : {Kind::kWord, Kind::kPhrase, Kind::kPrefix, Kind::kSubstring}) {
      const auto found = store_->query(1, leaf(kind, text));
      EXPECT_TRUE(found) << text << ": " << found.error().describe();
    }
  EXPECT_THAT(find(word("word")), testing::Contains(1));
}

TEST_P(SearchStoreContract, CombinesConditions) {
  index({document(1, "red apple", ""), document(2, "green apple", ""), document(3, "red pear", "")});
  EXPECT_THAT(find(branch(Kind::kAnd, {word("red"), word("apple")})), ElementsAre(1));
  EXPECT_THAT(find(branch(Kind::kOr, {word("green"), word("pear")})), ElementsAre(2, 3));
  EXPECT_THAT(find(branch(Kind::kNot, {word("red")})), ElementsAre(2));
  EXPECT_THAT(find(branch(Kind::kAnd, {word("red"), branch(Kind::kNot, {word("apple")})})), ElementsAre(3));
  EXPECT_THAT(find(SearchQuery()), ElementsAre(1, 2, 3));
  EXPECT_THAT(find(branch(Kind::kAnd, {})), ElementsAre(1, 2, 3));
  EXPECT_THAT(find(branch(Kind::kOr, {})), IsEmpty());
}

TEST_P(SearchStoreContract, IndexingAgainReplaces) {
  index({document(1, "old words", "stay")});
  index({document(1, "new words", "stay")});
  EXPECT_THAT(find(word("old")), IsEmpty());
  EXPECT_THAT(find(word("new")), ElementsAre(1));
  EXPECT_THAT(find(word("stay")), ElementsAre(1));
}

TEST_P(SearchStoreContract, Removes) {
  index({document(1, "same", ""), document(2, "same", ""), document(3, "same", "", 2)});
  ASSERT_TRUE(store_->remove(1, {1, 99}));
  EXPECT_THAT(find(word("same")), ElementsAre(2));
  EXPECT_THAT(find(branch(Kind::kNot, {word("absent")})), ElementsAre(2));
  ASSERT_TRUE(store_->remove_account(1));
  EXPECT_THAT(find(word("same")), IsEmpty());
  EXPECT_THAT(find(word("same"), 2), ElementsAre(3));
}

TEST_P(SearchStoreContract, DocumentNumbersOfAllSizes) {
  const std::vector<std::uint32_t> numbers{0, 1, 65'535, 65'536, 1u << 31, UINT32_MAX};
  for (const auto number : numbers) index({document(number, "number", "")});
  EXPECT_EQ(find(word("number")), numbers);
}

TEST_P(SearchStoreContract, RefusesMalformedQueries) {
  auto error = [&](const SearchQuery& query) {
    const auto found = store_->query(1, query);
    return !found && found.error().is(StoreError::kInvalid);
  };
  EXPECT_TRUE(error(branch(Kind::kNot, {})));
  EXPECT_TRUE(error(branch(Kind::kNot, {word("a"), word("b")})));
  auto leaf_with_child = word("a");
  leaf_with_child.children.push_back(word("b"));
  EXPECT_TRUE(error(leaf_with_child));
  EXPECT_TRUE(error(branch(Kind::kNot, {leaf(Kind::kSubstring, "a")}))) << "what narrows cannot be denied";
  SearchQuery deep = word("a");
  for (int i = 0; i < 200; ++i) deep = branch(Kind::kNot, {deep});
  EXPECT_TRUE(error(deep));
}

TEST_P(SearchStoreContract, ManyThreadsIndexOneAccount) {
  std::vector<std::jthread> threads;
  threads.reserve(4);
  for (std::uint32_t t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (std::uint32_t i = 0; i < 25; ++i) index({document(t * 100 + i, "shared", std::to_string(t))});
    });
  threads.clear();
  EXPECT_EQ(find(word("shared")).size(), 100u);
  EXPECT_EQ(find(word("2")).size(), 25u);
}

// Whatever is indexed and removed, a query finds what a look at every document finds.
TEST_P(SearchStoreContract, BehavesAsTheModel) {
  SeededRandom random(6);
  std::map<std::uint32_t, std::set<std::string>> model;
  const std::vector<std::string> vocabulary{"alpha", "alphabet", "beta", "gamma", "delta", "omega"};
  // Several changes a step: what they cost, most of all where others have to see them, is paid once.
  for (int step = 0; step < 100; ++step) {
    std::vector<std::uint32_t> gone;
    std::map<std::uint32_t, std::set<std::string>> changed;
    std::vector<SearchDocument> documents;
    for (auto n = 1 + random.below(5); n > 0; --n) {
      const auto number = static_cast<std::uint32_t>(random.below(30));
      if (changed.contains(number)) continue;
      auto& words = changed[number];
      if (random.below(4) == 0) {
        gone.push_back(number);
        continue;
      }
      std::string text;
      for (auto left = random.below(4); left > 0; --left) {
        const auto& chosen = vocabulary[random.below(vocabulary.size())];
        words.insert(chosen);
        text += chosen + ", ";
      }
      documents.push_back(document(number, text, ""));
    }
    index(documents);
    if (!gone.empty()) EXPECT_TRUE(store_->remove(1, gone));
    for (const auto& [number, words] : changed) model[number] = words;
    for (const auto number : gone) model.erase(number);
    const auto& a = vocabulary[random.below(vocabulary.size())];
    const auto& b = vocabulary[random.below(vocabulary.size())];
    std::vector<std::uint32_t> both, neither, prefixed;
    for (const auto& [document_number, words] : model) {
      if (words.contains(a) && words.contains(b)) both.push_back(document_number);
      if (!words.contains(a) && !words.contains(b)) neither.push_back(document_number);
      if (words.contains("alpha") || words.contains("alphabet")) prefixed.push_back(document_number);
    }
    ASSERT_EQ(find(branch(Kind::kAnd, {word(a), word(b)})), both) << "step " << step;
    ASSERT_EQ(find(branch(Kind::kNot, {branch(Kind::kOr, {word(a), word(b)})})), neither) << "step " << step;
    ASSERT_EQ(find(leaf(Kind::kPrefix, "alph")), prefixed) << "step " << step;
  }
}

}  // namespace gannet::store::contract
