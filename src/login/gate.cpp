#include "login/gate.h"

#include <algorithm>

#include "config/config.h"
#include "observe/log.h"
#include "observe/metrics.h"

namespace gannet::login {

using directory::AuthFailure;
using directory::AuthOutcome;
using directory::Credentials;

namespace {

constexpr Duration kRefresh = std::chrono::seconds(2);
// Before what is counted, and how often it was banned.
const std::string kRetryFailures = "ip/", kAddressFailures = "ban-ip/", kAccountFailures = "ban-account/",
                  kBansBefore = "auth-bans/";
constexpr Duration kPlaceKept = std::chrono::days(30);

AuthOutcome refused(AuthFailure failure) {
  return {.principal = std::nullopt, .failure = failure, .app_password = {}, .account = {}};
}

std::string place_key(const std::string& account, const std::string& subject) {
  return "auth-place/" + subject + "/" + account;
}

bool contains(const std::vector<IpNetwork>& networks, const IpAddress& address) {
  return std::ranges::any_of(networks, [&](const auto& network) { return network.contains(address); });
}

// What tells a guesser from somebody who may not do something.
bool is_guess(AuthFailure failure) {
  return failure == AuthFailure::kNoSuchUser || failure == AuthFailure::kWrongPassword ||
         failure == AuthFailure::kNoCode;
}

Limit limit_of(const config::Config& config, std::string_view key) {
  const auto rate = config.find<config::Rate>(key);
  return rate ? Limit{rate->count, rate->period} : Limit{};
}

}  // namespace

GateOptions gate_options(const config::Config& config) {
  GateOptions out;
  out.retry = limit_of(config, "authentication.rate-limit");
  out.ban_address = limit_of(config, "server.auto-ban.auth.rate");
  out.ban_account = limit_of(config, "server.auto-ban.account.rate");
  out.ban_for = config.duration("server.auto-ban.duration");
  out.ban_at_most = config.duration("server.auto-ban.max-duration");
  out.allowed = config.networks("server.allowed-ip");
  out.blocked = config.networks("server.blocked-ip");
  out.refuse_without_lookup = config.string("authentication.lookup-failure") == "refuse";
  return out;
}

Gate::Gate() = default;

Gate::Gate(GateOptions options, std::shared_ptr<store::DataStore> data,
           std::shared_ptr<store::LookupStore> lookup, Clock& clock)
    : options_(std::move(options)),
      clock_(&clock),
      bans_(std::make_unique<Bans>(std::move(data), clock)),
      failures_(std::make_unique<Failures>(std::move(lookup), options_.refuse_without_lookup, clock)) {}

Result<AuthOutcome> Gate::authenticate(directory::Directory& directory, const Credentials& credentials) {
  Who from = who(credentials);
  identify(directory, from);
  if (const auto why = TRY(closed(from))) return refused(*why);
  auto outcome = TRY(directory.authenticate(credentials));
  settle(std::move(from), outcome);
  return outcome;
}

Result<directory::ScramSecrets> Gate::scram_secrets(directory::Directory& directory,
                                                    const Credentials& credentials) {
  return directory.scram_secrets(credentials);
}

Result<AuthOutcome> Gate::admit(directory::Directory& directory, const Credentials& credentials) {
  Who from = who(credentials);
  identify(directory, from);
  if (const auto why = TRY(closed(from))) return refused(*why);
  auto outcome = TRY(directory.admit(credentials));
  settle(std::move(from), outcome);
  return outcome;
}

AuthOutcome Gate::refuse(const Credentials& credentials, AuthFailure failure, const std::string& account) {
  Who from = who(credentials);
  if (!account.empty()) from.account = account;
  // Whoever is over the limit hears so of a wrong proof as of a right one.
  if (const auto why = closed(from); why && *why) return refused(**why);
  settle(std::move(from), refused(failure));
  return refused(failure);
}

Result<bool> Gate::is_over_limit(const Credentials& credentials) {
  return TRY(closed(who(credentials))) == AuthFailure::kTooManyFailures;
}

bool Gate::is_exempt(const IpAddress& address) const {
  return address.is_loopback() || contains(options_.allowed, address);
}

bool Gate::is_banned(const IpAddress& address) const {
  if (!bans_ || is_exempt(address)) return false;
  return contains(options_.blocked, address) || bans_->has(address);
}

Gate::Who Gate::who(const Credentials& credentials) const {
  Who out;
  if (!bans_) return out;
  out.address = IpAddress::parse(credentials.remote_ip);
  if (out.address) out.subject = subject_of(*out.address);
  // USER%MASTER is an attempt at the master's password.
  const auto percent = credentials.login.rfind('%');
  const std::string_view login = credentials.login;
  out.login = directory::normalize_login(percent == std::string::npos ? login : login.substr(percent + 1))
                  .value_or(std::string());
  out.account = out.login;
  out.exempt = !out.address || is_exempt(*out.address);
  return out;
}

// Only where accounts are banned, since it is one more question. What cannot be answered is no reason to refuse: the
// same directory is asked for the login.
void Gate::identify(directory::Directory& directory, Who& from) const {
  if (from.exempt || from.login.empty() || !bans_->has_accounts()) return;
  if (const auto found = directory.find(from.login); found && *found) from.account = (*found)->name;
}

Result<std::optional<AuthFailure>> Gate::closed(const Who& from) {
  if (from.exempt) return std::nullopt;
  bans_->refresh(kRefresh);
  if (is_banned(*from.address)) return AuthFailure::kBanned;
  const bool banned = bans_->has_account(from.account) || bans_->has_account(from.login);
  if (banned && !TRY(failures_->has(place_key(from.account, from.subject)))) return AuthFailure::kBanned;
  if (options_.retry.count == 0) return std::nullopt;
  const auto failed = TRY(failures_->count(kRetryFailures + from.subject, options_.retry.period));
  if (failed >= static_cast<double>(options_.retry.count)) return AuthFailure::kTooManyFailures;
  return std::nullopt;
}

void Gate::settle(Who from, const AuthOutcome& outcome) {
  if (from.exempt) return;
  if (!outcome.account.empty()) from.account = outcome.account;
  if (outcome.principal) return remember_place(from);
  if (is_guess(outcome.failure)) count_failure(from);
}

// What cannot be counted is reported where it is asked (Failures), and does not change the client's answer.
void Gate::count_failure(const Who& from) {
  static const auto counter =
      observe::counter("gannet_auth_guesses_total", "Logins with a wrong name or password");
  counter.add();
  const auto over = [&](const std::string& subject, const Limit& limit) {
    if (limit.count == 0) return false;
    const auto count = failures_->add(subject, limit.period);
    return count && *count >= static_cast<double>(limit.count);
  };
  if (options_.retry.count > 0) (void)failures_->add(kRetryFailures + from.subject, options_.retry.period);
  if (over(kAddressFailures + from.subject, options_.ban_address) && !is_banned(*from.address))
    ban(from.subject, "too many failed logins");
  if (from.account.empty()) return;
  // From where its owner logs in, mistakes are the owner's.
  if (const auto known = failures_->has(place_key(from.account, from.subject)); known && *known) return;
  if (over(kAccountFailures + from.account, options_.ban_account) && !bans_->has_account(from.account))
    ban(from.account, "too many failed logins to this account");
}

void Gate::ban(const std::string& target, const std::string& why) {
  auto ban = parse_target(target);
  if (!ban) return;
  const auto times =
      failures_->increment(kBansBefore + ban->target, std::max(options_.ban_at_most, options_.ban_for) * 2)
          .value_or(1);
  Duration length = options_.ban_for;
  for (std::int64_t i = 1; i < times && length < options_.ban_at_most; ++i) length *= 2;
  ban->since = clock_->now();
  ban->until = ban->since + std::min(length, std::max(options_.ban_at_most, options_.ban_for));
  ban->reason = why;
  static const auto counter = observe::counter("gannet_auth_bans_total", "Addresses and accounts banned");
  counter.add();
  if (const auto added = bans_->add(*ban); !added)
    observe::error("auth.ban-failed", {{"target", target}, {"reason", added.error()}});
  else
    forget(*ban);
}

// What led to a ban has been answered by it: whoever comes back after it begins anew.
void Gate::forget(const Ban& target) {
  if (target.account) return failures_->forget(kAccountFailures + target.target, options_.ban_account.period);
  failures_->forget(kAddressFailures + target.target, options_.ban_address.period);
  failures_->forget(kRetryFailures + target.target, options_.retry.period);
}

Result<bool> Gate::lift(const Ban& target) {
  if (!TRY(bans_->remove(target))) return false;
  forget(target);
  failures_->forget_increments(kBansBefore + target.target);
  return true;
}

void Gate::remember_place(const Who& from) {
  if (options_.ban_account.count == 0 || from.account.empty()) return;
  const std::string key = place_key(from.account, from.subject);
  const std::string day = key + "/" + std::to_string(to_unix_ms(clock_->now()) / 86'400'000);
  {
    const std::lock_guard lock(places_mutex_);
    if (places_.get(day) != nullptr) return;
    places_.put(day, 1);
  }
  (void)failures_->remember(key, kPlaceKept);
}

}  // namespace gannet::login
