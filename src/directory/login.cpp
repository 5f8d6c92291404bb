#include "directory/login.h"

#include <algorithm>
#include <vector>

#include "base/bytes.h"
#include "base/encoding.h"
#include "base/hash.h"
#include "directory/errors.h"
#include "observe/log.h"
#include "observe/metrics.h"

namespace gannet::directory {
namespace {

constexpr std::size_t kOwnLookupBytes = 4 << 20;
constexpr std::size_t kScramSaltBytes = 16;

observe::Counter checks(const char* how) {
  return observe::counter("gannet_auth_password_checks_total",
                          "Password checks, by whether they were computed", {{"how", how}});
}

void count_remembered() {
  static const observe::Counter counter = checks("remembered");
  counter.add();
}
void count_computed() {
  static const observe::Counter counter = checks("computed");
  counter.add();
}

void report(std::string_view directory, std::string_view login, const Error& error) {
  observe::error("auth.bad-stored-password", {{"directory", directory}, {"login", login}, {"reason", error}});
}

}  // namespace

// One of the `max_concurrent` places for a dear check; given back at its end.
class Logins::Turn {
 public:
  static Result<Turn> take(Logins& logins) {
    std::unique_lock lock(logins.turn_mutex_);
    if (!logins.turn_free_.wait_for(lock, logins.options_.max_wait,
                                    [&] { return logins.turns_taken_ < logins.options_.max_concurrent; }))
      return fail(DirectoryError::kUnavailable, "too many logins at once, try again later",
                  "authentication.max-concurrent is " + std::to_string(logins.options_.max_concurrent),
                  Retry::kCanHelp);
    ++logins.turns_taken_;
    return Turn(&logins);
  }
  Turn(Turn&& other) noexcept : logins_(std::exchange(other.logins_, nullptr)) {}
  Turn& operator=(Turn&&) = delete;
  ~Turn() {
    if (logins_ == nullptr) return;
    {
      std::lock_guard lock(logins_->turn_mutex_);
      --logins_->turns_taken_;
    }
    logins_->turn_free_.notify_one();
  }

 private:
  explicit Turn(Logins* logins) : logins_(logins) {}
  Logins* logins_;
};

Logins::Logins(LoginOptions options, Clock& clock, Random& random)
    : options_(std::move(options)),
      clock_(clock),
      random_(random),
      key_(random.bytes(32)),
      nobodys_(unmatchable_hash(options_.cost, random)),
      server_secret_(options_.server_secret.empty() ? random.bytes(32) : options_.server_secret.reveal()),
      own_lookup_(store::memory_lookup_store(kOwnLookupBytes, clock)),
      cache_({.max_weight = options_.remember_entries,
              .ttl = options_.remember_for,
              .shards = options_.cache_shards,
              .capacity = options_.cache_capacity},
             clock),
      cache_entry_(
          "login", [this] { return observe::status_in_entries(cache_); }, [this] { cache_.clear(); }) {}

Result<bool> Logins::verify(std::string_view directory, std::string_view login, std::string_view password,
                            std::span<const std::string> secrets) {
  Effort effort;
  for (const auto& secret : secrets)
    if (TRY(verify_one(directory, login, password, secret, effort))) return true;
  TRY(even_out(directory, password, effort));
  return false;
}

Result<bool> Logins::verify_one(std::string_view directory, std::string_view login, std::string_view password,
                                const std::string& secret, Effort& effort) {
  if (!is_costly(secret)) {  // nothing to save
    const auto right = verify_password(secret, password);
    if (!right) report(directory, login, right.error());
    return right.value_or(false);
  }
  std::string key = cache_key(directory, login, password, secret);
  if (cache_.get(key)) {
    count_remembered();
    return true;
  }
  if (const auto work = argon2_work(secret)) {
    effort.argon2_work = std::max(effort.argon2_work, work);
  } else {
    auto scheme = scheme_name(secret);
    learn_scheme(directory, scheme, secret);
    effort.others.insert(std::move(scheme));
  }
  auto right = compute(password, secret);
  if (right && *right && options_.remember_for > Duration::zero()) cache_.put(std::move(key), true);
  if (right || right.error().is(DirectoryError::kUnavailable)) return right;
  report(directory, login, right.error());
  return false;
}

Result<bool> Logins::compute(std::string_view password, const std::string& secret) {
  const auto turn = TRY(Turn::take(*this));
  count_computed();
  return verify_password(secret, password);
}

void Logins::learn_scheme(std::string_view directory, const std::string& scheme, const std::string& secret) {
  constexpr std::size_t kMostSchemes = 4;
  const std::lock_guard lock(schemes_mutex_);
  auto known = schemes_.find(directory);
  if (known == schemes_.end())
    known = schemes_.emplace(std::string(directory), std::map<std::string, std::string>()).first;
  auto& secrets = known->second;
  if (secrets.size() < kMostSchemes || secrets.contains(scheme)) secrets[scheme] = secret;
}

Result<void> Logins::even_out(std::string_view directory, std::string_view password, const Effort& effort) {
  std::vector<std::string> missing;
  if (effort.argon2_work < argon2_work(options_.cost)) missing.push_back(nobodys_);
  {
    const std::lock_guard lock(schemes_mutex_);
    if (const auto known = schemes_.find(directory); known != schemes_.end())
      for (const auto& [scheme, secret] : known->second)
        if (!effort.others.contains(scheme)) missing.push_back(secret);
  }
  for (const auto& secret : missing)
    if (const auto done = compute(password, secret); !done && done.error().is(DirectoryError::kUnavailable))
      return std::unexpected(done.error());
  return {};
}

Result<SecretMatch> Logins::check(std::string_view directory, std::string_view login,
                                  const Credentials& credentials, const SortedSecrets& secrets) {
  Effort effort;
  auto out = TRY(match(directory, login, credentials, secrets, effort));
  if (!out.right) TRY(even_out(directory, credentials.password, effort));
  out.effort = std::move(effort);
  return out;
}

Result<SecretMatch> Logins::match(std::string_view directory, std::string_view login,
                                  const Credentials& credentials, const SortedSecrets& secrets,
                                  Effort& effort) {
  const auto is_right = [&](std::string_view password, const std::string& secret) {
    return verify_one(directory, login, password, secret, effort);
  };
  for (const auto& app : secrets.apps) {
    if (!app.allows(credentials.protocol)) continue;
    if (TRY(is_right(credentials.password, app.hash)))
      return SecretMatch{.right = true, .app_password = app.name};
  }
  const auto given = secrets.totp ? split_code(credentials.password, secrets.totp->digits)
                                  : PasswordAndCode{credentials.password, {}};
  bool own = false;
  for (const auto& secret : secrets.passwords) own = own || TRY(is_right(given.password, secret));
  if (!own) return SecretMatch{.failure = AuthFailure::kWrongPassword};
  const SecretMatch right{.right = true, .own_password = given.password};
  if (!secrets.totp && !secrets.broken_totp) return right;
  if (secrets.broken_totp) {
    observe::error("auth.bad-second-factor", {{"directory", directory}, {"login", login}});
    return SecretMatch{.failure = AuthFailure::kNoCode};
  }
  const auto step = match_totp(*secrets.totp, given.code, clock_.now());
  if (!step) return SecretMatch{.failure = AuthFailure::kNoCode};
  // RFC 6238 5.2: a code lets in once. Its steps are accepted for three periods.
  const std::string used =
      hex_encode(hmac_sha256("totp", RecordWriter().string(directory).string(login).varint(*step).take()));
  if (!TRY(use_once("totp/" + used, secrets.totp->period * 4)))
    return SecretMatch{.failure = AuthFailure::kCodeUsed};
  return right;
}

Result<bool> Logins::use_once(const std::string& key, Duration ttl) {
  // A lock that nobody else can have, and nobody gives back.
  const std::string holder = random_.token(22);
  if (options_.lookup) {
    auto first = options_.lookup->lock(key, holder, ttl);
    if (first) return *first;
    observe::warn("auth.lookup-store-failed", {{"reason", first.error()}});
    if (options_.refuse_without_lookup)
      return fail(DirectoryError::kUnavailable, "logins cannot be checked now, try again later",
                  first.error().describe(), Retry::kCanHelp);
  }
  return own_lookup_->lock(key, holder, ttl);
}

std::string Logins::scram_salt(std::string_view login) const {
  return hmac_sha256(server_secret_, RecordWriter().string("scram-salt").string(login).take())
      .substr(0, kScramSaltBytes);
}

Result<std::optional<ScramVerifier>> Logins::scram(std::string_view password, std::string salt,
                                                   std::uint32_t iterations) {
  const auto turn = TRY(Turn::take(*this));
  return derive_scram(password, std::move(salt), iterations);
}

Result<std::string> Logins::hash(std::string_view password) {
  const auto turn = TRY(Turn::take(*this));
  return hash_password(password, options_.cost, random_);
}

std::string Logins::cache_key(std::string_view directory, std::string_view login, std::string_view password,
                              std::string_view secret) const {
  const std::string text =
      RecordWriter().string(directory).string(login).string(password).string(secret).take();
  return hmac_sha256(key_, text);
}

}  // namespace gannet::directory
