#include "directory/external/view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/unicode.h"
#include "directory/address.h"
#include "observe/log.h"
#include "store/rocksdb/rocksdb_store.h"
#include "tests/contract/harness.h"

namespace gannet::directory {
namespace {

struct Person {
  std::string origin, name, address;
  PrincipalType type = PrincipalType::kIndividual;
};

// An outside system whose names are unique as it compares them.
class People final : public Source {
 public:
  People(const std::vector<Person>& all, bool folds, int* questions)
      : all_(all), folds_(folds), questions_(questions) {}

  Result<std::optional<Found>> by_name(std::string_view name) override {
    ++*questions_;
    for (const auto& person : all_)
      if (folds_ ? normalize_login(person.name) == normalize_login(name) : person.name == name)
        return found(person);
    return std::nullopt;
  }
  Result<std::vector<Found>> by_address(std::string_view address) override {
    ++*questions_;
    std::vector<Found> out;
    for (const auto& person : all_)
      if (person.address == address) out.push_back(found(person));
    return out;
  }
  Result<void> complete(StoredPrincipal&) override { return {}; }
  Result<std::vector<std::string>> members(const StoredPrincipal&) override {
    return std::vector<std::string>();
  }
  Result<bool> has_domain(std::string_view) override { return true; }
  Result<std::vector<std::string>> addresses(std::string_view, std::size_t) override {
    return std::vector<std::string>();
  }

 private:
  static Found found(const Person& person) {
    Found out;
    out.stored.principal.type = person.type;
    out.stored.principal.name = person.name;
    out.stored.principal.emails = {person.address};
    out.stored.origin = person.origin;
    return out;
  }
  const std::vector<Person>& all_;
  const bool folds_;
  int* const questions_;
};

class ExternalViewTest : public testing::Test {
 protected:
  void SetUp() override {
    data_ = *store::open_rocksdb({.path = folder_.path() + "/db", .write_buffer_size = 1 << 20}, clock_);
    numbers_ = std::make_unique<Numbers>("d", data_, clock_, random_);
  }
  ExternalView view(bool folds = false) {
    return {key_, std::make_unique<People>(people_, folds, &questions_), *numbers_};
  }
  // Its number; 0 for nobody.
  AccountId at(const std::string& address, bool folds = false) {
    const auto out = view(folds).by_address(address);
    EXPECT_TRUE(out) << out.error().describe();
    return out && *out ? (*out)->principal.id : 0;
  }
  AccountId named(const std::string& name, bool folds = false) {
    const auto out = view(folds).by_name(name);
    EXPECT_TRUE(out) << out.error().describe();
    return out && *out ? (*out)->principal.id : 0;
  }

  store::contract::TemporaryDirectory folder_;
  ManualClock clock_;
  SeededRandom random_{1};
  std::shared_ptr<store::DataStore> data_;
  std::unique_ptr<Numbers> numbers_;
  std::vector<Person> people_;
  // Of each test its own: events of one directory are told sparingly.
  const std::string key_ =
      std::string("directory.") + testing::UnitTest::GetInstance()->current_test_info()->name();
  int questions_ = 0;
};

TEST_F(ExternalViewTest, OneAccountIsNeverTwoPeoples) {
  const std::string composed = "zo\u00eb", decomposed = "zoe\u0308";
  const std::vector<std::vector<Person>> twins = {
      // By case, and by normal form, where the database tells them apart.
      {{"plain", "plain", "plain@example.org"}, {"Plain", "Plain", "big@example.org"}},
      {{composed, composed, "plain@example.org"}, {decomposed, decomposed, "big@example.org"}},
      // By where they stand in a tree.
      {{"uid=plain,ou=people", "plain", "plain@example.org"},
       {"uid=plain,ou=groups", "plain", "big@example.org"}},
      {{"uid=plain,ou=people", "plain", "plain@example.org"},
       {"cn=plain,ou=groups", "plain", "big@example.org", PrincipalType::kGroup}},
  };
  for (const auto& both : twins) {
    people_ = both;
    // Whoever comes first.
    for (const bool other_first : {false, true}) {
      numbers_ = std::make_unique<Numbers>("d" + both[0].name + both[1].origin, data_, clock_, random_);
      observe::CapturedEvents events;
      if (other_first) EXPECT_EQ(at("big@example.org"), 0u) << both[1].origin;
      const AccountId first = at("plain@example.org");
      EXPECT_NE(first, 0u);
      EXPECT_EQ(at("big@example.org"), 0u) << both[1].origin;
      EXPECT_EQ(named(both[0].name), first);
      EXPECT_EQ(at("plain@example.org"), first);
    }
  }
}

TEST_F(ExternalViewTest, ANameInCapitalsIsWhoeverIsFoundByIt) {
  people_ = {{"Carol", "Carol", "carol@example.org"}};
  const AccountId carol = at("carol@example.org", true);
  EXPECT_NE(carol, 0u);
  EXPECT_EQ(named("carol", true), carol);
  // Two spellings that the name in lower case leads to neither of.
  people_ = {{"Dave", "Dave", "dave@example.org"}, {"DAVE", "DAVE", "other@example.org"}};
  observe::CapturedEvents events;
  EXPECT_EQ(at("dave@example.org"), 0u);
  EXPECT_EQ(at("other@example.org"), 0u);
  ASSERT_EQ(events.count("directory.answer-left-out"), 1u);
  EXPECT_THAT(events.lines().front(), testing::HasSubstr("Dave"));
}

TEST_F(ExternalViewTest, WhoseANameIsIsAskedOnceAndAgainWhenItIsSomebodyElse) {
  people_ = {{"uid=eve,ou=a", "eve", "eve@example.org"}};
  const AccountId eve = at("eve@example.org");
  EXPECT_EQ(questions_, 2);
  EXPECT_EQ(at("eve@example.org"), eve);
  EXPECT_EQ(questions_, 3);
  people_ = {{"uid=eve,ou=b", "eve", "eve@example.org"}};
  EXPECT_EQ(at("eve@example.org"), eve) << "moved";
  EXPECT_EQ(questions_, 5);
}

}  // namespace
}  // namespace gannet::directory
