// The schemes behind password.h: each reads its stored form once and gives what checks a password against it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "directory/errors.h"

namespace gannet::directory {

struct PasswordHash {
  bool costly = false;  // slow on purpose
  std::function<Result<bool>(std::string_view password)> matches;
  std::uint64_t argon2_work = 0;  // as password.h says
};

// Each: nothing for what is malformed or asks for more work than a login may cost.
std::optional<PasswordHash> parse_argon2(std::string_view phc);
std::optional<PasswordHash> parse_crypt(std::string_view setting);      // $1$ $2?$ $5$ $6$ $7$ $y$ $gy$
std::optional<PasswordHash> parse_des_crypt(std::string_view setting);  // 13 characters, or _ and 19
std::optional<PasswordHash> parse_scrypt(std::string_view phc);         // $scrypt$...

// `digest` is sha1, sha256 or sha512; `text` is what follows the scheme's name.
std::optional<PasswordHash> parse_pbkdf2(const char* digest, std::string_view text);
std::optional<PasswordHash> parse_pbkdf2_dovecot(std::string_view text);  // $1$salt$rounds$hex, SHA-1
std::optional<PasswordHash> parse_pbkdf2_django(const char* digest, std::string_view text);

// RFC 2307: base64 or hex of the digest, then of its salt if `salted`. `digest` as OpenSSL names it.
std::optional<PasswordHash> parse_digest(const char* digest, bool salted, std::string_view text);

PasswordHash clear_text(std::string_view password);

bool equal_in_constant_time(std::string_view a, std::string_view b);
std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t min, std::uint64_t max);
std::vector<std::string_view> split(std::string_view text, char at);
// Base64 of either alphabet or with '.' for '+', padded or not.
std::optional<std::string> decode_hash_base64(std::string_view text);

}  // namespace gannet::directory
