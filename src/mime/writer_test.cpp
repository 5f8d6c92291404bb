#include "mime/writer.h"

#include <gtest/gtest.h>

#include "mime/charset.h"
#include "mime/envelope.h"
#include "mime/test_messages.h"
#include "mime/text.h"

namespace gannet::mime {
namespace {

class WriterTest : public testing::Test {
 protected:
  // What any reader may rely on: CRLF only, short lines, ASCII.
  static void expect_clean(const std::string& message) {
    EXPECT_TRUE(is_ascii(message));
    for (std::size_t begin = 0; begin < message.size();) {
      const auto end = message.find("\r\n", begin);
      ASSERT_NE(end, std::string::npos);
      EXPECT_LE(end - begin, 78u) << message.substr(begin, end - begin);
      EXPECT_FALSE(message.substr(begin, end - begin).contains('\r'));
      EXPECT_FALSE(message.substr(begin, end - begin).contains('\n'));
      begin = end + 2;
    }
  }

  SeededRandom random_{5};
  ManualClock clock_;
  Writer writer_{random_};
  Address from_{.name = "Jörg, the postmaster", .mailbox = "postmaster", .host = "mx.test"};
};

TEST_F(WriterTest, WritesASimpleMessage) {
  writer_.address("From", from_).text("Subject", "Grüße aus dem Rechenzentrum, wo die Post wohnt und wartet");
  writer_.date(clock_.now(), 120).message_id(clock_, "mx.test").text_part("plain", "Hello\nworld\n");
  const std::string text = writer_.take();
  expect_clean(text);
  const auto message = parse(text);
  EXPECT_EQ(shape(message), "text/plain");
  EXPECT_EQ(decode_unstructured(message.raw(HeaderId::kSubject)),
            "Grüße aus dem Rechenzentrum, wo die Post wohnt und wartet");
  EXPECT_EQ(envelope_of(message).from.at(0).display_name(), from_.name);
  EXPECT_EQ(unfold(message.raw(HeaderId::kDate)), "Wed, 15 Nov 2023 00:13:20 +0200");
  EXPECT_EQ(message.body_of(message.root()), "Hello\r\nworld\r\n");
  EXPECT_EQ(message.count(HeaderId::kMimeVersion), 1u);
}

TEST_F(WriterTest, WritesAReport) {
  const std::string original = "From: a@b\r\nSubject: x\r\n\r\n";
  writer_.address("From", from_);
  writer_.begin_multipart("report", {{"report-type", "delivery-status"}});
  writer_.text_part("plain", "Could not deliver to Zoë.\n");
  writer_.part("message/delivery-status", "Reporting-MTA: dns; mx.test\r\n\r\nAction: failed\r\n");
  writer_.header("Content-Description", "the header").raw_part("text/rfc822-headers", original);
  writer_.end_multipart();
  const std::string text = writer_.take();
  expect_clean(text);
  const auto message = parse(text);
  expect_invariants(message);
  EXPECT_EQ(shape(message), "multipart/report(text/plain message/delivery-status text/rfc822-headers)");
  EXPECT_EQ(text_of(message, message.parts[1]), "Could not deliver to Zoë.\r\n");
  EXPECT_EQ(message.body_of(message.parts[3]), original);
  EXPECT_EQ(unfold(message.raw(message.parts[3], HeaderId::kContentDescription)), "the header");
  EXPECT_EQ(message.flags, 0);
}

TEST_F(WriterTest, NestsAndClosesMultiparts) {
  writer_.header("Subject", "x").begin_multipart("mixed").begin_multipart("alternative");
  writer_.text_part("plain", "a").text_part("html", "<p>a</p>").end_multipart();
  writer_.part("application/octet-stream", std::string("\0\xff\r\n", 4), "größe \"x\".bin");
  const std::string text = writer_.take();
  expect_clean(text);
  const auto message = parse(text);
  EXPECT_EQ(shape(message),
            "multipart/mixed(multipart/alternative(text/plain text/html) application/octet-stream)");
  EXPECT_EQ(content_of(message, message.parts[4]), std::string("\0\xff\r\n", 4));
  EXPECT_EQ(message.file_name(message.parts[4]), "größe \"x\".bin");
  EXPECT_TRUE(is_attachment(message, message.parts[4]));
  EXPECT_EQ(message.flags & kNotClosed, 0);
}

TEST_F(WriterTest, NothingCanBeSmuggledIntoAHeader) {
  const Address evil{.name = "a\r\nBcc: x@y", .mailbox = "b\r\nX: y", .host = "c\nd"};
  writer_.text("Subject", "x\r\nBcc: victim@x.test").header("X-A", "1\r\n\r\nbody").address("From", evil);
  writer_.text_part("plain", "real");
  const std::string text = writer_.take();
  const auto message = parse(text);
  EXPECT_EQ(message.find(HeaderId::kBcc), nullptr);
  EXPECT_EQ(message.find("X"), nullptr);
  EXPECT_EQ(message.body_of(message.root()), "real");
}

TEST_F(WriterTest, LongTextIsEncoded) {
  const std::string line(5000, 'x');
  writer_.text_part("plain", line + "\n");
  const std::string text = writer_.take();
  expect_clean(text);
  const auto message = parse(text);
  EXPECT_EQ(text_of(message, message.root()), line + "\r\n");
}

TEST_F(WriterTest, ManyRecipientsAreFolded) {
  std::vector<Address> to;
  to.reserve(50);
  for (int i = 0; i < 50; ++i)
    to.push_back(
        {.name = "Person " + std::to_string(i), .mailbox = "p" + std::to_string(i), .host = "example.test"});
  writer_.addresses("To", to).text_part("plain", "x\n");
  const std::string text = writer_.take();
  expect_clean(text);
  EXPECT_EQ(envelope_of(parse(text)).to, to);
}

TEST_F(WriterTest, IsEmptyAfterTake) {
  writer_.header("A", "b");
  EXPECT_EQ(writer_.take(), "A: b\r\n\r\n");
  writer_.header("C", "d");
  EXPECT_EQ(writer_.take(), "C: d\r\n\r\n");
}

}  // namespace
}  // namespace gannet::mime
