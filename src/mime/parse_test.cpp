#include <gtest/gtest.h>

#include "mime/envelope.h"
#include "mime/message.h"
#include "mime/test_messages.h"

namespace gannet::mime {
namespace {

std::string shape_of(const std::string& name) {
  const std::string text = test_message(name);
  const auto message = parse(text);
  expect_invariants(message);
  return shape(message);
}

TEST(Parse, Nested) {
  const std::string text = test_message("nested.eml");
  const auto message = parse(text);
  expect_invariants(message);
  EXPECT_EQ(shape(message),
            "multipart/mixed(multipart/alternative(text/plain text/html) "
            "message/rfc822(multipart/mixed(text/plain image/png)) message/rfc822(text/plain))");
  const auto body = [&](std::uint32_t index) { return message.body_of(message.parts[index]); };
  EXPECT_EQ(body(2), "Gr=C3=BC=C3=9Fe from the zoo.\r\n");
  EXPECT_EQ(body(3), "<p>Hello from the <b>zoo</b>.</p>");
  EXPECT_EQ(body(6), "The cage is open.");
  EXPECT_EQ(body(9), "Just text.");
  EXPECT_EQ(message.root().preamble.in(text), "This preamble is for readers without MIME.");
  EXPECT_EQ(message.parts[1].epilogue.in(text), "epilogue of the inner one");
  EXPECT_EQ(message.root().epilogue.in(text), "The epilogue.\r\n");
  EXPECT_EQ(message.header_of(message.parts[8]), "Content-Type: message/rfc822\r\n\r\n");
  EXPECT_EQ(message.file_name(message.parts[4]), "old.eml");
  EXPECT_EQ(message.file_name(message.parts[7]), "cage.png");
  EXPECT_EQ(message.flags & ~kDefaultType, 0);
}

TEST(Parse, EveryTestMessageKeepsTheInvariants) {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(message_folder())) {
    SCOPED_TRACE(entry.path().filename().string());
    const std::string text = read_file(entry.path());
    for (std::size_t size = 0; size <= text.size(); ++size) {  // and every beginning of it
      const std::string cut = text.substr(0, size);
      expect_invariants(parse(cut));
    }
    ++count;
  }
  EXPECT_GE(count, 25);
}

TEST(Parse, Boundaries) {
  EXPECT_EQ(shape_of("lf_only.eml"), "multipart/mixed(text/plain text/html)");
  EXPECT_EQ(shape_of("unclosed.eml"), "multipart/mixed(multipart/mixed(text/plain))");
  EXPECT_EQ(shape_of("inner_cut_by_outer.eml"),
            "multipart/mixed(multipart/alternative(text/plain text/html) text/plain)");
  EXPECT_EQ(shape_of("same_boundary.eml"), "multipart/mixed(multipart/alternative(text/plain) text/plain)");
  EXPECT_EQ(shape_of("prefix_boundary.eml"), "multipart/mixed(multipart/mixed(text/plain) text/plain)");
  EXPECT_EQ(shape_of("rfc2231_boundary.eml"), "multipart/mixed(text/plain)");
  EXPECT_EQ(shape_of("delimiter_in_header.eml"), "multipart/mixed(text/html text/plain)");
  EXPECT_EQ(shape_of("empty_parts.eml"), "multipart/mixed(text/plain text/plain message/rfc822(text/plain))");
}

TEST(Parse, WhatCannotBeAMultipartIsReadAsText) {
  EXPECT_EQ(shape_of("no_boundary.eml"), "text/plain");
  EXPECT_EQ(shape_of("no_delimiter.eml"), "multipart/mixed(text/plain)");
  const std::string text = test_message("no_delimiter.eml");
  const auto message = parse(text);
  EXPECT_EQ(message.body_of(message.parts[1]), "All of it is text.\r\n");
  EXPECT_TRUE(message.flags & kNoDelimiter);
}

TEST(Parse, OddMessages) {
  EXPECT_EQ(shape_of("no_header.eml"), "text/plain");
  EXPECT_EQ(shape_of("empty.eml"), "text/plain");
  EXPECT_EQ(shape_of("header_only.eml"), "text/plain");
  EXPECT_EQ(shape_of("missing_subtype.eml"), "text/plain");
  EXPECT_EQ(shape_of("nul_and_cr.eml").substr(0, 5), "text/");
  const std::string text = test_message("mbox_from_line.eml");
  const auto message = parse(text);
  EXPECT_EQ(unfold(message.raw(HeaderId::kSubject)), "kept");
  EXPECT_EQ(message.body_of(message.root()), "body\r\n");
}

TEST(Parse, TypesThatAreNone) {
  for (auto type : {"", "/", "/html", "text", "text/", ";", "=", "()"}) {
    const std::string text = "Content-Type: " + std::string(type) + "\r\n\r\nbody";
    EXPECT_EQ(shape(parse(text)), "text/plain") << type;
    EXPECT_TRUE(parse(text).flags & kBadContentType) << type;
  }
}

TEST(Parse, Messages) {
  EXPECT_EQ(shape_of("digest.eml"),
            "multipart/digest(message/rfc822(text/plain) message/rfc822(text/plain) text/plain)");
  EXPECT_EQ(shape_of("external_partial.eml"), "multipart/mixed(message/external-body message/partial)");
  const std::string text = test_message("encoded_message.eml");
  EXPECT_TRUE(parse(text).flags & kEncodedComposite);
}

TEST(Parse, CountsLinesByTheirEnds) {
  const auto lines = [](std::string text) { return parse(text).root().lines; };
  EXPECT_EQ(lines("A: b\r\n\r\n"), 0u);
  EXPECT_EQ(lines("A: b\r\n\r\none"), 0u);
  EXPECT_EQ(lines("A: b\r\n\r\none\r\n"), 1u);
  EXPECT_EQ(lines("A: b\r\n\r\none\r\n\r\nthree\r\n"), 3u);
}

TEST(Parse, DeepNestingEndsAtTheLimit) {
  std::string text;
  for (int i = 1000; i < 2000; ++i) {
    const std::string boundary = "b" + std::to_string(i);
    text += "Content-Type: multipart/mixed; boundary=" + boundary + "\r\n\r\n--" + boundary + "\r\n";
  }
  const auto message = parse(text, {.max_depth = 10});
  expect_invariants(message);
  EXPECT_EQ(message.parts.size(), 11u);
  EXPECT_TRUE(is_type(message.parts.back(), "application", "octet-stream"));
  EXPECT_TRUE(message.flags & kLimitReached);

  std::string messages;
  for (int i = 0; i < 100'000; ++i) messages += "Content-Type: message/rfc822\r\n\r\n";
  const auto inner = parse(messages);
  expect_invariants(inner);
  EXPECT_EQ(inner.parts.size(), Limits().max_depth + 1);
}

TEST(Parse, ManyPartsEndAtTheLimit) {
  std::string text = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
  for (int i = 0; i < 1000; ++i) text += "--b\r\n\r\nx\r\n";
  text += "--b--\r\n";
  const auto message = parse(text, {.max_parts = 100});
  expect_invariants(message);
  EXPECT_EQ(message.parts.size(), 100u);
  EXPECT_TRUE(message.body_of(message.parts.back()).contains("--b"));
}

TEST(Parse, HeaderLimits) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "X-" + std::to_string(i) + ": y\r\n";
  text += "\r\nbody";
  const auto few = parse(text, {.max_headers = 10});
  EXPECT_EQ(few.headers.size(), 10u);
  EXPECT_EQ(few.body_of(few.root()), "body");
  EXPECT_TRUE(few.flags & kLimitReached);
  const auto small = parse(text, {.max_header_size = 100});
  EXPECT_LT(small.headers.size(), 20u);
  EXPECT_EQ(small.body_of(small.root()), "body");
}

TEST(Parse, FindsFields) {
  const std::string text = test_message("two_headers.eml");
  const auto message = parse(text);
  EXPECT_EQ(unfold(message.raw(HeaderId::kSubject)), "first");
  EXPECT_EQ(message.count(HeaderId::kTo), 2u);
  ASSERT_NE(message.find("SUBJECT"), nullptr);
  EXPECT_EQ(message.find("X-None"), nullptr);
  EXPECT_EQ(message.find(HeaderId::kCc), nullptr);
}

TEST(Envelope, TakesFirstTextsAndAllRecipients) {
  const std::string text = test_message("two_headers.eml");
  const auto envelope = envelope_of(parse(text));
  EXPECT_EQ(envelope.subject, "first");
  EXPECT_EQ(envelope.message_id, "<1@x>");
  ASSERT_EQ(envelope.from.size(), 1u);
  EXPECT_EQ(envelope.from[0].mailbox, "one");
  EXPECT_EQ(envelope.sender, envelope.from);
  EXPECT_EQ(envelope.reply_to, envelope.from);
  ASSERT_EQ(envelope.to.size(), 2u);
  EXPECT_EQ(envelope.to[1].address(), "b@x.test");
}

}  // namespace
}  // namespace gannet::mime
