// A DataStore that goes wrong on demand, for tests of what is built on it.
//
//   auto faulty = std::make_shared<FaultyDataStore>(real, clock);
//   faulty->plan_commits([](std::uint64_t n, const WriteBatch&) -> Fault { return n == 3 ? Fault{.kind =
//   Fault::kLost} : Fault{}; });
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

#include "base/clock.h"
#include "store/data_store.h"

namespace gannet::store::testing {

struct Fault {
  enum Kind {
    kNone,
    kConflict,     // nothing is applied
    kUnavailable,  // nothing is applied
    kLost,         // applied, but the answer is kUnavailable: the connection broke before it came
    kFull,         // nothing is applied
  };
  Kind kind = kNone;
  Duration delay{};                // first, by the clock
  std::function<void()> before{};  // then this, in the caller's thread: for example another writer's commit
  std::function<void()> after{};   // this at the end, whatever became of the call
};

// Any thread; a plan may be called by several at once.
class FaultyDataStore final : public DataStore {
 public:
  FaultyDataStore(std::shared_ptr<DataStore> store, Clock& clock) : store_(std::move(store)), clock_(clock) {}

  // Asked for every commit, counted from 1 over the store's life. A new plan replaces the former one.
  void plan_commits(std::function<Fault(std::uint64_t n, const WriteBatch& batch)> plan);
  // Asked for every read, the snapshots' too: get() and scan() with what they ask for, get_many() with its
  // first key. kConflict, kLost and kFull count as kUnavailable.
  void plan_reads(std::function<Fault(std::uint64_t n, std::string_view key)> plan);
  // What writable() answers; commits are not touched by it.
  void set_writable(bool writable) { writable_ = writable; }

  // A snapshot answers so many reads and is too old then, as where a backend bounds its life; 0: as many as there are.
  void limit_snapshots(std::uint64_t reads) { snapshot_reads_ = reads; }
  // What limits() answers from now on; nobody may use the store meanwhile.
  void set_limits(const DataStoreLimits& limits) { limits_ = limits; }

  std::uint64_t commits() const { return commits_; }
  std::uint64_t reads() const { return reads_; }

  Result<std::optional<std::string>> get(std::string_view key) override;
  Result<std::vector<std::optional<std::string>>> get_many(std::span<const std::string> keys) override;
  Result<Page> scan(const Range& range) override;
  Result<std::shared_ptr<Snapshot>> snapshot() override;
  Result<void> commit(WriteBatch batch) override;
  DataStoreLimits limits() const override { return limits_ ? *limits_ : store_->limits(); }
  DataStoreStatistics statistics() const override { return store_->statistics(); }
  std::optional<PoolStatistics> pool() const override { return store_->pool(); }
  bool writable() const override { return writable_ && store_->writable(); }
  bool has_other_writers() const override { return store_->has_other_writers(); }

  // For its snapshots.
  Result<void> before_read(std::string_view key);

 private:
  const std::shared_ptr<DataStore> store_;
  Clock& clock_;
  std::mutex mutex_;
  std::function<Fault(std::uint64_t, const WriteBatch&)> commit_plan_;
  std::function<Fault(std::uint64_t, std::string_view)> read_plan_;
  std::atomic<std::uint64_t> commits_{0}, reads_{0};
  std::atomic<bool> writable_{true};
  std::atomic<std::uint64_t> snapshot_reads_{0};
  std::optional<DataStoreLimits> limits_;
};

}  // namespace gannet::store::testing
