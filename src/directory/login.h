// Checking passwords on behalf of all directories of a process: at most so many dear checks at once, those
// that succeeded remembered for a short time.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"
#include "base/shared_cache.h"
#include "directory/directory.h"
#include "directory/password.h"
#include "observe/caches.h"
#include "store/lookup_store.h"

namespace gannet::directory {

struct LoginOptions {
  Argon2Cost cost;
  Duration remember_for{60'000};  // how long a login that was verified need not be verified again; 0: never
  std::size_t remember_entries = 10'000;
  std::size_t cache_shards = 32, cache_capacity = 0;
  std::size_t max_concurrent = 8;   // dear checks at once; each may take cost.memory_kib
  Duration max_wait{10'000};        // how long one waits for its turn; then kUnavailable
  std::string fallback_admin_user;  // an administrator who needs no directory; empty for none
  Secret fallback_admin_secret;     // as password.h stores it
  std::string master_user;          // whose password opens every account as USER%MASTER; empty for none
  Secret master_secret;
  bool scram = true;                        // keep a SCRAM verifier of passwords that are set in clear
  std::uint32_t scram_iterations = 32'768;  // of new ones
  Secret server_secret;                     // the same for all nodes and starts; empty: one of this process
  std::shared_ptr<store::LookupStore> lookup;  // where used codes are remembered; null: in this process
  bool refuse_without_lookup = false;          // when it cannot be asked; else this process' memory has to do
};

// The dear checks that a login has cost.
struct Effort {
  std::uint64_t argon2_work = 0;      // of the dearest
  std::set<std::string> others = {};  // schemes other than Argon2
};

// What checking a password against an account's secrets came to.
struct SecretMatch {
  bool right = false;
  AuthFailure failure{};          // when it is not right
  std::string app_password;       // when one of them is right: its name
  std::string_view own_password;  // when the account's own is right: it, without the second factor's code
  Effort effort;                  // what it took
};

// Any thread. `clock` and `random` must outlive it.
class Logins {
 public:
  Logins(LoginOptions options, Clock& clock, Random& random);

  // Whether `password` is one of `secrets`, as verify_password(). What cannot be read of them is an event,
  // auth.bad-stored-password, and no match. A wrong password, and any with no secrets, ends in even_out(). A password that was found right is remembered under a keyed hash of all four arguments, so a
  // change of the stored password forgets it. kUnavailable when no turn came within max_wait.
  Result<bool> verify(std::string_view directory, std::string_view login, std::string_view password,
                      std::span<const std::string> secrets);

  // The password of `credentials` against an account's application passwords, its own passwords and its second
  // factor. Whatever is not right ends in even_out(). The views in the answer are into `credentials`.
  Result<SecretMatch> check(std::string_view directory, std::string_view login,
                            const Credentials& credentials, const SortedSecrets& secrets);

  // For a login that is refused: computes what others of this directory cost and this one has not, to no end. So the
  // time does not tell a wrong password from a right one that was not enough, nor a cheap scheme from an unknown
  // login: all cost an Argon2id of the configured cost, and a check of each other dear scheme that was seen here.
  Result<void> even_out(std::string_view directory, std::string_view password, const Effort& effort);

  // hash_password() in its turn.
  Result<std::string> hash(std::string_view password);
  // derive_scram() in its turn; nothing where the password cannot be used by SCRAM.
  Result<std::optional<ScramVerifier>> scram(std::string_view password, std::string salt,
                                             std::uint32_t iterations);
  // The salt of a login's verifier: always the same for the same login, whether or not it exists, and not to be
  // foretold.
  std::string scram_salt(std::string_view login) const;

  // Whether nobody has used `key` within its time to live, on any node; it is used from now on.
  Result<bool> use_once(const std::string& key, Duration ttl);

  const LoginOptions& options() const { return options_; }

 private:
  class Turn;
  Result<bool> verify_one(std::string_view directory, std::string_view login, std::string_view password,
                          const std::string& secret, Effort& effort);
  Result<SecretMatch> match(std::string_view directory, std::string_view login,
                            const Credentials& credentials, const SortedSecrets& secrets, Effort& effort);
  Result<bool> compute(std::string_view password, const std::string& secret);
  void learn_scheme(std::string_view directory, const std::string& scheme, const std::string& secret);
  std::string cache_key(std::string_view directory, std::string_view login, std::string_view password,
                        std::string_view secret) const;

  const LoginOptions options_;
  Clock& clock_;
  Random& random_;
  const std::string key_;      // of the keyed hash; new in each process
  const std::string nobodys_;  // what an unknown login is checked against
  const std::string server_secret_;
  const std::shared_ptr<store::LookupStore> own_lookup_;  // where there is no other

  SharedCache<std::string, bool, StringHash> cache_;  // by cache_key()
  const observe::CacheEntry cache_entry_;

  std::mutex schemes_mutex_;
  // A stored password of each dear scheme but Argon2 that was checked, by directory.
  std::map<std::string, std::map<std::string, std::string>, std::less<>> schemes_;

  std::mutex turn_mutex_;
  std::condition_variable turn_free_;
  std::size_t turns_taken_ = 0;
};

}  // namespace gannet::directory
