#include "directory/address.h"

#include <algorithm>

#include "base/ip.h"
#include "base/unicode.h"
#include "directory/directory.h"
#include "directory/principal.h"

namespace gannet::directory {
namespace {

// RFC 5321 4.1.2 atext, the dot, and RFC 6531's UTF8-non-ascii. Two dots in a row are taken too: there are
// mailboxes of that name, and one form must stand for quoted and unquoted spelling alike.
bool plain_local(char c) {
  static constexpr std::string_view kSpecial = ".!#$%&'*+-/=?^_`{|}~";
  return static_cast<unsigned char>(c) >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || kSpecial.contains(c);
}

// What stands between the quotes of a quoted string, or nothing if it is not exactly one.
std::optional<std::string> unquote(std::string_view quoted) {
  if (quoted.size() < 2 || !quoted.ends_with('"')) return std::nullopt;
  quoted = quoted.substr(1, quoted.size() - 2);
  std::string out;
  for (std::size_t i = 0; i < quoted.size(); ++i) {
    if (quoted[i] == '"') return std::nullopt;
    if (quoted[i] == '\\' && ++i == quoted.size()) return std::nullopt;
    out.push_back(quoted[i]);
  }
  return out;
}

std::string quote(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return out + '"';
}

std::optional<std::string> normalize_local(std::string_view local) {
  std::string text(local);
  if (local.starts_with('"')) {
    auto unquoted = unquote(local);
    if (!unquoted) return std::nullopt;
    text = std::move(*unquoted);
  } else if (!std::ranges::all_of(local, plain_local)) {
    return std::nullopt;
  }
  if (text.empty()) return std::nullopt;
  text = to_lower_ascii(text);
  return std::ranges::all_of(text, plain_local) ? text : quote(text);
}

// RFC 5321 4.1.3: [192.0.2.1] or [IPv6:2001:db8::1].
std::optional<std::string> normalize_literal(std::string_view domain) {
  if (!domain.ends_with(']')) return std::nullopt;
  std::string_view inside = domain.substr(1, domain.size() - 2);
  const bool tagged = inside.size() > 5 && equal_ignoring_ascii_case(inside.substr(0, 5), "ipv6:");
  if (tagged) inside.remove_prefix(5);
  if (inside.starts_with('[')) return std::nullopt;
  const auto ip = IpAddress::parse(inside);
  if (!ip || (!tagged && !ip->is_v4())) return std::nullopt;
  return ip->is_v4() ? "[" + ip->to_string() + "]" : "[ipv6:" + ip->to_string() + "]";
}

// NFC, and nothing that no name may hold.
std::optional<std::string> printable_nfc(std::string_view text) {
  if (text.empty() || text.size() > kMaxNameBytes || has_unprintable(text)) return std::nullopt;
  auto out = to_nfc(text);
  if (!out || out->size() > kMaxNameBytes) return std::nullopt;
  return out;
}

}  // namespace

std::optional<std::string> normalize_domain(std::string_view domain) {
  if (domain.size() > kMaxNameBytes) return std::nullopt;
  return domain_to_unicode(domain);
}

std::optional<AddressParts> split_address(std::string_view address) {
  const auto text = printable_nfc(address);
  if (!text) return std::nullopt;
  const auto at = text->rfind('@');
  if (at == std::string::npos) return std::nullopt;
  auto local = normalize_local(std::string_view(*text).substr(0, at));
  const auto domain_text = std::string_view(*text).substr(at + 1);
  auto domain = domain_text.starts_with('[') ? normalize_literal(domain_text) : normalize_domain(domain_text);
  if (!local || !domain || local->size() + 1 + domain->size() > kMaxNameBytes) return std::nullopt;
  return AddressParts{*std::move(local), *std::move(domain)};
}

std::optional<std::string> normalize_address(std::string_view address) {
  return split_address(address).transform([](const AddressParts& parts) { return parts.text(); });
}

std::optional<std::string> normalize_login(std::string_view login) {
  if (login.contains('@')) return normalize_address(login);
  const auto text = printable_nfc(login);
  if (!text || text->starts_with(' ') || text->ends_with(' ')) return std::nullopt;
  return to_lower_ascii(*text);
}

std::optional<SubAddress> split_sub_address(std::string_view local) {
  if (local.starts_with('"')) return std::nullopt;
  const auto plus = local.find('+');
  if (plus == std::string_view::npos || plus == 0) return std::nullopt;
  return SubAddress{std::string(local.substr(0, plus)), std::string(local.substr(plus + 1))};
}

std::string_view to_string(PrincipalType type) {
  switch (type) {
    case PrincipalType::kIndividual:
      return "individual";
    case PrincipalType::kGroup:
      return "group";
    case PrincipalType::kList:
      return "list";
    case PrincipalType::kDomain:
      return "domain";
  }
  return "unknown";
}

std::string_view to_string(AuthFailure failure) {
  switch (failure) {
    case AuthFailure::kNoSuchUser:
      return "no such user";
    case AuthFailure::kWrongPassword:
      return "wrong password";
    case AuthFailure::kDisabled:
      return "disabled";
    case AuthFailure::kNotAuthorized:
      return "may not act for the other identity";
    case AuthFailure::kNoCode:
      return "second factor missing or wrong";
    case AuthFailure::kCodeUsed:
      return "second factor used already";
    case AuthFailure::kBanned:
      return "banned";
    case AuthFailure::kTooManyFailures:
      return "too many failures";
  }
  return "unknown";
}

Result<ScramSecrets> Directory::scram_secrets(const Credentials&) {
  return fail(DirectoryError::kInvalid, "this directory does not know SCRAM");
}

Result<AuthOutcome> Directory::admit(const Credentials&) {
  return AuthOutcome{
      .principal = std::nullopt, .failure = AuthFailure::kNotAuthorized, .app_password = {}, .account = {}};
}

std::string_view to_string(Role role) {
  return role == Role::kAdmin ? "admin" : "user";
}

}  // namespace gannet::directory
