#include "directory/record_directory.h"

#include <algorithm>

#include "base/unicode.h"
#include "directory/address.h"
#include "directory/resolve.h"
#include "directory/trace.h"

namespace gannet::directory {
namespace {

bool has_account(const StoredPrincipalPtr& stored) {
  return stored && (stored->principal.type == PrincipalType::kIndividual ||
                    stored->principal.type == PrincipalType::kGroup);
}

bool is_individual(const StoredPrincipalPtr& stored) {
  return stored && stored->principal.type == PrincipalType::kIndividual;
}

// By name, else the individual whose address it is.
Result<StoredPrincipalPtr> by_login(PrincipalView& view, const std::string& login) {
  auto stored = TRY(view.by_name(login));
  if (has_account(stored)) return stored;
  const auto parts = login.contains('@') ? split_address(login) : std::nullopt;
  if (!parts) return nullptr;
  stored = TRY(view.by_address(TRY(without_alias(view, *parts)).text()));
  if (!is_individual(stored)) return nullptr;
  return view.complete(std::move(stored));
}

AuthOutcome refused(AuthFailure why, std::string account = {}) {
  return {.principal = std::nullopt, .failure = why, .app_password = {}, .account = std::move(account)};
}

bool contains(const std::vector<std::string>& list, std::string_view text) {
  return std::ranges::find(list, text) != list.end();
}

// The address itself, or what it is without its detail.
Result<StoredPrincipalPtr> owner_of(PrincipalView& view, const AddressParts& given) {
  const auto parts = TRY(without_alias(view, given));
  if (auto owner = TRY(view.by_address(parts.text()))) return owner;
  const auto sub = split_sub_address(parts.local);
  if (!sub) return nullptr;
  return view.by_address(sub->user + '@' + parts.domain);
}

// An empty one is none.
std::span<const std::string> as_list(const std::string& secret) {
  return {&secret, secret.empty() ? 0UZ : 1UZ};
}

std::optional<Principal> principal_of(const StoredPrincipalPtr& stored) {
  if (!has_account(stored)) return std::nullopt;
  return stored->principal;
}

}  // namespace

template <typename Ask>
auto RecordDirectory::ask(Ask question) -> decltype(question(std::declval<PrincipalView&>())) {
  constexpr int kTries = 8;
  for (int i = 1;; ++i) {
    const auto now = TRY(view());
    auto answer = question(*now);
    if (!now->torn() || i == kTries) return answer;
  }
}

Result<Resolution> RecordDirectory::resolve(std::string_view address, const ResolveOptions& options) {
  return ask([&](PrincipalView& view) { return resolve_address(view, address, options); });
}

std::optional<Resolution> RecordDirectory::resolve_now(std::string_view address,
                                                       const ResolveOptions& options) {
  const auto now = view_now();
  if (!now) return std::nullopt;
  // A long list is expanded where that holds up nobody else.
  constexpr std::size_t kFewMembers = 16;
  ResolveOptions quick = options;
  quick.max_expansion = std::min(quick.max_expansion, kFewMembers);
  auto answer = resolve_address(*now, address, quick);
  if (!answer) return std::nullopt;
  return std::move(*answer);
}

Result<bool> RecordDirectory::is_local_domain(std::string_view domain) {
  const auto name = normalize_domain(domain);
  if (!name) return false;
  return ask([&](PrincipalView& view) { return view.is_local_domain(*name); });
}

Result<StoredPrincipalPtr> RecordDirectory::find_login(const std::optional<std::string>& login) {
  if (!login) return nullptr;
  return ask([&](PrincipalView& view) { return by_login(view, *login); });
}

Result<StoredPrincipalPtr> RecordDirectory::find_individual(const std::optional<std::string>& login) {
  auto who = TRY(find_login(login));
  if (who && who->principal.type != PrincipalType::kIndividual) return nullptr;
  return who;
}

Result<std::optional<Principal>> RecordDirectory::find(std::string_view name) {
  return principal_of(TRY(find_login(normalize_login(name))));
}

Result<std::optional<Principal>> RecordDirectory::find_by_id(AccountId id) {
  return principal_of(TRY(ask([&](PrincipalView& view) { return view.by_id(id); })));
}

Result<bool> RecordDirectory::may_send_as(const Principal& principal, std::string_view address) {
  const auto parts = split_address(address);
  if (!parts || principal.id == 0) return false;
  return ask([&](PrincipalView& view) -> Result<bool> {
    const auto owner = TRY(owner_of(view, *parts));
    if (!has_account(owner)) return false;
    if (owner->principal.id == principal.id) return true;
    if (owner->principal.type != PrincipalType::kGroup) return false;
    if (contains(owner->principal.members, principal.name)) return true;
    // Some directories know the groups of a person, but not the persons of a group.
    const auto who = TRY(view.by_name(principal.name));
    return who && contains(who->principal.member_of, owner->principal.name);
  });
}

Result<std::vector<std::string>> RecordDirectory::verify(std::string_view text, std::size_t limit) {
  if (text.empty() || text.size() > kMaxNameBytes || has_unprintable(text) || limit == 0)
    return std::vector<std::string>{};
  const std::string start = to_lower_ascii(to_nfc(text).value_or(std::string(text)));
  return ask([&](PrincipalView& view) -> Result<std::vector<std::string>> {
    const auto parts = split_address(start);
    return view.addresses(parts ? TRY(without_alias(view, *parts)).text() : start, limit);
  });
}

Result<AuthOutcome> RecordDirectory::authenticate(const Credentials& credentials) {
  const auto login = normalize_login(credentials.login);
  const bool fallback = login && is_fallback_admin(*login);
  if (fallback)
    if (const auto admin = TRY(fallback_admin(credentials, *login))) return authorize(*admin, credentials);
  if (auto outcome = TRY(as_master(credentials))) return *std::move(outcome);
  // The fallback administrator's password was checked already: one check a login.
  if (fallback && !TRY(find_individual(login))) return refused(AuthFailure::kWrongPassword, *login);
  auto checked = TRY(check(login, credentials));
  if (!checked.who) return refused(AuthFailure::kNoSuchUser);
  const auto& who = checked.who->principal;
  if (!checked.right) return refused(checked.match.failure, who.name);
  if (who.disabled) {
    if (checked.checked_here) TRY(logins_->even_out(id_, credentials.password, checked.match.effort));
    return refused(AuthFailure::kDisabled, who.name);
  }
  const SecretMatch& match = checked.match;
  if (match.app_password.empty()) password_proved(*checked.who, match.own_password);
  auto outcome = TRY(authorize(who, credentials));
  outcome.app_password = match.app_password;
  return outcome;
}

Result<ScramSecrets> RecordDirectory::scram_secrets(const Credentials& credentials) {
  const auto login = normalize_login(credentials.login);
  const auto who = TRY(find_individual(login));
  ScramSecrets out;
  out.iterations = logins_->options().scram_iterations;
  if (who) out.account = who->principal.name;
  const bool makes = makes_verifiers();
  // Where verifiers are made, each of an account's logins has a salt of its own: two that share one would exist.
  out.salt = logins_->scram_salt(who && !makes ? who->principal.name : login.value_or(credentials.login));
  const auto secrets = who ? sort_secrets(who->secrets) : SortedSecrets();
  const ScramVerifier* shown = secrets.scram ? &*secrets.scram : nullptr;
  for (const auto& app : secrets.apps)
    if (!shown && app.scram) shown = &*app.scram;
  if (makes) TRY(add_made_verifiers(secrets, shown == nullptr, out));
  if (!shown) return out;
  out.iterations = shown->iterations;
  out.salt = shown->salt;
  // The code of a second factor has no place in SCRAM: then application passwords alone can use it.
  if (secrets.scram && !secrets.totp && !secrets.broken_totp)
    out.entries.push_back({secrets.scram->keys, {}});
  for (const auto& app : secrets.apps)
    if (app.scram && app.scram->salt == shown->salt && app.scram->iterations == shown->iterations &&
        app.allows(credentials.protocol))
      out.entries.push_back({app.scram->keys, app.name});
  return out;
}

// At least one is made, of nothing if need be: whoever asks cannot tell by the time what was found.
Result<void> RecordDirectory::add_made_verifiers(const SortedSecrets& secrets, bool usable,
                                                 ScramSecrets& out) {
  constexpr std::size_t kMostPasswords = 4;
  usable = usable && !secrets.totp && !secrets.broken_totp;
  std::size_t made = 0;
  for (const auto& stored : secrets.passwords) {
    const auto clear = usable ? password_in_clear(stored) : std::nullopt;
    if (!clear || made == kMostPasswords) continue;
    auto verifier = TRY(logins_->scram(*clear, out.salt, out.iterations));
    if (!verifier) continue;  // SASLprep refuses it
    out.entries.push_back({std::move(verifier->keys), {}});
    ++made;
  }
  if (made == 0) TRY(logins_->scram("nobody's", out.salt, out.iterations));
  return {};
}

Result<AuthOutcome> RecordDirectory::admit(const Credentials& credentials) {
  const auto who = TRY(find_individual(normalize_login(credentials.login)));
  if (!who) return refused(AuthFailure::kNoSuchUser);
  if (who->principal.disabled) return refused(AuthFailure::kDisabled, who->principal.name);
  return authorize(who->principal, credentials);
}

Result<RecordDirectory::Checked> RecordDirectory::check(const std::optional<std::string>& login,
                                                        const Credentials& credentials) {
  StoredPrincipalPtr who = TRY(find_individual(login));
  // An unknown login is checked as well, against nothing: it takes its time and fails.
  const SortedSecrets secrets = who ? sort_secrets(who->secrets) : SortedSecrets();
  const std::string name = who ? who->principal.name : std::string();
  auto match = TRY(logins_->check(id_, name, credentials, secrets));
  const bool right = match.right;
  trace::step("password check", name.empty() ? "unknown login" : name, right ? "right" : "wrong");
  return Checked{std::move(who), right, std::move(match), true};
}

bool RecordDirectory::is_fallback_admin(const std::string& login) const {
  const std::string& user = logins_->options().fallback_admin_user;
  return !user.empty() && normalize_login(user) == login;
}

Result<std::optional<Principal>> RecordDirectory::fallback_admin(const Credentials& credentials,
                                                                 const std::string& login) {
  const LoginOptions& options = logins_->options();
  const std::string secret = options.fallback_admin_secret.reveal();
  if (!TRY(logins_->verify("fallback-admin", login, credentials.password, as_list(secret))))
    return std::nullopt;
  Principal admin;
  admin.name = login;
  admin.description = "fallback administrator";
  admin.role = Role::kAdmin;
  return admin;
}

Result<std::optional<AuthOutcome>> RecordDirectory::as_master(const Credentials& credentials) {
  const LoginOptions& options = logins_->options();
  const auto percent = credentials.login.rfind('%');
  if (options.master_user.empty() || percent == std::string::npos) return std::nullopt;
  const auto master = normalize_login(std::string_view(credentials.login).substr(percent + 1));
  if (!master || normalize_login(options.master_user) != master) return std::nullopt;
  const std::string secret = options.master_secret.reveal();
  if (!TRY(logins_->verify("master", *master, credentials.password, as_list(secret))))
    return refused(AuthFailure::kWrongPassword, *master);
  // It opens mail, not the administration of the server, whoever the account is.
  if (credentials.protocol == "http") return refused(AuthFailure::kNotAuthorized, *master);
  const auto user = TRY(find_login(normalize_login(std::string_view(credentials.login).substr(0, percent))));
  if (!user) return refused(AuthFailure::kNoSuchUser, *master);
  auto outcome = TRY(authorize(user->principal, credentials));
  outcome.account = *master;
  return outcome;
}

// RFC 4422 3.4.1: whoever may not act for the authorization identity has not authenticated at all.
Result<AuthOutcome> RecordDirectory::authorize(const Principal& who, const Credentials& credentials) {
  AuthOutcome outcome;
  outcome.account = who.name;
  if (credentials.authorize_as.empty() || normalize_login(credentials.authorize_as) == who.name) {
    // The fallback administrator has no mailbox to open.
    if (who.id == 0 && credentials.protocol != "http") return refused(AuthFailure::kNotAuthorized, who.name);
    outcome.principal = who;
    return outcome;
  }
  const auto other = TRY(find_login(normalize_login(credentials.authorize_as)));
  if (!other || (who.role != Role::kAdmin && other->principal.id != who.id))
    return refused(AuthFailure::kNotAuthorized, who.name);
  outcome.principal = other->principal;
  return outcome;
}

}  // namespace gannet::directory
