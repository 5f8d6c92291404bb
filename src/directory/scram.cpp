#include "directory/scram.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/encoding.h"
#include "base/hash.h"
#include "base/unicode.h"
#include "directory/password_schemes.h"

namespace gannet::directory {
namespace {

constexpr std::string_view kMark = "{SCRAM-SHA-256}", kRfc5803 = "SCRAM-SHA-256";
constexpr std::size_t kMaxSaltBytes = 256;

std::optional<ScramVerifier> assemble(std::string_view iterations, std::string_view salt,
                                      std::string_view stored_key, std::string_view server_key) {
  const auto count = parse_number(iterations, kMinScramIterations, kMaxScramIterations);
  auto salt_bytes = base64_decode(salt), stored = base64_decode(stored_key),
       server = base64_decode(server_key);
  if (!count || !salt_bytes || salt_bytes->empty() || salt_bytes->size() > kMaxSaltBytes || !stored ||
      stored->size() != kScramKeyBytes || !server || server->size() != kScramKeyBytes)
    return std::nullopt;
  return ScramVerifier{
      static_cast<std::uint32_t>(*count), *std::move(salt_bytes), {*std::move(stored), *std::move(server)}};
}

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

std::string bytes_of(const Sha256Digest& digest) {
  return {digest.begin(), digest.end()};
}

}  // namespace

std::optional<ScramVerifier> parse_scram(std::string_view stored) {
  if (stored.size() >= kMark.size() && equal_ignoring_ascii_case(stored.substr(0, kMark.size()), kMark)) {
    const auto parts = split(stored.substr(kMark.size()), ',');
    if (parts.size() != 4) return std::nullopt;
    return assemble(parts[0], parts[1], parts[2], parts[3]);
  }
  // RFC 3112 2: blanks may stand around the whole and around each $.
  const auto parts = split(trimmed(stored), '$');
  if (parts.size() != 3 || trimmed(parts[0]) != kRfc5803) return std::nullopt;
  const auto cost = split(trimmed(parts[1]), ':'), keys = split(trimmed(parts[2]), ':');
  if (cost.size() != 2 || keys.size() != 2) return std::nullopt;
  return assemble(cost[0], cost[1], keys[0], keys[1]);
}

std::string format_scram(const ScramVerifier& verifier) {
  return std::string(kMark) + std::to_string(verifier.iterations) + "," + base64_encode(verifier.salt) + "," +
         base64_encode(verifier.keys.stored_key) + "," + base64_encode(verifier.keys.server_key);
}

// RFC 5802 3.
std::optional<ScramVerifier> derive_scram(std::string_view password, std::string salt,
                                          std::uint32_t iterations) {
  const auto prepared = saslprep(password);
  if (!prepared) return std::nullopt;
  std::string salted(kScramKeyBytes, '\0');
  if (PKCS5_PBKDF2_HMAC(prepared->data(), static_cast<int>(prepared->size()),
                        reinterpret_cast<const unsigned char*>(salt.data()), static_cast<int>(salt.size()),
                        static_cast<int>(iterations), EVP_sha256(), static_cast<int>(salted.size()),
                        reinterpret_cast<unsigned char*>(salted.data())) != 1)
    return std::nullopt;
  ScramVerifier out{iterations, std::move(salt), {}};
  out.keys.stored_key = bytes_of(sha256(hmac_sha256(salted, "Client Key")));
  out.keys.server_key = hmac_sha256(salted, "Server Key");
  return out;
}

bool matches_scram(const ScramVerifier& verifier, std::string_view password) {
  const auto derived = derive_scram(password, verifier.salt, verifier.iterations);
  return derived && equal_in_constant_time(derived->keys.stored_key, verifier.keys.stored_key);
}

}  // namespace gannet::directory
