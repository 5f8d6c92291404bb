// How accounts of the internal directory log in: their passwords, verifiers, application passwords and second
// factors (secrets.h).
#include <algorithm>

#include "base/encoding.h"
#include "base/hash.h"
#include "base/unicode.h"
#include "directory/address.h"
#include "directory/edit.h"
#include "directory/internal_directory.h"
#include "observe/log.h"

namespace gannet::directory {
namespace {

constexpr std::size_t kAppSaltBytes = 16, kTotpSecretBytes = 20;
constexpr std::size_t kMaxAppPasswords = 100;

// Four groups of five characters: 119 bits, so that a quick hash is as good as a slow one.
std::string new_app_password(Random& random) {
  std::string out;
  for (int group = 0; group < 4; ++group) out += (group == 0 ? "" : "-") + random.token(5);
  return out;
}

// RFC 2307 with SHA-256.
std::string salted_hash(std::string_view password, Random& random) {
  const std::string salt = random.bytes(kAppSaltBytes);
  const auto digest = sha256(std::string(password) + salt);
  return "{SSHA256}" + base64_encode(std::string(digest.begin(), digest.end()) + salt);
}

std::unexpected<Error> no_account(std::string_view name) {
  return fail(DirectoryError::kNotFound,
              "there is no individual \"" + to_valid_utf8(name.substr(0, kMaxNameBytes)) + '"');
}

bool is_own_verifier(const std::string& secret) {
  return parse_scram(secret).has_value();
}

// The account's one password, if it is an Argon2 hash of less than `cost`. Of other schemes are those that an operator
// has set himself.
std::optional<std::size_t> weak_argon2(const std::vector<std::string>& secrets, const Argon2Cost& cost) {
  std::optional<std::size_t> out;
  for (std::size_t i = 0; i < secrets.size(); ++i) {
    if (is_app_password(secrets[i]) || is_totp(secrets[i]) || is_own_verifier(secrets[i])) continue;
    if (out) return std::nullopt;
    out = i;
  }
  if (!out) return std::nullopt;
  const auto work = argon2_work(secrets[*out]);
  return work > 0 && work < argon2_work(cost) ? out : std::nullopt;
}

}  // namespace

Result<StoredPrincipalPtr> InternalDirectory::individual(std::string_view name) {
  const auto login = normalize_login(name);
  if (!login) return nullptr;
  const auto now = TRY(view());
  auto stored = TRY(now->by_name(*login));
  if (stored && stored->principal.type != PrincipalType::kIndividual) return nullptr;
  return stored;
}

// One account's verifiers share a salt and a cost, since a server can name but one of each (RFC 5802 5.1).
Result<std::optional<ScramVerifier>> InternalDirectory::verifier_of(
    std::string_view password, std::string_view login, const std::vector<std::string>& existing) {
  if (!logins_->options().scram) return std::nullopt;
  std::string salt = logins_->scram_salt(login);
  std::uint32_t iterations = logins_->options().scram_iterations;
  const auto secrets = sort_secrets(existing);
  const ScramVerifier* like = secrets.scram ? &*secrets.scram : nullptr;
  for (const auto& app : secrets.apps)
    if (app.scram) like = &*app.scram;
  if (like != nullptr) {
    salt = like->salt;
    iterations = like->iterations;
  }
  return logins_->scram(password, std::move(salt), iterations);
}

Result<std::vector<std::string>> InternalDirectory::secrets_of(std::string_view password,
                                                               std::string_view login,
                                                               const std::vector<std::string>& existing) {
  if (is_app_password(password) || is_totp(password))
    return fail(DirectoryError::kInvalid,
                "application passwords and second factors are not set as the password of an account");
  if (is_password_hash(password)) return std::vector<std::string>{std::string(password)};
  const auto clear = clear_password(password);
  if (clear.empty()) return fail(DirectoryError::kInvalid, "the password is empty");
  if (clear.contains('\0')) return fail(DirectoryError::kInvalid, "the password contains a NUL");
  std::vector<std::string> out{TRY(logins_->hash(clear))};
  // With application passwords about, the new verifier has their salt; else the account may get a new cost.
  auto apps = existing;
  std::erase_if(apps, [](const auto& secret) { return !is_app_password(secret); });
  if (const auto verifier = TRY(verifier_of(clear, login, apps))) out.push_back(format_scram(*verifier));
  return out;
}

Result<void> InternalDirectory::edit_secrets(
    std::string_view name, std::string_view event,
    const std::function<Result<void>(std::vector<std::string>&)>& edit) {
  TRY(change([&](Change& change) { return edit_secrets_in(change, name, edit); }));
  observe::info(event, {{"name", name}});
  return {};
}

Result<LoginMethods> InternalDirectory::login_methods(std::string_view name) {
  const auto who = TRY(individual(name));
  if (!who) return no_account(name);
  auto secrets = sort_secrets(who->secrets);
  LoginMethods out;
  out.password = !secrets.passwords.empty();
  out.totp = secrets.totp || secrets.broken_totp;
  out.scram = secrets.scram && !out.totp;
  for (auto& app : secrets.apps) {
    app.hash.clear();
    if (app.scram) app.scram->keys = {};
    out.apps.push_back(std::move(app));
  }
  return out;
}

Result<std::string> InternalDirectory::add_app_password(std::string_view name, const std::string& app,
                                                        std::vector<std::string> protocols) {
  if (!is_app_password_name(app))
    return fail(DirectoryError::kInvalid,
                "the name of an application password has 1 to 64 printable bytes without $ and ;");
  for (const auto& protocol : protocols)
    if (std::ranges::find(kAppProtocols, protocol) == std::ranges::end(kAppProtocols))
      return fail(
          DirectoryError::kInvalid,
          "the protocols of an application password are imap, pop3, smtp, managesieve, jmap and http");
  const auto who = TRY(individual(name));
  if (!who) return no_account(name);
  const std::string password = new_app_password(random_);
  AppPassword made{.name = app, .protocols = std::move(protocols), .created = clock_.now()};
  made.hash = salted_hash(password, random_);
  made.scram = TRY(verifier_of(password, who->principal.name, who->secrets));
  TRY(edit_secrets(
      name, "directory.app-password-added", [&](std::vector<std::string>& secrets) -> Result<void> {
        const auto now = sort_secrets(secrets);
        if (now.apps.size() >= kMaxAppPasswords)
          return fail(DirectoryError::kInvalid, "the account has 100 application passwords already");
        if (std::ranges::any_of(now.apps, [&](const auto& one) { return one.name == app; }))
          return fail(DirectoryError::kExists,
                      "there is an application password of that name already: revoke it first");
        secrets.push_back(format_app_password(made));
        return {};
      }));
  return password;
}

Result<void> InternalDirectory::remove_app_password(std::string_view name, std::string_view app) {
  TRY(edit_secrets(name, "directory.app-password-revoked",
                   [&](std::vector<std::string>& secrets) -> Result<void> {
                     const auto removed = std::erase_if(secrets, [&](const auto& secret) {
                       const auto one = parse_app_password(secret);
                       return one && (app == "*" || one->name == app);
                     });
                     if (removed == 0 && app != "*")
                       return fail(DirectoryError::kNotFound, "the account has no such application password");
                     return {};
                   }));
  if (const auto who = TRY(individual(name))) login_changed(who->principal.id);
  return {};
}

Result<std::string> InternalDirectory::propose_totp(std::string_view name, std::string_view issuer) {
  const auto who = TRY(individual(name));
  if (!who) return no_account(name);
  Totp totp;
  totp.secret = random_.bytes(kTotpSecretBytes);
  return otpauth_uri(totp, issuer, who->principal.name);
}

Result<void> InternalDirectory::set_totp(std::string_view name, const std::string& uri,
                                         std::string_view code) {
  const auto totp = parse_otpauth(uri);
  if (!totp || uri.size() > 1024)
    return fail(DirectoryError::kInvalid,
                "the second factor is no otpauth://totp/ URI with a secret of 10 octets or more");
  if (!match_totp(*totp, code, clock_.now()))
    return fail(DirectoryError::kInvalid,
                "that is not the code which the second factor gives now: is the clock of the device right?");
  return edit_secrets(name, "directory.totp-enabled", [&](std::vector<std::string>& secrets) -> Result<void> {
    std::erase_if(secrets, [](const auto& secret) { return is_totp(secret); });
    secrets.push_back(uri);
    return {};
  });
}

Result<void> InternalDirectory::remove_totp(std::string_view name) {
  return edit_secrets(name, "directory.totp-disabled", [](std::vector<std::string>& secrets) -> Result<void> {
    std::erase_if(secrets, [](const auto& secret) { return is_totp(secret); });
    return {};
  });
}

// An account that was made before there were verifiers, or with a hash, gets one when it proves its password; and a
// password that is stored at less than authentication.argon2.* cost now is stored anew. One at a time: no login waits for
// another's. What fails is tried at its next login.
void InternalDirectory::password_proved(const StoredPrincipal& who, std::string_view password) {
  if (password.empty() || who.secrets.empty()) return;
  const bool wants_verifier = logins_->options().scram && std::ranges::none_of(who.secrets, is_own_verifier);
  const auto weak = weak_argon2(who.secrets, logins_->options().cost);
  if (!wants_verifier && !weak) return;
  const std::unique_lock alone(upgrade_mutex_, std::try_to_lock);
  if (!alone) return;
  auto upgraded = who.secrets;
  if (weak) {
    auto hash = logins_->hash(password);
    if (!hash) return;
    upgraded[*weak] = *std::move(hash);
  }
  if (wants_verifier) {
    const auto verifier = verifier_of(password, who.principal.name, who.secrets);
    if (verifier && *verifier) upgraded.push_back(format_scram(**verifier));
  }
  if (upgraded == who.secrets) return;
  const auto stored = edit_secrets(
      who.principal.name, weak ? "directory.password-stored-anew" : "directory.scram-verifier-stored",
      [&](std::vector<std::string>& secrets) -> Result<void> {
        // Somebody may have changed the password meanwhile.
        if (secrets != who.secrets) return fail(DirectoryError::kExists, "the account has changed");
        secrets = upgraded;
        return {};
      });
  if (!stored)
    observe::debug("directory.upgrade-waits", {{"name", who.principal.name}, {"reason", stored.error()}});
}

}  // namespace gannet::directory
