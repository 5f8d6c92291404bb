// Checking passwords on behalf of all directories of a process: at most so many dear checks at once, those
// that succeeded remembered for a short time.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "base/secret.h"
#include "base/shared_cache.h"
#include "directory/password.h"
#include "observe/caches.h"

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
};

// Any thread. `clock` and `random` must outlive it.
class Logins {
 public:
  Logins(LoginOptions options, Clock& clock, Random& random);

  // Whether `password` is one of `secrets`, as verify_password(). What cannot be read of them is an event,
  // auth.bad-stored-password, and no match. With no secrets it is false, after as long a time as for a wrong
  // password. A password that was found right is remembered under a keyed hash of all four arguments, so a
  // change of the stored password forgets it. kUnavailable when no turn came within max_wait.
  Result<bool> verify(std::string_view directory, std::string_view login, std::string_view password,
                      std::span<const std::string> secrets);

  // hash_password() in its turn.
  Result<std::string> hash(std::string_view password);

  const LoginOptions& options() const { return options_; }

 private:
  class Turn;
  Result<bool> verify_one(std::string_view directory, std::string_view login, std::string_view password,
                          const std::string& secret);
  std::string cache_key(std::string_view directory, std::string_view login, std::string_view password,
                        std::string_view secret) const;

  const LoginOptions options_;
  Clock& clock_;
  Random& random_;
  const std::string key_;      // of the keyed hash; new in each process
  const std::string nobodys_;  // what an unknown login is checked against

  SharedCache<std::string, bool, StringHash> cache_;  // by cache_key()
  const observe::CacheEntry cache_entry_;

  std::mutex turn_mutex_;
  std::condition_variable turn_free_;
  std::size_t turns_taken_ = 0;
};

}  // namespace gannet::directory
