// Passwords: how new ones are stored, and which stored ones are understood.
//
// New passwords are Argon2id (RFC 9106) in its PHC string. Verified besides:
//   $argon2id$ $argon2i$ $argon2d$        PHC strings, also behind {ARGON2}, {ARGON2ID}, {ARGON2I}
//   $2a$ $2b$ $2x$ $2y$ $5$ $6$ $1$ $7$ $y$ $gy$   crypt(3), also behind {CRYPT}, {BLF-CRYPT},
//   {SHA512-CRYPT}, ...;
//                                         traditional and extended DES crypt behind {CRYPT} alone
//   $scrypt$ln=15,r=8,p=1$salt$hash       PHC, also behind {SCRYPT}
//   $pbkdf2$ $pbkdf2-sha1$ -sha256$ -sha512$  both "29000$salt$hash" and "i=29000,l=32$salt$hash";
//                                         {PBKDF2} {PBKDF2-SHA1} {PBKDF2-SHA256} {PBKDF2-SHA512}
//                                         "29000$salt$hash"; {PBKDF2}$1$salt$rounds$hex; pbkdf2_sha1$
//                                         pbkdf2_sha256$ "29000$salt$hash"
//   {SHA} {SHA256} {SHA384} {SHA512} {MD5} and their salted forms {SSHA} ... {SMD5}   RFC 2307, base64 or hex
//   {PLAIN} {CLEAR} {CLEARTEXT}           in clear
//   {SCRAM-SHA-256}..., SCRAM-SHA-256$... a SCRAM verifier, see scram.h
//   $app$name$HASH                        an application's password: any of the above; see secrets.h
// A text without such a mark is a password in clear.
//
// All comparisons take constant time. What a hash may cost is bounded: one that asks for more is refused.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"
#include "directory/errors.h"

namespace gannet::directory {

struct Argon2Cost {
  std::uint32_t memory_kib = 19'456;  // at least 8 a lane
  std::uint32_t iterations = 2;       // at least 1
  std::uint32_t lanes = 1;
};

// The PHC string of a fresh salt. kUnavailable when there is no memory for it.
Result<std::string> hash_password(std::string_view password, const Argon2Cost& cost, Random& random);

// A hash that no password has, but which takes as long to check as hash_password's.
std::string unmatchable_hash(const Argon2Cost& cost, Random& random);

// Whether `password` is the stored one. kInvalid for a scheme that is not known, a malformed hash or one
// that costs too much: the text names the scheme, never the hash.
// Nothing that holds a NUL is the stored one. Non-ASCII passwords are tried in NFC (RFC 8265 4.2.2), then as
// the bytes that came.
Result<bool> verify_password(std::string_view stored, std::string_view password);

// kInvalid, as verify_password() would answer, without checking a password.
Result<void> check_stored_password(std::string_view stored);

// Whether `text` is a complete hash of a scheme that verify_password() knows, and not a password in clear.
bool is_password_hash(std::string_view text);

// The password within {PLAIN}..., {CLEAR}... and {CLEARTEXT}...; else the text itself.
std::string_view clear_password(std::string_view text);

// The password, where `stored` has it in clear, marked so or unmarked; nothing for a hash of any scheme, known or not,
// and for an empty one.
std::optional<std::string_view> password_in_clear(std::string_view stored);

// Whether checking it takes long on purpose, so that the number of such checks at once is worth a bound.
bool is_costly(std::string_view stored);

// What it takes to check an Argon2 hash: KiB of memory times iterations; 0 for any other scheme.
std::uint64_t argon2_work(std::string_view stored);
std::uint64_t argon2_work(const Argon2Cost& cost);

// "{SHA512-CRYPT}", "$2y$": what a stored text says that it is, and nothing that may be a part of a password. Never
// empty, unless `stored` is.
std::string scheme_name(std::string_view stored);

}  // namespace gannet::directory
