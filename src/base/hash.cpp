#include "base/hash.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cstring>

#include "base/assert.h"

namespace gannet {
namespace {

// Fetched once: OpenSSL 3 otherwise looks the algorithm up at every digest.
const EVP_MD* sha256_algorithm() {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  GANNET_CHECK(algorithm != nullptr);
  return algorithm;
}

constexpr std::uint32_t kPolynomial = 0x82f63b78;  // reflected

// kTables[k][b]: the effect of byte b followed by k zero bytes.
constexpr auto kTables = [] {
  std::array<std::array<std::uint32_t, 256>, 8> tables{};
  for (std::uint32_t b = 0; b < 256; ++b) {
    std::uint32_t crc = b;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? kPolynomial : 0);
    tables[0][b] = crc;
  }
  for (std::size_t k = 1; k < 8; ++k)
    for (std::size_t b = 0; b < 256; ++b)
      tables[k][b] = tables[k - 1][b] >> 8 ^ tables[0][tables[k - 1][b] & 0xff];
  return tables;
}();

std::uint64_t load64(const char* p) {
  std::uint64_t v;
  std::memcpy(&v, p, sizeof v);
  return v;
}

std::uint32_t crc32c_portable(const char* p, std::size_t size, std::uint32_t crc) {
  for (; size >= 8; p += 8, size -= 8) {
    const std::uint64_t v = load64(p) ^ crc;
    crc = 0;
    for (std::size_t k = 0; k < 8; ++k) crc ^= kTables[7 - k][v >> (8 * k) & 0xff];
  }
  for (; size > 0; ++p, --size) crc = crc >> 8 ^ kTables[0][(crc ^ static_cast<std::uint8_t>(*p)) & 0xff];
  return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t crc32c_sse42(const char* p, std::size_t size,
                                                             std::uint32_t crc) {
  std::uint64_t wide = crc;
  for (; size >= 8; p += 8, size -= 8) wide = __builtin_ia32_crc32di(wide, load64(p));
  crc = static_cast<std::uint32_t>(wide);
  for (; size > 0; ++p, --size) crc = __builtin_ia32_crc32qi(crc, static_cast<unsigned char>(*p));
  return crc;
}
#endif

}  // namespace

void Sha256::Free::operator()(void* context) const {
  EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context));
}

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  GANNET_CHECK(context_ != nullptr);
  GANNET_CHECK(EVP_DigestInit_ex2(static_cast<EVP_MD_CTX*>(context_.get()), sha256_algorithm(), nullptr) ==
               1);
}
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

Sha256& Sha256::update(std::string_view piece) {
  GANNET_CHECK(EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context_.get()), piece.data(), piece.size()) == 1);
  return *this;
}

Sha256Digest Sha256::finish() {
  Sha256Digest digest;
  auto* context = static_cast<EVP_MD_CTX*>(context_.get());
  GANNET_CHECK(EVP_DigestFinal_ex(context, digest.data(), nullptr) == 1);
  GANNET_CHECK(EVP_DigestInit_ex2(context, sha256_algorithm(), nullptr) == 1);
  return digest;
}

std::string hmac_sha256(std::string_view key, std::string_view text) {
  std::string out(32, '\0');
  HMAC(sha256_algorithm(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(),
       reinterpret_cast<unsigned char*>(out.data()), nullptr);
  return out;
}

Sha256Digest sha256(std::string_view content) {
  Sha256Digest digest;
  GANNET_CHECK(
      EVP_Digest(content.data(), content.size(), digest.data(), nullptr, sha256_algorithm(), nullptr) == 1);
  return digest;
}

std::uint32_t crc32c(std::string_view piece, std::uint32_t so_far) {
#if defined(__x86_64__)
  static const bool accelerated = __builtin_cpu_supports("sse4.2");
  if (accelerated) return ~crc32c_sse42(piece.data(), piece.size(), ~so_far);
#endif
  return ~crc32c_portable(piece.data(), piece.size(), ~so_far);
}

}  // namespace gannet
