#include "base/unicode.h"

#include <gtest/gtest.h>

namespace gannet {
namespace {

TEST(Utf8, KnowsWellFormedText) {
  EXPECT_TRUE(is_utf8("käse €  𝄞"));
  EXPECT_TRUE(is_utf8(std::string_view("a\0b", 3)));
  for (const char* text :
       {"\x80", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\xff"})
    EXPECT_FALSE(is_utf8(text));
  EXPECT_EQ(to_valid_utf8("a\xff"
                          "b\xe2\x82"),
            "a\uFFFDb\uFFFD");
}

TEST(Nfc, JoinsWhatIsDecomposed) {
  EXPECT_EQ(to_nfc("ka\u0308se"), "k\u00e4se");
  EXPECT_EQ(to_nfc("plain"), "plain");
  EXPECT_EQ(to_nfc("\xff"), std::nullopt);
}

TEST(FoldCase, MakesCasesEqual) {
  EXPECT_EQ(fold_case("ÄPFEL"), fold_case("a\u0308pfel"));
  EXPECT_EQ(fold_case("Stra\u00dfe"), fold_case("STRASSE"));
  EXPECT_TRUE(equal_ignoring_ascii_case("INBOX", "inBox"));
  EXPECT_FALSE(equal_ignoring_ascii_case("INBOX", "INBO"));
}

TEST(Unprintable, IsFound) {
  EXPECT_FALSE(has_unprintable("Grüße, 世界 \u200d"));
  EXPECT_TRUE(has_unprintable(std::string_view("a\0b", 3)));
  EXPECT_TRUE(has_unprintable("a\nb"));
  EXPECT_TRUE(has_unprintable("a\u0085"));
  EXPECT_TRUE(has_unprintable("a\u202eb"));
  EXPECT_TRUE(has_unprintable("a\u2028"));
  EXPECT_TRUE(has_unprintable("\xc3"));
}

TEST(Domain, HasOneUnicodeAndOneAsciiForm) {
  EXPECT_EQ(domain_to_unicode("Example.ORG"), "example.org");
  EXPECT_EQ(domain_to_unicode("XN--BCHER-KVA.example"), "bücher.example");
  EXPECT_EQ(domain_to_ascii("BÜCHER.example"), "xn--bcher-kva.example");
  EXPECT_EQ(domain_to_ascii("bu\u0308cher.example"), "xn--bcher-kva.example");
  EXPECT_EQ(domain_to_unicode("faß.de"), "faß.de");
  EXPECT_EQ(domain_to_unicode("_dmarc.example.org"), "_dmarc.example.org");
}

TEST(Domain, RefusesWhatIsNone) {
  const std::string long_label(64, 'a'), long_domain = [] {
    std::string out;
    for (int i = 0; i < 60; ++i) out += "abcd.";
    return out + "org";
  }();
  for (const std::string& text :
       {std::string(), std::string("."), std::string("a."), std::string(".a"), std::string("a..b"),
        std::string("a b"), std::string("a@b"), std::string("a\0b", 3), std::string("xn--\xff"),
        std::string("xn--a-\xc3"), std::string("xn--zzzzzzzz9999"), std::string("\xc3\x28.org"),
        long_label + ".org", long_domain})
    EXPECT_EQ(domain_to_unicode(text), std::nullopt) << text;
}

}  // namespace
}  // namespace gannet
