#include "imap/parser/search_keys.h"

#include <gmock/gmock.h>

namespace gannet::imap {
namespace {

using testing::HasSubstr;
using Kind = SearchKey::Kind;

Result<SearchRequest> parse(std::string text) {
  Scanner in(text);
  return parse_search_request(in);
}

TEST(SearchKeys, SeveralKeysMustAllHold) {
  const auto key = parse("UNSEEN FROM Ann SINCE 1-Feb-1994").value().key;
  ASSERT_EQ(key.kind, Kind::kAnd);
  ASSERT_EQ(key.children.size(), 3u);
  EXPECT_EQ(key.children[0].kind, Kind::kNot);
  EXPECT_EQ(key.children[1].text, "ann");
  EXPECT_EQ(key.children[2].number, 8797);
}

TEST(SearchKeys, NestsAsItIsWritten) {
  const auto key = parse("OR (SEEN DELETED) NOT 1:3,7").value().key;
  ASSERT_EQ(key.kind, Kind::kOr);
  EXPECT_EQ(key.children[0].kind, Kind::kAnd);
  EXPECT_EQ(key.children[1].kind, Kind::kNot);
  EXPECT_EQ(key.children[1].children[0].kind, Kind::kSequence);
}

TEST(SearchKeys, TextIsReadInItsCharset) {
  EXPECT_EQ(parse("CHARSET ISO-8859-1 SUBJECT {4}\r\nGR\xDCN").value().key.text, "grün");
  EXPECT_EQ(parse("CHARSET UTF-8 SUBJECT \"GR\xC3\x9CN\"").value().key.text, "grün");
  EXPECT_TRUE(parse("CHARSET KLINGON SUBJECT x").error().is(ImapError::kBadCharset));
}

TEST(SearchKeys, KnowsEveryKeyOfRfc3501) {
  for (const auto* word : {"ALL",
                           "ANSWERED",
                           "BCC x",
                           "BEFORE 1-Jan-2020",
                           "BODY x",
                           "CC x",
                           "DELETED",
                           "DRAFT",
                           "FLAGGED",
                           "FROM x",
                           "HEADER X-Y z",
                           "HEADER X-Y \"\"",
                           "KEYWORD k",
                           "LARGER 5",
                           "NEW",
                           "NOT SEEN",
                           "OLD",
                           "ON 1-Jan-2020",
                           "OR SEEN SEEN",
                           "RECENT",
                           "SEEN",
                           "SENTBEFORE 1-Jan-2020",
                           "SENTON 1-Jan-2020",
                           "SENTSINCE 1-Jan-2020",
                           "SINCE 1-Jan-2020",
                           "SMALLER 5",
                           "SUBJECT x",
                           "TEXT x",
                           "TO x",
                           "UID 1:*",
                           "UNANSWERED",
                           "UNDELETED",
                           "UNDRAFT",
                           "UNFLAGGED",
                           "UNKEYWORD k",
                           "UNSEEN",
                           "*",
                           "MODSEQ 12",
                           "MODSEQ \"/flags/\\\\seen\" all 12"}) {
    EXPECT_TRUE(parse(word)) << word << ": " << parse(word).error().text();
  }
}

TEST(SearchKeys, RefusesWhatIsNone) {
  for (const auto* bad : {"", "FOO", "FROM", "OR SEEN", "NOT", "(SEEN", "SEEN)", "()", "BEFORE yesterday",
                          "LARGER x", "SEEN  UNSEEN"}) {
    EXPECT_FALSE(parse(bad)) << bad;
  }
}

TEST(SearchKeys, LimitsHold) {
  EXPECT_THAT(parse(std::string(5000, '(') + "SEEN").error().text(), HasSubstr("nests deeper"));
  std::string nots;
  for (int i = 0; i < 5000; ++i) nots += "NOT ";
  EXPECT_THAT(parse(nots + "SEEN").error().text(), HasSubstr("nests deeper"));
  std::string many = "SEEN";
  for (int i = 0; i < 2000; ++i) many += " SEEN";
  EXPECT_THAT(parse(many).error().text(), HasSubstr("more than 1000 keys"));
}

}  // namespace
}  // namespace gannet::imap
