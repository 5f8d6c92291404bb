// The account numbers of one external directory, remembered: they never change.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/lru_cache.h"
#include "base/random.h"
#include "directory/errors.h"
#include "directory/principal.h"
#include "store/data_store.h"

namespace gannet::directory {

// Any thread. `clock` and `random` must outlive it.
class Numbers {
 public:
  Numbers(std::string directory, std::shared_ptr<store::DataStore> data, Clock& clock, Random& random)
      : directory_(std::move(directory)), data_(std::move(data)), clock_(clock), random_(random) {}

  // Given at first sight.
  Result<AccountId> of(const std::string& name);
  Result<std::optional<std::string>> name_of(AccountId id) const;

  // Whose a name is, where a Source has said so: by StoredPrincipal::origin. Somebody else of that origin is not known
  // before the Source has been asked again.
  bool is_owner(const std::string& name, const std::string& origin);
  void set_owner(const std::string& name, const std::string& origin);

 private:
  const std::string directory_;  // as in `directory.<id>`
  const std::shared_ptr<store::DataStore> data_;
  Clock& clock_;
  Random& random_;
  std::mutex mutex_;
  LruCache<std::string, AccountId, StringHash> known_{20'000};
  LruCache<std::string, std::string, StringHash> owners_{20'000};
};

}  // namespace gannet::directory
