// The one way to a login, for all protocols: asks the directory, and keeps guessers away.
//
// A failed login is counted for the client's address and for the account that it named: by the account's name, whichever
// of its addresses the client gave, or by what the client gave where there is no such account.
// Over a limit of a short time the client is asked to come back later; over one of a long time the address or the
// account is banned, each time for twice as long. From addresses where an account has logged in before, it is
// served though it is banned: nobody can lock its owner out. Loopback and `allowed` are neither counted nor banned.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/lru_cache.h"
#include "base/random.h"
#include "directory/directory.h"
#include "login/bans.h"
#include "login/failures.h"
#include "login/live_logins.h"

namespace gannet::config {
class Config;
}

namespace gannet::login {

struct GateOptions {
  Limit retry;                              // authentication.rate-limit: of an address
  Limit ban_address;                        // server.auto-ban.auth.rate
  Limit ban_account;                        // server.auto-ban.account.rate
  Duration ban_for{3'600'000};              // server.auto-ban.duration: the first time
  Duration ban_at_most{7LL * 86'400'000};   // server.auto-ban.max-duration
  std::vector<IpNetwork> allowed, blocked;  // server.allowed-ip, server.blocked-ip
  bool refuse_without_lookup = false;       // authentication.lookup-failure
};
GateOptions gate_options(const config::Config& config);

// Any thread; calls block as a directory's do, is_banned() does not.
class Gate {
 public:
  // Lets everybody try.
  Gate();
  // `lookup` may be null. `clock` outlives it.
  Gate(GateOptions options, std::shared_ptr<store::DataStore> data,
       std::shared_ptr<store::LookupStore> lookup, Clock& clock);

  // By a password. An outcome of kBanned or kTooManyFailures: the directory was not asked.
  Result<directory::AuthOutcome> authenticate(directory::Directory& directory,
                                              const directory::Credentials& credentials);
  // By a proof that the client has still to give; then one of the next two.
  Result<directory::ScramSecrets> scram_secrets(directory::Directory& directory,
                                                const directory::Credentials& credentials);
  Result<directory::AuthOutcome> admit(directory::Directory& directory,
                                       const directory::Credentials& credentials);
  // `account` as the directory named it, with the SCRAM secrets or in its own refusal; empty for nobody.
  directory::AuthOutcome refuse(const directory::Credentials& credentials, directory::AuthFailure failure,
                                const std::string& account);

  // Whether its address is over the limit, so that nothing is worked out for it.
  Result<bool> is_over_limit(const directory::Credentials& credentials);

  // Whether connections from there are not even greeted. Does not wait.
  bool is_banned(const IpAddress& address) const;
  // Null for a gate that lets everybody try.
  Bans* bans() { return bans_.get(); }
  // Ends a ban, and forgets what led to it; whether there was one. Fails as the store does.
  Result<bool> lift(const Ban& target);
  // Whether a ban of `address` has no effect: it is loopback or in server.allowed-ip.
  bool is_exempt(const IpAddress& address) const;

  LiveLogins& live() { return live_; }

  // For challenges.
  std::string nonce() { return random_.token(24); }

 private:
  struct Who {
    std::optional<IpAddress> address;
    std::string subject;  // of the address
    std::string login;    // as typed, normalised; empty for what is no login
    std::string account;  // whose that is, where the directory has said so; else the login
    bool exempt = true;
  };
  Who who(const directory::Credentials& credentials) const;
  // Asks the directory whose login it is, where an account's ban may hang on that.
  void identify(directory::Directory& directory, Who& who) const;
  // Why nobody is asked; nothing: go on.
  Result<std::optional<directory::AuthFailure>> closed(const Who& who);
  void settle(Who who, const directory::AuthOutcome& outcome);
  void count_failure(const Who& who);
  void ban(const std::string& target, const std::string& why);
  void forget(const Ban& target);
  void remember_place(const Who& who);

  const GateOptions options_;
  SystemRandom random_;
  Clock* clock_ = nullptr;
  std::unique_ptr<Bans> bans_;
  std::unique_ptr<Failures> failures_;
  LiveLogins live_;
  std::mutex places_mutex_;
  LruCache<std::string, char> places_{10'000};  // what remember_place() has written lately
};

}  // namespace gannet::login
