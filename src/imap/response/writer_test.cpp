#include "imap/response/writer.h"

#include <gmock/gmock.h>

namespace gannet::imap {
namespace {

template <typename F>
std::string written(F append, std::string_view text) {
  std::string out;
  append(out, text);
  return out;
}

TEST(Writer, AStringIsQuotedWhereItCanBe) {
  EXPECT_EQ(written(append_string, "plain text of some length"), "\"plain text of some length\"");
  EXPECT_EQ(written(append_string, "say \"hi\" \\o/ to everybody"), "\"say \\\"hi\\\" \\\\o/ to everybody\"");
  EXPECT_EQ(written(append_string, ""), "\"\"");
  EXPECT_EQ(written(append_string, "tab\tis fine"), "\"tab\tis fine\"");
}

TEST(Writer, AllElseIsALiteral) {
  EXPECT_EQ(written(append_string, "two\r\nlines"), "{10}\r\ntwo\r\nlines");
  EXPECT_EQ(written(append_string, "eight bit \xC3\xBC at the end"), "{23}\r\neight bit \xC3\xBC at the end");
  EXPECT_EQ(written(append_string, std::string(5000, 'x')), "{5000}\r\n" + std::string(5000, 'x'));
  EXPECT_EQ(written(append_string, std::string_view("a\0b", 3)), "{2}\r\nab");
}

// Wherever an octet stands in the text, it is treated the same.
TEST(Writer, EveryOctetIsSeenAtEveryPlace) {
  for (std::size_t size = 1; size < 20; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      std::string text(size, 'x');
      text[at] = '"';
      EXPECT_EQ(written(append_string, text).size(), size + 3);
      text[at] = '\n';
      EXPECT_EQ(written(append_string, text).front(), '{');
      text[at] = '\x80';
      EXPECT_EQ(written(append_string, text).front(), '{');
    }
  }
}

TEST(Writer, NilIsForNothing) {
  EXPECT_EQ(written(append_nstring, ""), "NIL");
  EXPECT_EQ(written(append_nstring, "NIL"), "\"NIL\"");
  EXPECT_EQ(written(append_astring, "nil"), "\"nil\"");
  EXPECT_EQ(written(append_astring, "From"), "From");
  EXPECT_EQ(written(append_astring, "two words"), "\"two words\"");
}

TEST(Writer, MailboxNamesAreInModifiedUtf7) {
  EXPECT_EQ(written(append_mailbox, "INBOX"), "INBOX");
  EXPECT_EQ(written(append_mailbox, "Sent Items"), "\"Sent Items\"");
  EXPECT_EQ(written(append_mailbox, "Entwürfe"), "Entw&APw-rfe");
}

TEST(Writer, NoTextEndsALine) {
  EXPECT_EQ(written(append_text, "a\r\nb\xff"), "a  b?");
}

}  // namespace
}  // namespace gannet::imap
