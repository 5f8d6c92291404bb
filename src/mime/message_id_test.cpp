#include "mime/message_id.h"

#include <gtest/gtest.h>

#include "mime/subject.h"

namespace gannet::mime {
namespace {

using Ids = std::vector<std::string>;

TEST(MessageIds, InAngleBrackets) {
  EXPECT_EQ(parse_message_ids("<1@a>\r\n <2@b><3@c> (x)"), (Ids{"1@a", "2@b", "3@c"}));
  EXPECT_EQ(parse_message_ids("Your message of Monday <1@a>"), (Ids{"1@a"}));
  EXPECT_EQ(parse_message_ids("<folded\r\n id@a>"), (Ids{"foldedid@a"}));
  EXPECT_EQ(parse_message_ids("<not closed <1@a>"), (Ids{"not closed", "1@a"}));
  EXPECT_EQ(parse_message_ids("<>"), Ids{});
}

TEST(MessageIds, WithoutBrackets) {
  EXPECT_EQ(parse_message_ids(" malformed@id "), (Ids{"malformed@id"}));
  EXPECT_EQ(parse_message_ids("m"), (Ids{"m"}));
  EXPECT_EQ(parse_message_ids("mail of last week a@b"), (Ids{"a@b"}));
  EXPECT_EQ(parse_message_ids(""), Ids{});
}

TEST(MessageIds, FreshOnesDifferAndCanBeRead) {
  ManualClock clock;
  SeededRandom random(1);
  const auto first = make_message_id(clock, random, "mx.test"),
             second = make_message_id(clock, random, "mx.test");
  EXPECT_NE(first, second);
  EXPECT_EQ(parse_message_ids(first), (Ids{first.substr(1, first.size() - 2)}));
  EXPECT_TRUE(first.ends_with("@mx.test>"));
}

// RFC 5256 2.1
std::string base(std::string_view raw) {
  const auto subject = base_subject(raw);
  return (subject.is_reply ? "re " : "") + subject.text;
}

TEST(BaseSubject, RemovesWhatRepliesAdd) {
  EXPECT_EQ(base(" Hello"), "Hello");
  EXPECT_EQ(base("Re: Hello"), "re Hello");
  EXPECT_EQ(base("RE : [list] fw: Fwd[2]: Hello (fwd) (FWD) "), "re Hello");
  EXPECT_EQ(base("[fwd: Re: Hello]"), "re Hello");
  EXPECT_EQ(base("[list] Hello"), "Hello");
  EXPECT_EQ(base("[one] [two] Re: Hello"), "re Hello");
}

TEST(BaseSubject, LeavesWhatIsTheSubjectItself) {
  EXPECT_EQ(base("[only a blob]"), "[only a blob]");
  EXPECT_EQ(base("Regarding: this"), "Regarding: this");
  EXPECT_EQ(base("Re[ally]"), "Re[ally]");
  EXPECT_EQ(base("fwd"), "fwd");
  EXPECT_EQ(base(""), "");
  EXPECT_EQ(base("Re: "), "re ");
}

TEST(BaseSubject, DecodesAndCollapses) {
  EXPECT_EQ(base("=?utf-8?q?Re=3A_Gr=C3=BC=C3=9Fe?=\r\n  an\t alle"), "re Grüße an alle");
}

TEST(BaseSubject, IsQuickForAbsurdSubjects) {
  std::string blobs;
  for (int i = 0; i < 300'000; ++i) blobs += "[a]";
  EXPECT_FALSE(base_subject(blobs).is_reply);
}

}  // namespace
}  // namespace gannet::mime
