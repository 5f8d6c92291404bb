#include "imap/parser/fetch_items.h"

#include <gmock/gmock.h>

namespace gannet::imap {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Result<FetchRequest> parse(std::string text) {
  Scanner in(text);
  auto request = parse_fetch_request(in);
  if (request && !in.at_end()) return in.expected("the end");
  return request;
}

TEST(FetchItems, MacrosStandForTheirItems) {
  const auto fast = parse("FAST").value();
  EXPECT_TRUE(fast.flags && fast.internal_date && fast.size && !fast.envelope && !fast.body);
  const auto all = parse("all").value();
  EXPECT_TRUE(all.flags && all.internal_date && all.size && all.envelope && !all.body);
  EXPECT_TRUE(parse("FULL").value().body);
}

TEST(FetchItems, SectionsAreNamedInTheResponseAsTheyWereAsked) {
  const auto request =
      parse("(BODY[] body.peek[1.2.mime] BODY[HEADER.FIELDS (from \"X Y\")]<0.10> RFC822.TEXT)").value();
  ASSERT_EQ(request.sections.size(), 4u);
  EXPECT_EQ(request.sections[0].label, "BODY[]");
  EXPECT_FALSE(request.sections[0].peek);
  EXPECT_EQ(request.sections[1].label, "BODY[1.2.MIME]");
  EXPECT_TRUE(request.sections[1].peek);
  EXPECT_THAT(request.sections[1].path, ElementsAre(1u, 2u));
  EXPECT_EQ(request.sections[2].label, "BODY[HEADER.FIELDS (from \"X Y\")]");
  EXPECT_EQ(request.sections[2].partial->length, 10u);
  EXPECT_EQ(request.sections[3].label, "RFC822.TEXT");
  EXPECT_TRUE(request.sets_seen());
}

TEST(FetchItems, LookingAtHeadersLeavesSeenAlone) {
  EXPECT_FALSE(parse("(RFC822.HEADER BODY.PEEK[TEXT] ENVELOPE)").value().sets_seen());
  EXPECT_TRUE(parse("RFC822").value().sets_seen());
}

TEST(FetchItems, BodyWithoutASectionIsTheStructure) {
  const auto request = parse("(BODY BODYSTRUCTURE UID MODSEQ)").value();
  EXPECT_TRUE(request.body && request.body_structure && request.uid && request.modseq);
  EXPECT_TRUE(request.sections.empty());
}

TEST(FetchItems, RefusesWhatIsNone) {
  for (const auto* bad : {"", "()", "(FLAGS", "FOO", "BODY[", "BODY[MIME]", "BODY[1.FOO]", "BODY[0]",
                          "BODY[]<0.0>", "BODY[]<5>", "BODY.PEEK", "BODY[HEADER.FIELDS ()]",
                          "BODY[HEADER.FIELDS]", "(FLAGS,UID)", "BODY[1.]x"}) {
    EXPECT_FALSE(parse(bad)) << bad;
  }
  EXPECT_THAT(parse("FLAG").error().text(), HasSubstr("a FETCH item (UID, FLAGS"));
}

TEST(FetchItems, LimitsHold) {
  std::string many = "(";
  for (int i = 0; i < 300; ++i) many += "BODY.PEEK[] ";
  many.back() = ')';
  EXPECT_THAT(parse(many).error().text(), HasSubstr("More than 200 sections"));
  std::string deep = "BODY[1";
  for (int i = 0; i < 300; ++i) deep += ".1";
  EXPECT_FALSE(parse(deep + "]"));
}

}  // namespace
}  // namespace gannet::imap
