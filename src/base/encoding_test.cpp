#include "base/encoding.h"

#include <gtest/gtest.h>

namespace gannet {
namespace {

TEST(Base64, EncodesTheVectorsOfRfc4648) {
  EXPECT_EQ(base64_encode(""), "");
  EXPECT_EQ(base64_encode("f"), "Zg==");
  EXPECT_EQ(base64_encode("fo"), "Zm8=");
  EXPECT_EQ(base64_encode("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64_encode("\xfb\xff"), "+/8=");
  EXPECT_EQ(base64_encode("\xfb\xff", Base64::kUrl), "-_8");
  EXPECT_EQ(base64_encode("\xfb\xff", Base64::kModified), "+,8");
}

TEST(Base64, ReadsBackEveryByteAtEveryLength) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) {
    for (const auto alphabet : {Base64::kStandard, Base64::kUrl, Base64::kModified}) {
      EXPECT_EQ(base64_decode(base64_encode(bytes, alphabet), alphabet), bytes);
      EXPECT_EQ(base64_decode_lenient(base64_encode(bytes, alphabet), alphabet), bytes);
    }
    bytes.push_back(static_cast<char>(i));
  }
}

TEST(Base64, StrictRefusesWhatIsNotExact) {
  for (const char* text :
       {"Zg=", "Zg", "Zg===", "Z===", "====", "Zm8 ", "Zm\n8", "Zh==", "Zm9=", "Zg==Zg==", "Zm8-"})
    EXPECT_EQ(base64_decode(text), std::nullopt) << text;
  EXPECT_EQ(base64_decode("Zg==", Base64::kUrl), std::nullopt);
  EXPECT_EQ(base64_decode("Z", Base64::kUrl), std::nullopt);
}

TEST(Base64, LenientReadsWhatMailHolds) {
  EXPECT_EQ(base64_decode_lenient("Zm9v\r\nYmFy\r\n"), "foobar");
  EXPECT_EQ(base64_decode_lenient("Zm9vYmE"), "fooba");
  EXPECT_EQ(base64_decode_lenient("Zg==Zm8="), "ffo");
  EXPECT_EQ(base64_decode_lenient("-_8*!"), "\xfb\xff");
  EXPECT_EQ(base64_decode_lenient("===="), "");
}

TEST(Hex, ReadsBackWhatItWrote) {
  const std::string bytes("\0\x7f\xff", 3);
  EXPECT_EQ(hex_encode(bytes), "007fff");
  EXPECT_EQ(hex_decode("007FfF"), bytes);
  EXPECT_EQ(hex_decode("0"), std::nullopt);
  EXPECT_EQ(hex_decode("0g"), std::nullopt);
}

}  // namespace
}  // namespace gannet
