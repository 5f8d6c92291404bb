// The second factor: time-based one-time passwords (RFC 6238), as authenticator applications make them from an
// otpauth:// URI.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace gannet::directory {

struct Totp {
  enum class Hash : std::uint8_t { kSha1, kSha256, kSha512 };
  std::string secret;  // as octets
  Hash hash = Hash::kSha1;
  unsigned digits = 6;  // 6 to 8
  Duration period = std::chrono::seconds(30);
};

// Nothing for what is no otpauth://totp/ URI with a secret of 10 octets at least.
std::optional<Totp> parse_otpauth(std::string_view uri);
// otpauth://totp/ISSUER:ACCOUNT?secret=...&issuer=ISSUER
std::string otpauth_uri(const Totp& totp, std::string_view issuer, std::string_view account);

// RFC 6238 4: how many periods have passed since 1970.
std::uint64_t totp_step(const Totp& totp, WallTime now);
std::string totp_code(const Totp& totp, std::uint64_t step);
// The step of which `code` is the code: now's or one of its neighbours, since clocks differ (RFC 6238 5.2).
// Takes the same time for every code.
std::optional<std::uint64_t> match_totp(const Totp& totp, std::string_view code, WallTime now);

}  // namespace gannet::directory
