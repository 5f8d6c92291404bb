#include "directory/secrets.h"

#include <algorithm>

#include "base/unicode.h"
#include "directory/password_schemes.h"

namespace gannet::directory {
namespace {

constexpr std::string_view kApp = "$app$";
constexpr std::string_view kProtocols = "protocols=", kCreated = "created=";
constexpr std::size_t kMaxAppName = 64;

std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const auto& text : texts) out += (out.empty() ? "" : "+") + text;
  return out;
}

}  // namespace

bool AppPassword::allows(std::string_view protocol) const {
  return protocols.empty() ||
         std::ranges::find(protocols, protocol == "lmtp" ? "smtp" : protocol) != protocols.end();
}

bool is_app_password(std::string_view secret) {
  return secret.starts_with(kApp);
}

bool is_totp(std::string_view secret) {
  return secret.starts_with("otpauth://");
}

std::optional<AppPassword> parse_app_password(std::string_view secret) {
  if (!is_app_password(secret)) return std::nullopt;
  const auto end = secret.find('$', kApp.size());
  if (end == std::string_view::npos) return std::nullopt;
  AppPassword out;
  const auto fields = split(secret.substr(kApp.size(), end - kApp.size()), ';');
  out.name = fields.front();
  for (const auto field : std::span(fields).subspan(1)) {
    if (field.starts_with(kProtocols)) {
      for (const auto protocol : split(field.substr(kProtocols.size()), '+'))
        out.protocols.emplace_back(protocol);
    } else if (field.starts_with(kCreated)) {
      if (const auto at = parse_number(field.substr(kCreated.size()), 0, UINT32_MAX))
        out.created = from_unix_ms(static_cast<std::int64_t>(*at) * 1000);
    }
  }
  const auto parts = split(secret.substr(end + 1), ' ');
  out.hash = parts.front();
  if (parts.size() > 1) out.scram = parse_scram(parts[1]);
  return out;
}

std::string format_app_password(const AppPassword& app) {
  std::string out = std::string(kApp) + app.name;
  if (!app.protocols.empty()) out += ";" + std::string(kProtocols) + joined(app.protocols);
  if (app.created) out += ";" + std::string(kCreated) + std::to_string(to_unix_ms(*app.created) / 1000);
  out += "$" + app.hash;
  if (app.scram) out += " " + format_scram(*app.scram);
  return out;
}

bool is_app_password_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxAppName && !has_unprintable(name) &&
         name.find_first_of("$;") == std::string_view::npos;
}

SortedSecrets sort_secrets(std::span<const std::string> secrets) {
  SortedSecrets out;
  std::string lone;
  for (const auto& secret : secrets) {
    if (is_app_password(secret)) {
      if (auto app = parse_app_password(secret)) out.apps.push_back(*std::move(app));
    } else if (is_totp(secret)) {
      out.totp = parse_otpauth(secret);
      if (!out.totp) out.broken_totp = true;
    } else if (auto verifier = parse_scram(secret)) {
      if (!out.scram) out.scram = std::move(verifier);
      lone = secret;
    } else {
      out.passwords.push_back(secret);
    }
  }
  // Checking a password against its verifier as well would cost the same time again.
  if (out.passwords.empty() && !lone.empty()) out.passwords.push_back(std::move(lone));
  return out;
}

PasswordAndCode split_code(std::string_view given, unsigned digits) {
  if (given.size() < digits + 1) return {given, {}};
  const auto code = given.substr(given.size() - digits);
  if (given[given.size() - digits - 1] != '$' ||
      !std::ranges::all_of(code, [](char c) { return c >= '0' && c <= '9'; }))
    return {given, {}};
  return {given.substr(0, given.size() - digits - 1), code};
}

}  // namespace gannet::directory
