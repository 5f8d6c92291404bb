#include "mime/text.h"

#include <gtest/gtest.h>

#include "mime/charset.h"
#include "mime/test_messages.h"

namespace gannet::mime {
namespace {

std::string preview(const std::string& name) {
  const std::string text = test_message(name);
  return preview_of(parse(text));
}
std::vector<bool> attachments(const std::string& name) {
  const std::string text = test_message(name);
  const auto message = parse(text);
  std::vector<bool> out;
  out.reserve(message.parts.size());
  for (const auto& part : message.parts) out.push_back(is_attachment(message, part));
  return out;
}

TEST(Text, IsUtf8WhateverItCameAs) {
  const std::string text = test_message("charsets.eml");
  const auto message = parse(text);
  EXPECT_EQ(text_of(message, message.root()), "Привет, мир!\r\n");
  const std::string html = test_message("html_only.eml");
  const auto page = parse(html);
  EXPECT_EQ(text_of(page, page.root()), "Big News\n\nCafé opens & closes.");
}

TEST(Text, IsEmptyForOtherParts) {
  const std::string text = test_message("nested.eml");
  const auto message = parse(text);
  EXPECT_EQ(text_of(message, message.root()), "");
  EXPECT_EQ(text_of(message, message.parts[7]), "");
  EXPECT_EQ(content_of(message, message.parts[7]), "\x89PNG\r\n\x1a\n");
}

TEST(Text, IsCutBetweenCharacters) {
  std::string body;
  for (int i = 0; i < 1000; ++i) body += "é";
  for (std::size_t size = 1; size < 60; ++size) {
    const std::string raw = "\r\n" + body;
    const auto text = text_of(parse(raw), parse(raw).root(), size);
    EXPECT_TRUE(body.starts_with(text)) << size;
    const std::string encoded = "Content-Transfer-Encoding: base64\r\n\r\n" + encode_base64_lines(body);
    EXPECT_TRUE(body.starts_with(text_of(parse(encoded), parse(encoded).root(), size))) << size;
  }
}

TEST(Preview, ShowsTheFirstWords) {
  EXPECT_EQ(preview("single.eml"), "They are red now.");  // not what is quoted
  EXPECT_EQ(preview("html_only.eml"), "Big News Café opens & closes.");
  EXPECT_EQ(preview("related.eml"), "Look!");
  EXPECT_EQ(preview("signed.eml"), "Trust me.");
  EXPECT_EQ(preview("empty.eml"), "");
}

TEST(Preview, HasAtMostSoManyCharacters) {
  std::string text = "\r\n";
  for (int i = 0; i < 500; ++i) text += "日 ";
  const std::string shown = preview_of(parse(text), 256);
  EXPECT_TRUE(is_valid_utf8(shown));
  std::size_t characters = 0;
  for (unsigned char c : shown) characters += (c & 0xc0) != 0x80;
  EXPECT_LE(characters, 256u);
  EXPECT_GE(characters, 254u);
}

TEST(Attachments, AreWhatAReaderWouldList) {
  EXPECT_EQ(attachments("signed.eml"), (std::vector<bool>{false, false, false}));
  EXPECT_EQ(attachments("related.eml"), (std::vector<bool>{false, false, false}));
  EXPECT_EQ(attachments("single.eml"), (std::vector<bool>{false}));
  EXPECT_TRUE(attachments("nested.eml")[4]);
  EXPECT_TRUE(attachments("nested.eml")[7]);
}

}  // namespace
}  // namespace gannet::mime
