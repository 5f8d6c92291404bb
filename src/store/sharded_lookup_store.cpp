#include "store/sharded_lookup_store.h"

#include <algorithm>
#include <cstring>

#include "base/hash.h"

namespace gannet::store {
namespace {

class ShardedLookupStore final : public LookupStore {
 public:
  explicit ShardedLookupStore(std::vector<LookupShard> shards) : shards_(std::move(shards)) {}

  Result<std::optional<std::string>> get(std::string_view key) override { return of(key).get(key); }
  Result<void> set(std::string_view key, std::string_view value, Duration ttl) override {
    return of(key).set(key, value, ttl);
  }
  Result<void> remove(std::string_view key) override { return of(key).remove(key); }
  Result<std::int64_t> increment(std::string_view key, std::int64_t delta, Duration ttl) override {
    return of(key).increment(key, delta, ttl);
  }
  Result<std::int64_t> counter(std::string_view key) override { return of(key).counter(key); }
  Result<bool> lock(std::string_view key, std::string_view holder, Duration lease) override {
    return of(key).lock(key, holder, lease);
  }
  Result<void> unlock(std::string_view key, std::string_view holder) override {
    return of(key).unlock(key, holder);
  }

  // A store that fails keeps the others from nothing; its error is told when they are done.
  Result<std::size_t> purge_expired(std::size_t limit) override {
    std::size_t total = 0;
    Result<void> failed;
    for (const auto& shard : shards_) {
      if (total >= limit) break;
      auto removed = shard.store->purge_expired(limit - total);
      if (removed)
        total += *removed;
      else if (failed)
        failed = std::unexpected(std::move(removed).error());
    }
    if (!failed) return std::unexpected(std::move(failed).error());
    return total;
  }

  Result<LookupPage> entries(const std::string& position, std::size_t limit) override {
    const std::size_t at = position.empty() ? 0 : static_cast<unsigned char>(position.front());
    if (at >= shards_.size()) return LookupPage{};
    auto page = TRY(shards_[at].store->entries(position.empty() ? "" : position.substr(1), limit));
    if (!page.next.empty())
      page.next.insert(page.next.begin(), static_cast<char>(at));
    else if (at + 1 < shards_.size())
      page.next = std::string(1, static_cast<char>(at + 1));
    return page;
  }
  Result<std::optional<LookupEntry>> entry(LookupKind kind, std::string_view key) override {
    return of(key).entry(kind, key);
  }
  Result<void> restore(const LookupEntry& entry) override { return of(entry.key).restore(entry); }
  Result<void> erase(LookupKind kind, std::string_view key) override { return of(key).erase(kind, key); }

 private:
  LookupStore& of(std::string_view key) const {
    const auto weight = [&](const LookupShard& shard) {
      Sha256 hash;
      hash.update(shard.id).update(std::string_view("\0", 1)).update(key);
      const Sha256Digest digest = hash.finish();
      std::uint64_t out = 0;
      std::memcpy(&out, digest.data(), sizeof out);
      return out;
    };
    return *std::ranges::max_element(shards_, {}, weight)->store;
  }

  const std::vector<LookupShard> shards_;
};

Result<std::shared_ptr<LookupStore>> open(const StoreSettings& settings) {
  const auto ids = settings.section.list("stores");
  if (ids.empty()) return settings.wrong("stores", "name the stores that the lookups are spread over");
  std::vector<LookupShard> shards;
  for (const auto& id : ids) {
    if (std::ranges::find(shards, id, &LookupShard::id) != shards.end())
      return settings.wrong("stores", "\"" + id + "\" is named twice");
    shards.push_back({.id = id, .store = TRY(settings.others.lookup(id))});
  }
  return sharded_lookup_store(std::move(shards));
}

}  // namespace

std::shared_ptr<LookupStore> sharded_lookup_store(std::vector<LookupShard> shards) {
  return std::make_shared<ShardedLookupStore>(std::move(shards));
}

const Backend& sharded_lookup_backend() {
  static const Backend backend{
      .info = {.type = "sharded-in-memory",
               .roles = {Role::kLookup},
               .sentence = "Lookups spread over several stores, for more than one can carry."},
      .open_lookup = open,
  };
  return backend;
}

}  // namespace gannet::store
