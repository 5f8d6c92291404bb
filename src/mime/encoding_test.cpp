#include <gtest/gtest.h>

#include "base/random.h"
#include "mime/charset.h"
#include "mime/encoded_word.h"
#include "mime/transfer_encoding.h"

namespace gannet::mime {
namespace {

TEST(Base64, DecodesLeniently) {
  EXPECT_EQ(decode_base64("SGVsbG8="), "Hello");
  EXPECT_EQ(decode_base64("SGVs\r\nbG8"), "Hello");            // no padding
  EXPECT_EQ(decode_base64("S*G-V_s\tbG8=\r\n"), "Hello");      // garbage
  EXPECT_EQ(decode_base64("SGVsbG8=SGVsbG8="), "HelloHello");  // pieces joined
  EXPECT_EQ(decode_base64("A"), "");
  EXPECT_EQ(decode_base64(""), "");
}

TEST(QuotedPrintable, DecodesLeniently) {
  const auto decode = [](std::string_view in) { return decode_content(in, Encoding::kQuotedPrintable); };
  EXPECT_EQ(decode("caf=C3=A9 =\r\nau lait  \r\nend"), "caf\xc3\xa9 au lait\r\nend");
  EXPECT_EQ(decode("1=2 =ZZ =c3=a"), "1=2 =ZZ \xc3=a");
  EXPECT_EQ(decode("soft= \nbreak\n"), "softbreak\n");
  EXPECT_EQ(decode("="), "");
}

TEST(Decoders, DoNotCareHowTheInputIsCut) {
  SeededRandom random(7);
  const std::string bytes = random.bytes(3000);
  for (const auto& [text, encoding] :
       {std::pair{encode_base64_lines(bytes), Encoding::kBase64},
        std::pair{encode_quoted_printable(bytes), Encoding::kQuotedPrintable}}) {
    const std::string whole = decode_content(text, encoding);
    for (std::size_t step : {1u, 7u, 77u}) {
      std::string out;
      Base64Decoder base64;
      QuotedPrintableDecoder quoted;
      for (std::size_t i = 0; i < text.size(); i += step) {
        const auto piece = std::string_view(text).substr(i, step);
        encoding == Encoding::kBase64 ? base64.decode(piece, out) : quoted.decode(piece, out);
      }
      encoding == Encoding::kBase64 ? base64.finish(out) : quoted.finish(out);
      EXPECT_EQ(out, whole);
    }
  }
}

TEST(Encoders, RoundTripWithinTheirLineLength) {
  SeededRandom random(3);
  for (std::size_t size : {0u, 1u, 2u, 3u, 57u, 58u, 1000u}) {
    const std::string bytes = random.bytes(size);
    EXPECT_EQ(decode_base64(encode_base64(bytes)), bytes);
    EXPECT_EQ(decode_base64(encode_base64_lines(bytes)), bytes);
  }
  const std::string text = "From here\r\n.\r\ntrailing \r\n" + std::string(200, 'x') + " = \xc3\xa9\r\n";
  const std::string encoded = encode_quoted_printable(text);
  EXPECT_EQ(decode_content(encoded, Encoding::kQuotedPrintable), text);
  EXPECT_FALSE(encoded.starts_with("From "));
  for (std::size_t begin = 0; begin < encoded.size();) {
    const auto end = encoded.find("\r\n", begin);
    ASSERT_NE(end, std::string::npos);
    EXPECT_LE(end - begin, 76u);
    begin = end + 2;
  }
}

TEST(Content, StopsAboutWhereItIsTold) {
  const std::string text = encode_base64_lines(std::string(1'000'000, 'x'));
  const auto out = decode_content(text, Encoding::kBase64, 1000);
  EXPECT_GE(out.size(), 1000u);
  EXPECT_LT(out.size(), 4000u);
}

TEST(Content, Uuencode) {
  EXPECT_EQ(decode_content("begin 644 x\n#0V%T\n`\nend\n", Encoding::kUuencode), "Cat");
}

TEST(Encoding, IsReadLeniently) {
  EXPECT_EQ(parse_encoding(" BASE64 (really)"), Encoding::kBase64);
  EXPECT_EQ(parse_encoding("\"quoted-printable\""), Encoding::kQuotedPrintable);
  EXPECT_EQ(parse_encoding("8bit;"), Encoding::k8Bit);
  EXPECT_EQ(parse_encoding(""), Encoding::k7Bit);
  EXPECT_EQ(parse_encoding("rot13"), Encoding::kUnknown);
}

TEST(Charset, ConvertsWhatMailUses) {
  EXPECT_EQ(to_utf8("\xe9", "iso-8859-1"), "é");
  EXPECT_EQ(to_utf8("\x93x\x94", "ISO-8859-1"), "“x”");  // as windows-1252
  EXPECT_EQ(to_utf8("\xa4", "iso-8859-15"), "€");
  EXPECT_EQ(to_utf8("\x1b$BF|K\\8l\x1b(B", "iso-2022-jp"), "日本語");
  EXPECT_EQ(to_utf8("\xcf\xf0\xe8", "windows-1251"), "При");
  EXPECT_EQ(to_utf8("\xd6\xd0\xce\xc4", "gb2312"), "中文");
  EXPECT_EQ(to_utf8("\xa4\xa4", "big5"), "中");
  EXPECT_EQ(to_utf8("\xc7\xd1", "ks_c_5601-1987"), "한");
  EXPECT_EQ(to_utf8("\xf0\xd2\xc9", "koi8-r"), "При");
  EXPECT_EQ(to_utf8("+AOk-", "utf-7"), "é");
}

TEST(Charset, DegradesGracefully) {
  EXPECT_EQ(to_utf8("caf\xc3\xa9", "x-nobody-knows"), "café");
  EXPECT_EQ(to_utf8("caf\xe9", "x-nobody-knows"), "café");
  EXPECT_EQ(to_utf8("caf\xe9", "us-ascii"), "café");
  EXPECT_EQ(to_utf8("caf\xe9!", "utf-8"), "caf\xef\xbf\xbd!");
  EXPECT_EQ(to_utf8("x", std::string("utf-7\0,a=b", 10)), "x");
  EXPECT_FALSE(charset_known("x-nobody-knows"));
  EXPECT_TRUE(charset_known("ISO-8859-2"));
}

TEST(Utf8, IsCheckedByTheBook) {
  EXPECT_TRUE(is_valid_utf8("a\xc2\x80\xe0\xa0\x80\xf4\x8f\xbf\xbf"));
  for (auto bad : {"\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\x80",
                   "\xe2\x82"})
    EXPECT_FALSE(is_valid_utf8(bad));
  EXPECT_EQ(utf8_prefix("aé", 2), "a");
  EXPECT_EQ(utf8_prefix("aé", 3), "aé");
}

TEST(EncodedWords, Rfc2047Examples) {  // RFC 2047 8
  EXPECT_EQ(decode_words("(=?ISO-8859-1?Q?a?= b)"), "(a b)");
  EXPECT_EQ(decode_words("(=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=)"), "(ab)");
  EXPECT_EQ(decode_words("=?ISO-8859-1?Q?a_b?="), "a b");
  EXPECT_EQ(decode_words("=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?="), "a b");
  EXPECT_EQ(decode_words("=?US-ASCII*EN?Q?Keith_Moore?="), "Keith Moore");  // RFC 2231 5
}

TEST(EncodedWords, Leniency) {
  EXPECT_EQ(decode_words("=?utf-8?q?=E2=82?= =?utf-8?q?=AC?="), "€");  // a character cut in two
  EXPECT_EQ(decode_words("=?utf-8?Q?with blanks?="), "with blanks");
  EXPECT_EQ(decode_words("a=?utf-8?Q?b?=c"), "abc");
  EXPECT_EQ(decode_words("=?utf-8?Q?open"), "=?utf-8?Q?open");
  EXPECT_EQ(decode_words("=?utf-8?X?abc?="), "=?utf-8?X?abc?=");
  EXPECT_EQ(decode_words("=? =? x"), "=? =? x");
  EXPECT_EQ(decode_words("=?utf-8?B??="), "");
}

TEST(EncodedWords, AreWrittenShortAndReadBack) {
  EXPECT_EQ(encode_words("plain text"), "plain text");
  for (std::string text :
       {"Grüße aus Köln", "日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語",
        "fake =?x?q?y?="}) {
    const std::string encoded = encode_words(text, 9);
    EXPECT_TRUE(is_ascii(encoded));
    EXPECT_EQ(decode_words(encoded), text);
    for (std::size_t begin = 0; begin <= encoded.size();) {
      const auto end = std::min(encoded.find("\r\n", begin), encoded.size());
      EXPECT_LE(end - begin, 76u);  // with the blank that folds
      begin = end + 2;
    }
  }
}

}  // namespace
}  // namespace gannet::mime
