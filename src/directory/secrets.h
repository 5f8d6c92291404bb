// What an account's stored secrets are: its passwords, its application passwords, a SCRAM verifier, a second
// factor. They are kept as a list of texts, each of which says by its mark what it is:
//
//   $app$NAME$HASH [SCRAM]                         an application's password; NAME may carry ";protocols=imap+smtp"
//                                                  and ";created=SECONDS"
//   {SCRAM-SHA-256}... SCRAM-SHA-256$...           a verifier (scram.h)
//   otpauth://totp/...                             the second factor (totp.h)
//   anything else                                  a password (password.h)
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "directory/scram.h"
#include "directory/totp.h"

namespace gannet::directory {

struct AppPassword {
  std::string name;
  std::vector<std::string> protocols;  // "imap", "smtp", ...; empty: all
  std::optional<WallTime> created;
  std::string hash;  // of password.h
  std::optional<ScramVerifier> scram;

  bool allows(std::string_view protocol) const;
};

struct SortedSecrets {
  std::vector<std::string> passwords;  // any of them; a lone verifier is one, too
  std::optional<ScramVerifier> scram;
  std::vector<AppPassword> apps;
  std::optional<Totp> totp;
  bool broken_totp = false;  // a second factor that cannot be read: the password alone is not enough
};

SortedSecrets sort_secrets(std::span<const std::string> secrets);

bool is_app_password(std::string_view secret);
bool is_totp(std::string_view secret);
std::optional<AppPassword> parse_app_password(std::string_view secret);
std::string format_app_password(const AppPassword& app);

// What a name may be, so that it can be told from the rest: 1 to 64 bytes of printable UTF-8 without $ and ;
bool is_app_password_name(std::string_view name);
// Those that an application password can be limited to.
inline constexpr std::string_view kAppProtocols[] = {"imap", "pop3", "smtp", "managesieve", "jmap", "http"};

// "password$123456" of an account with a second factor.
struct PasswordAndCode {
  std::string_view password;
  std::string_view code;  // empty: there is none
};
PasswordAndCode split_code(std::string_view given, unsigned digits);

}  // namespace gannet::directory
