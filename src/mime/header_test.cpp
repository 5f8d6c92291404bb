#include "mime/header.h"

#include <gtest/gtest.h>

#include <vector>

namespace gannet::mime {
namespace {

struct Field {
  std::string name, value;
  friend bool operator==(const Field&, const Field&) = default;
};

std::vector<Field> fields(std::string_view message) {
  std::vector<Field> out;
  for (HeaderReader reader(message, 0); reader.next();)
    out.push_back({std::string(reader.header().name(message)), unfold(reader.header().raw_value(message))});
  return out;
}

TEST(HeaderReader, ReadsFoldedFieldsUpToTheEmptyLine) {
  const std::string message = "Subject: one\r\n two\r\n\tthree\r\nFrom: a@b\r\n\r\nTo: not a header\r\n";
  EXPECT_EQ(fields(message), (std::vector<Field>{{"Subject", "one two\tthree"}, {"From", "a@b"}}));
  HeaderReader reader(message, 0);
  while (reader.next()) continue;
  EXPECT_TRUE(reader.saw_empty_line());
  EXPECT_EQ(message.substr(reader.position()), "To: not a header\r\n");
}

TEST(HeaderReader, TakesLoneLineFeedsAndAMissingEnd) {
  EXPECT_EQ(fields("A: 1\nB: 2\n\nbody"), (std::vector<Field>{{"A", "1"}, {"B", "2"}}));
  EXPECT_EQ(fields("A: 1\nB: 2"), (std::vector<Field>{{"A", "1"}, {"B", "2"}}));
  EXPECT_TRUE(fields("").empty());
  EXPECT_TRUE(fields("\r\nbody").empty());
}

TEST(HeaderReader, SkipsBlanksBeforeTheColon) {
  EXPECT_EQ(fields("Subject \t: x\r\n\r\n"), (std::vector<Field>{{"Subject", "x"}}));
}

TEST(HeaderReader, ALineWithoutColonHasNoName) {
  const auto read = fields("From me Thu Jan  1\r\nNo colon here\r\nTo: a@b\r\n\r\n");
  ASSERT_EQ(read.size(), 3u);
  EXPECT_EQ(read[1].name, "");
  EXPECT_EQ(read[2], (Field{"To", "a@b"}));
}

TEST(HeaderReader, TheOffsetsOfFieldsCoverTheSection) {
  const std::string message = "A: 1\r\n 2\r\nB:\r\nbroken\r\nC: x\n\nbody";
  std::string joined;
  HeaderReader reader(message, 0);
  while (reader.next()) joined += reader.header().field(message);
  EXPECT_EQ(joined, "A: 1\r\n 2\r\nB:\r\nbroken\r\nC: x\n");
}

TEST(HeaderId, IgnoresCaseAndKnowsEveryNameThatItGives) {
  EXPECT_EQ(header_id("sUBJECT"), HeaderId::kSubject);
  EXPECT_EQ(header_id("Message-Id"), HeaderId::kMessageId);
  EXPECT_EQ(header_id("X-Whatever"), HeaderId::kOther);
  EXPECT_EQ(header_id(""), HeaderId::kOther);
  for (int i = 1; i <= static_cast<int>(HeaderId::kXPriority); ++i) {
    const auto id = static_cast<HeaderId>(i);
    EXPECT_FALSE(header_name(id).empty()) << i;
    EXPECT_EQ(header_id(header_name(id)), id) << header_name(id);
  }
}

TEST(DecodeUnstructured, GivesOneLineOfUtf8) {
  EXPECT_EQ(decode_unstructured(" =?iso-8859-1?q?caf=E9?=\r\n =?utf-8?b?4oKs?= ok\r\n"), "café€ ok");
  EXPECT_EQ(decode_unstructured(" na\xc3\xafve"), "naïve");  // RFC 6532
  EXPECT_EQ(decode_unstructured(" na\xefve"), "naïve");      // 8-bit without a charset
  EXPECT_EQ(decode_unstructured("a\x01\x7f"
                                "b"),
            "ab");
}

}  // namespace
}  // namespace gannet::mime
