// What stands before every external directory: the lookup cache, which remembers the addresses and domains that
// exist and those that do not, and the bound on the threads that wait for it (callers.h).
//
// Two caches apart, so that strangers who try many addresses push out nothing that exists. Only answers about
// addresses and domains are kept; logins, passwords and accounts are asked for each time. A temporary failure
// is no answer and never kept. An entry's key is the kind of question, everything that its answer hangs on,
// and the address in its one normalised form, which is also the form that the directory is asked about; so two
// questions share an entry only when they are the same question.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "base/shared_cache.h"
#include "directory/callers.h"
#include "directory/directory.h"
#include "observe/caches.h"
#include "observe/metrics.h"

namespace gannet::directory {

struct LookupCacheOptions {
  std::size_t max_callers = 64;  // threads that may wait for the directory at once
  std::string id;                // as in `directory.<id>`
  std::size_t entries = 500;     // of each of the two: cache.entries; 0: nothing is remembered
  Duration positive{3600'000};   // cache.ttl.positive
  Duration negative{600'000};    // cache.ttl.negative
  std::size_t shards = 32;       // cache.shard
  std::size_t capacity = 0;      // cache.capacity
};

// Any thread. `clock` must outlive it. observe/caches.h knows it as directory.<id>.positive and .negative.
class CachedDirectory final : public Directory {
 public:
  CachedDirectory(std::shared_ptr<Directory> inner, const LookupCacheOptions& options, const Clock& clock);

  Result<AuthOutcome> authenticate(const Credentials& credentials) override;
  bool serves_scram() const override { return inner_->serves_scram(); }
  Result<ScramSecrets> scram_secrets(const Credentials& credentials) override;
  bool admits() const override { return inner_->admits(); }
  Result<AuthOutcome> admit(const Credentials& credentials) override;
  Result<Resolution> resolve(std::string_view address, const ResolveOptions& options) override;
  std::optional<Resolution> resolve_now(std::string_view address, const ResolveOptions& options) override;
  Result<bool> is_local_domain(std::string_view domain) override;
  Result<std::optional<Principal>> find(std::string_view name) override;
  Result<std::optional<Principal>> find_by_id(AccountId id) override;
  Result<bool> may_send_as(const Principal& principal, std::string_view address) override;
  Result<std::vector<std::string>> verify(std::string_view text, std::size_t limit) override;

  // An answer that was asked for before, and comes after, is not kept.
  void clear();

  // The directory behind it.
  Directory& inner() const { return *inner_; }

 private:
  using Answer = std::shared_ptr<const Resolution>;
  using Cache = SharedCache<std::string, Answer, StringHash>;

  Answer look_up(const std::string& key);
  Answer look_up_now(const std::string& key);
  // `generation` as it was before the directory was asked.
  void keep(std::uint64_t generation, const std::string& key, const Resolution& answer);
  // A call of the directory itself.
  template <typename Ask>
  auto inside(Ask ask) -> decltype(ask());
  // `words` is what a trace says of an answer.
  using Words = std::string (*)(const Resolution& resolution);
  template <typename Ask>
  Result<Resolution> answer(const std::string& key, std::string_view question, Words words, Ask ask);

  const std::shared_ptr<Directory> inner_;
  const LookupCacheOptions options_;
  Callers callers_;
  Cache positive_, negative_;
  std::atomic<std::uint64_t> generation_{0};  // of clear()
  const observe::Counter positive_hits_, negative_hits_, misses_;
  // None where nothing is remembered.
  std::optional<observe::CacheEntry> positive_entry_, negative_entry_;
};

}  // namespace gannet::directory
