#include "directory/totp.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/encoding.h"
#include "base/unicode.h"
#include "directory/password_schemes.h"

namespace gannet::directory {
namespace {

constexpr std::string_view kScheme = "otpauth://totp/";
constexpr std::size_t kMinSecretBytes = 10;

std::string percent_encoded(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~' || c == '@';
    if (plain) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
  return out;
}

const EVP_MD* digest_of(Totp::Hash hash) {
  switch (hash) {
    case Totp::Hash::kSha256:
      return EVP_sha256();
    case Totp::Hash::kSha512:
      return EVP_sha512();
    case Totp::Hash::kSha1:
      break;
  }
  return EVP_sha1();
}

std::optional<Totp::Hash> hash_named(std::string_view name) {
  if (equal_ignoring_ascii_case(name, "SHA1")) return Totp::Hash::kSha1;
  if (equal_ignoring_ascii_case(name, "SHA256")) return Totp::Hash::kSha256;
  if (equal_ignoring_ascii_case(name, "SHA512")) return Totp::Hash::kSha512;
  return std::nullopt;
}

// False: malformed.
bool take_parameter(Totp& totp, std::string_view name, std::string_view value) {
  if (name == "secret") {
    auto secret = base32_decode(value);
    if (!secret) return false;
    totp.secret = *std::move(secret);
  } else if (name == "algorithm") {
    const auto hash = hash_named(value);
    if (!hash) return false;
    totp.hash = *hash;
  } else if (name == "digits") {
    const auto digits = parse_number(value, 6, 8);
    if (!digits) return false;
    totp.digits = static_cast<unsigned>(*digits);
  } else if (name == "period") {
    const auto period = parse_number(value, 5, 3600);
    if (!period) return false;
    totp.period = std::chrono::seconds(*period);
  }
  return true;
}

}  // namespace

std::optional<Totp> parse_otpauth(std::string_view uri) {
  if (!uri.starts_with(kScheme)) return std::nullopt;
  const auto question = uri.find('?');
  if (question == std::string_view::npos) return std::nullopt;
  Totp out;
  for (const auto parameter : split(uri.substr(question + 1), '&')) {
    const auto equals = parameter.find('=');
    if (equals == std::string_view::npos) continue;
    if (!take_parameter(out, parameter.substr(0, equals), parameter.substr(equals + 1))) return std::nullopt;
  }
  if (out.secret.size() < kMinSecretBytes) return std::nullopt;
  return out;
}

std::string otpauth_uri(const Totp& totp, std::string_view issuer, std::string_view account) {
  static constexpr std::string_view kNames[] = {"SHA1", "SHA256", "SHA512"};
  const std::string by = percent_encoded(issuer);
  return std::string(kScheme) + by + ":" + percent_encoded(account) +
         "?secret=" + base32_encode(totp.secret) + "&issuer=" + by +
         "&algorithm=" + std::string(kNames[static_cast<std::size_t>(totp.hash)]) +
         "&digits=" + std::to_string(totp.digits) +
         "&period=" + std::to_string(std::chrono::duration_cast<std::chrono::seconds>(totp.period).count());
}

std::uint64_t totp_step(const Totp& totp, WallTime now) {
  return static_cast<std::uint64_t>(to_unix_ms(now) / totp.period.count());
}

// RFC 4226 5.3
std::string totp_code(const Totp& totp, std::uint64_t step) {
  unsigned char counter[8];
  for (int i = 7; i >= 0; --i, step >>= 8) counter[i] = static_cast<unsigned char>(step & 0xff);
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(digest_of(totp.hash), totp.secret.data(), static_cast<int>(totp.secret.size()), counter,
       sizeof counter, mac, &size);
  const unsigned at = mac[size - 1] & 15U;
  const std::uint32_t number = (mac[at] & 0x7fU) << 24 | static_cast<std::uint32_t>(mac[at + 1]) << 16 |
                               static_cast<std::uint32_t>(mac[at + 2]) << 8 | mac[at + 3];
  std::uint32_t modulus = 1;
  for (unsigned i = 0; i < totp.digits; ++i) modulus *= 10;
  std::string code = std::to_string(number % modulus);
  return std::string(totp.digits - code.size(), '0') + code;
}

std::optional<std::uint64_t> match_totp(const Totp& totp, std::string_view code, WallTime now) {
  const auto current = totp_step(totp, now);
  std::optional<std::uint64_t> found;
  for (const auto step : {current - 1, current + 1, current})
    if (equal_in_constant_time(totp_code(totp, step), code)) found = step;
  return found;
}

}  // namespace gannet::directory
