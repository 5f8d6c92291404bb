// What SCRAM-SHA-256 (RFC 5802, RFC 7677) lets a server keep of a password: enough to check a proof, too little
// to make one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gannet::directory {

inline constexpr std::uint32_t kMinScramIterations = 4096;  // RFC 7677 4
inline constexpr std::uint32_t kMaxScramIterations = 10'000'000;
inline constexpr std::size_t kScramKeyBytes = 32;

struct ScramKeys {
  std::string stored_key, server_key;  // kScramKeyBytes each
  bool operator==(const ScramKeys&) const = default;
};

struct ScramVerifier {
  std::uint32_t iterations = 0;
  std::string salt;
  ScramKeys keys;
};

// "{SCRAM-SHA-256}ITERATIONS,SALT,STORED_KEY,SERVER_KEY" as Dovecot has it, or
// "SCRAM-SHA-256$ITERATIONS:SALT$STORED_KEY:SERVER_KEY" (RFC 5803). Nothing for anything else, and for fewer
// iterations than kMinScramIterations.
std::optional<ScramVerifier> parse_scram(std::string_view stored);
// The first of these forms.
std::string format_scram(const ScramVerifier& verifier);

// Takes as long as its iterations. Nothing for a password that SASLprep refuses.
std::optional<ScramVerifier> derive_scram(std::string_view password, std::string salt,
                                          std::uint32_t iterations);
bool matches_scram(const ScramVerifier& verifier, std::string_view password);

// What a server says to a login that wants to prove itself, and the keys of which any lets it in: that of its
// password and those of its application passwords, all made with one salt. No keys: nobody can prove it.
struct ScramSecrets {
  std::uint32_t iterations = 0;
  std::string salt;
  struct Entry {
    ScramKeys keys;
    std::string app_password;  // its name; empty for the account's password
  };
  std::vector<Entry> entries;
  std::string account{};  // the name of whose they are; empty for nobody
};

}  // namespace gannet::directory
