#include "imap/mailbox_name.h"

#include <gmock/gmock.h>

namespace gannet::imap {
namespace {

TEST(MailboxName, ModifiedUtf7GoesBothWays) {
  // RFC 3501 5.1.3's own example, and characters beyond the first plane.
  const std::pair<std::string, std::string> names[] = {
      {"~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"},
      {"Entwürfe", "Entw&APw-rfe"},
      {"A&B", "A&-B"},
      {"😀", "&2D3eAA-"},
      {"plain", "plain"},
      {"tab\there", "tab&AAk-here"}};
  for (const auto& [utf8, wire] : names) {
    EXPECT_EQ(encode_utf7(utf8), wire);
    EXPECT_EQ(decode_utf7(wire), utf8);
  }
}

TEST(MailboxName, BrokenModifiedUtf7IsRefused) {
  for (const auto* bad : {"a&b", "&AP", "&!!!-", "&2D0-", "&3gA-", "&AA-", "\xff"})
    EXPECT_EQ(decode_utf7(bad), std::nullopt) << bad;
}

TEST(MailboxName, PlainUtf8IsTakenAsItIs) {
  EXPECT_EQ(decode_utf7("Entw\xC3\xBCrfe"), "Entwürfe");
}

TEST(MailboxName, InboxIsTheSameInAnyCase) {
  EXPECT_EQ(normalize_mailbox("inBox").value(), "INBOX");
  EXPECT_EQ(normalize_mailbox("inbox/Work").value(), "INBOX/Work");
  EXPECT_EQ(normalize_mailbox("Inboxes").value(), "Inboxes");
  // Composed and decomposed are one name.
  EXPECT_EQ(normalize_mailbox("U\xCC\x88").value(), "\xC3\x9C");
}

TEST(MailboxName, PatternsMatchAsRfc3501Says) {
  struct Case {
    const char* pattern;
    const char* name;
    bool matches;
  };
  for (const auto& [pattern, name, matches] :
       {Case{"*", "a/b/c", true}, Case{"%", "a", true}, Case{"%", "a/b", false}, Case{"%/%", "a/b", true},
        Case{"%/%", "a/b/c", false}, Case{"a/*", "a/b/c", true}, Case{"a/*", "a", false},
        Case{"a*", "a", true}, Case{"*b", "a/ab", true}, Case{"*/%c", "a/b/bc", true},
        Case{"%b%d", "abcd", true}, Case{"%b%d", "ab/cd", false}, Case{"*%", "a/b", true},
        Case{"inbox", "INBOX", true}, Case{"inbox", "inbox2", false}, Case{"Foo", "foo", false},
        Case{"", "a", false}}) {
    EXPECT_EQ(matches_pattern(pattern, name), matches) << pattern << " " << name;
  }
}

}  // namespace
}  // namespace gannet::imap
