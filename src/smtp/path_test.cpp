#include "smtp/path.h"

#include <gtest/gtest.h>

namespace gannet::smtp {
namespace {

std::string forward(std::string_view text) {
  auto path = take_path(text, false);
  return path && text.empty() ? path->address() : "refused";
}
std::string reverse(std::string_view text) {
  auto path = take_path(text, true);
  return path && text.empty() ? path->address() : "refused";
}

TEST(Path, ReadsAddresses) {
  EXPECT_EQ(forward("<alice@example.org>"), "alice@example.org");
  EXPECT_EQ(forward("<a.b+c=d/e!f@sub.example.org>"), "a.b+c=d/e!f@sub.example.org");
  EXPECT_EQ(forward("<x@localhost>"), "x@localhost");
  EXPECT_EQ(forward("<x@under_score.example>"), "x@under_score.example");
}

TEST(Path, ReadsQuotedLocalParts) {
  EXPECT_EQ(forward("<\"a b\"@example.org>"), "\"a b\"@example.org");
  EXPECT_EQ(forward("<\"plain\"@example.org>"), "plain@example.org");
  EXPECT_EQ(forward("<\"a\\\"b\\\\c\"@example.org>"), "\"a\\\"b\\\\c\"@example.org");
  EXPECT_EQ(forward("<\"a@b\"@example.org>"), "\"a@b\"@example.org");
  EXPECT_EQ(forward("<\"a>b\"@example.org>"), "\"a>b\"@example.org");
}

TEST(Path, DropsSourceRoutes) {
  EXPECT_EQ(forward("<@a.example,@b.example:user@c.example>"), "user@c.example");
  EXPECT_EQ(reverse("<@[192.0.2.1]:user@c.example>"), "user@c.example");
}

TEST(Path, ReadsAddressLiterals) {
  EXPECT_EQ(forward("<user@[192.0.2.1]>"), "user@[192.0.2.1]");
  EXPECT_EQ(forward("<user@[IPv6:2001:db8::1]>"), "user@[IPv6:2001:db8::1]");
  EXPECT_EQ(forward("<user@[x-tag:content]>"), "user@[x-tag:content]");
  for (const char* bad : {"<user@[300.0.2.1]>", "<user@[2001:db8::1]>", "<user@[IPv6:192.0.2.1]>",
                          "<user@[192.0.2.1>", "<user@[]>", "<user@[IPv6:zz]>"})
    EXPECT_EQ(forward(bad), "refused") << bad;
}

TEST(Path, ReadsUtf8) {
  std::string_view text = "<jos\xc3\xa9@ex\xc3\xa4mple.org>";
  auto path = take_path(text, false);
  ASSERT_TRUE(path);
  EXPECT_FALSE(path->ascii());
  EXPECT_EQ(forward("<jos\xe9@example.org>"), "refused");
  EXPECT_EQ(forward("<user@ex\xe4mple.org>"), "refused");
}

TEST(Path, HasTheNullPathInReverseOnly) {
  std::string_view null = "<>";
  auto path = take_path(null, true);
  ASSERT_TRUE(path);
  EXPECT_TRUE(path->null());
  EXPECT_EQ(forward("<>"), "refused");
}

TEST(Path, HasPostmasterWithoutDomain) {
  EXPECT_EQ(forward("<Postmaster>"), "Postmaster");
  EXPECT_EQ(reverse("<postmaster>"), "refused");
  EXPECT_EQ(forward("<alice>"), "refused");
}

TEST(Path, RefusesWhatIsMalformed) {
  for (const char* bad : {"alice@example.org",
                          "<alice@example.org",
                          "<@example.org>",
                          "<alice@>",
                          "<a@b@c>",
                          "<.a@b.c>",
                          "<a.@b.c>",
                          "<a..b@c.d>",
                          "<a b@c.d>",
                          "<a@b..c>",
                          "<a@.b>",
                          "<a@b.>",
                          "<a@-b.c>",
                          "<a@b-.c>",
                          "<\"a@b.c>",
                          "<\"\"@b.c>",
                          "<a@b c>",
                          "<@a@b.c>",
                          "<@a,b:c@d.e>",
                          "<a@b>>",
                          "<<a@b>>",
                          "<a@b\t>"})
    EXPECT_EQ(forward(bad), "refused") << bad;
  EXPECT_EQ(forward("<" + std::string(300, 'a') + "@b.c>"), "refused");
  EXPECT_EQ(forward("<a@" + std::string(64, 'b') + ".c>"), "refused");
}

TEST(Path, LeavesWhatFollows) {
  std::string_view text = "<a@b.c> SIZE=1";
  ASSERT_TRUE(take_path(text, true));
  EXPECT_EQ(text, " SIZE=1");
}

TEST(Path, KnowsFullyQualifiedNames) {
  EXPECT_TRUE(is_fully_qualified("mail.example.org"));
  EXPECT_TRUE(is_fully_qualified("[192.0.2.1]"));
  EXPECT_FALSE(is_fully_qualified("localhost"));
  EXPECT_FALSE(is_fully_qualified("a..b"));
}

}  // namespace
}  // namespace gannet::smtp
