#include "base/hash.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/random.h"

namespace gannet {
namespace {

std::string hex(const Sha256Digest& digest) {
  return hex_encode({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

// FIPS 180-4, the examples of its annex.
TEST(Sha256Test, KnownAnswers) {
  EXPECT_EQ(hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex(sha256(std::string(1'000'000, 'a'))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256Test, PiecesGiveTheDigestOfTheWhole) {
  SeededRandom random(1);
  const std::string content = random.bytes(10'000);
  Sha256 hash;
  for (std::size_t at = 0; at < content.size();) {
    const std::size_t size = std::min<std::size_t>(random.below(700), content.size() - at);
    hash.update(std::string_view(content).substr(at, size));
    at += size;
  }
  EXPECT_EQ(hash.finish(), sha256(content));
  EXPECT_EQ(hash.update("abc").finish(), sha256("abc")) << "finish() starts anew";
}

// RFC 3720 B.4.
TEST(Crc32cTest, KnownAnswers) {
  EXPECT_EQ(crc32c(""), 0u);
  EXPECT_EQ(crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43u);
}

TEST(Crc32cTest, PiecesGiveTheChecksumOfTheWhole) {
  SeededRandom random(2);
  const std::string content = random.bytes(1001);
  for (std::size_t cut = 0; cut < content.size(); cut += 37)
    EXPECT_EQ(crc32c(content.substr(cut), crc32c(content.substr(0, cut))), crc32c(content));
}

}  // namespace
}  // namespace gannet
