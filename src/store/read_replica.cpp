#include "store/read_replica.h"

#include <algorithm>
#include <atomic>
#include <chrono>

#include "observe/log.h"
#include "store/replicated.h"

namespace gannet::store {
namespace {

// How long a replica that lags is left alone, and one that does not answer: doubled each time, up to the longest.
constexpr Duration kLagging{5}, kSilent{1'000}, kLongest{60'000};

std::int64_t now_ms() {
  return std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

class Replica {
 public:
  Replica(std::shared_ptr<DataStore> store, Replicated& place) : store_(std::move(store)), place_(place) {}

  // Whether a read that begins now sees all up to `needed`. Asks the server only if that is not known.
  bool has(std::uint64_t needed) {
    if (seen_ >= needed && now_ms() >= ask_again_) return true;
    if (now_ms() < ask_again_) return false;
    const auto replayed = place_.replayed();
    if (!replayed) return failed(), false;
    silence_ = kSilent.count();
    std::uint64_t before = seen_;
    while (before < *replayed && !seen_.compare_exchange_weak(before, *replayed)) {
    }
    if (*replayed >= needed) return true;
    ask_again_ = now_ms() + kLagging.count();
    return false;
  }
  void failed() {
    const std::int64_t silence = silence_;
    seen_ = 0;  // it may come back as an older copy
    silence_ = std::min<std::int64_t>(silence * 2, kLongest.count());
    ask_again_ = now_ms() + silence;
  }
  DataStore& store() { return *store_; }

 private:
  const std::shared_ptr<DataStore> store_;
  Replicated& place_;  // the same object
  std::atomic<std::uint64_t> seen_{0};
  std::atomic<std::int64_t> ask_again_{0}, silence_{kSilent.count()};
};

class ReadReplicaStore final : public DataStore {
 public:
  ReadReplicaStore(std::shared_ptr<DataStore> primary, Replicated& place, std::uint64_t begin,
                   std::vector<std::unique_ptr<Replica>> replicas)
      : primary_(std::move(primary)), place_(place), begin_(begin), replicas_(std::move(replicas)) {}

  Result<std::optional<std::string>> get(std::string_view key) override {
    return read([&](DataStore& store) { return store.get(key); });
  }
  Result<std::vector<std::optional<std::string>>> get_many(std::span<const std::string> keys) override {
    return read([&](DataStore& store) { return store.get_many(keys); });
  }
  Result<Page> scan(const Range& range) override {
    return read([&](DataStore& store) { return store.scan(range); });
  }
  Result<std::shared_ptr<Snapshot>> snapshot() override {
    return read([](DataStore& store) { return store.snapshot(); });
  }
  Result<void> commit(WriteBatch batch) override { return primary_->commit(std::move(batch)); }
  DataStoreLimits limits() const override { return primary_->limits(); }
  DataStoreStatistics statistics() const override {
    DataStoreStatistics sum = primary_->statistics();
    for (const auto& replica : replicas_) sum.reads += replica->store().statistics().reads;
    return sum;
  }
  bool writable() const override { return primary_->writable(); }

 private:
  Replica* choose() {
    const std::uint64_t needed = std::max(begin_, place_.committed());
    if (needed == UINT64_MAX) return nullptr;  // a commit was not answered
    const std::size_t first = next_++;
    for (std::size_t i = 0; i < replicas_.size(); ++i) {
      Replica& replica = *replicas_[(first + i) % replicas_.size()];
      if (replica.has(needed)) return &replica;
    }
    return nullptr;
  }

  // A call that is wrong is so everywhere; whatever else a replica fails with, the primary may do better.
  template <typename Read>
  auto read(Read read) -> decltype(read(std::declval<DataStore&>())) {
    Replica* replica = choose();
    if (replica == nullptr) return read(*primary_);
    auto answer = read(replica->store());
    if (answer || !answer.error().retry_can_help()) return answer;
    replica->failed();
    return read(*primary_);
  }

  const std::shared_ptr<DataStore> primary_;
  Replicated& place_;          // the same object
  const std::uint64_t begin_;  // where the primary's log ended when this was opened
  const std::vector<std::unique_ptr<Replica>> replicas_;
  std::atomic<std::size_t> next_{0};
};

Result<std::shared_ptr<DataStore>> open(const StoreSettings& settings) {
  // Made of itself, by whatever detour, it would never end.
  static thread_local bool opening = false;
  if (opening)
    return settings.wrong("type", "a store of this type cannot be made of another one of this type");
  opening = true;
  struct Leave {
    ~Leave() { opening = false; }
  } leave;
  auto primary = TRY(settings.others.data(settings.section.string("primary")));
  std::vector<std::shared_ptr<DataStore>> replicas;
  for (const auto& id : settings.section.list("replicas")) {
    auto replica = settings.others.data(id);
    if (replica)
      replicas.push_back(*std::move(replica));
    else
      observe::warn("store.replica-left-out", {{"store", id}, {"reason", replica.error().describe()}});
  }
  auto opened = with_read_replicas(std::move(primary), std::move(replicas));
  if (!opened) return settings.wrong("primary", opened.error().text(), opened.error().detail());
  return opened;
}

}  // namespace

Result<std::shared_ptr<DataStore>> with_read_replicas(std::shared_ptr<DataStore> primary,
                                                      std::vector<std::shared_ptr<DataStore>> replicas) {
  const auto place_of = [](DataStore& store) -> Result<Replicated*> {
    if (auto* place = dynamic_cast<Replicated*>(&store)) return place;
    return fail(StoreError::kConfiguration, "a primary and its replicas must be of type postgresql");
  };
  Replicated& place = *TRY(place_of(*primary));
  std::vector<std::unique_ptr<Replica>> followers;
  for (auto& replica : replicas) {
    Replicated& follower = *TRY(place_of(*replica));
    followers.push_back(std::make_unique<Replica>(std::move(replica), follower));
  }
  place.track_commits();
  const std::uint64_t begin = TRY(place.replayed());
  return std::make_shared<ReadReplicaStore>(std::move(primary), place, begin, std::move(followers));
}

const Backend& sql_read_replica_backend() {
  static const Backend backend{
      .info = {.type = "sql-read-replica",
               .roles = {Role::kData, Role::kBlob, Role::kSearch, Role::kLookup},
               .sentence = "A PostgreSQL database and its read replicas, each a store of its own."},
      .open_data = open,
  };
  return backend;
}

}  // namespace gannet::store
