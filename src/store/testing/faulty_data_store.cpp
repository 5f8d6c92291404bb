#include "store/testing/faulty_data_store.h"

namespace gannet::store::testing {
namespace {

class FaultySnapshot final : public Snapshot {
 public:
  FaultySnapshot(FaultyDataStore& store, std::shared_ptr<Snapshot> snapshot, std::uint64_t reads)
      : store_(store), snapshot_(std::move(snapshot)), bounded_(reads != 0), left_(reads) {}
  Result<std::optional<std::string>> get(std::string_view key) override {
    TRY(before_read(key));
    return snapshot_->get(key);
  }
  Result<std::vector<std::optional<std::string>>> get_many(std::span<const std::string> keys) override {
    TRY(before_read(keys.empty() ? std::string_view() : keys[0]));
    return snapshot_->get_many(keys);
  }
  Result<Page> scan(const Range& range) override {
    TRY(before_read(range.begin));
    return snapshot_->scan(range);
  }

 private:
  Result<void> before_read(std::string_view key) {
    if (bounded_ && left_-- == 0)
      return fail(StoreError::kUnavailable, "the snapshot is too old", "as the test planned",
                  Retry::kCanHelp);
    return store_.before_read(key);
  }
  FaultyDataStore& store_;
  const std::shared_ptr<Snapshot> snapshot_;
  const bool bounded_;
  std::uint64_t left_;
};

std::unexpected<Error> unavailable() {
  return fail(StoreError::kUnavailable, "the store is not available", "as the test planned", Retry::kCanHelp);
}

// Runs what a fault wants at the end.
struct AtEnd {
  const Fault& fault;
  ~AtEnd() {
    if (fault.after) fault.after();
  }
};

}  // namespace

void FaultyDataStore::plan_commits(std::function<Fault(std::uint64_t, const WriteBatch&)> plan) {
  std::lock_guard lock(mutex_);
  commit_plan_ = std::move(plan);
}

void FaultyDataStore::plan_reads(std::function<Fault(std::uint64_t, std::string_view)> plan) {
  std::lock_guard lock(mutex_);
  read_plan_ = std::move(plan);
}

Result<void> FaultyDataStore::before_read(std::string_view key) {
  std::function<Fault(std::uint64_t, std::string_view)> plan;
  {
    std::lock_guard lock(mutex_);
    plan = read_plan_;
  }
  const std::uint64_t n = ++reads_;
  if (!plan) return {};
  const Fault fault = plan(n, key);
  const AtEnd at_end{fault};
  if (fault.delay.count() > 0) clock_.sleep(fault.delay);
  if (fault.before) fault.before();
  if (fault.kind != Fault::kNone) return unavailable();
  return {};
}

Result<std::optional<std::string>> FaultyDataStore::get(std::string_view key) {
  TRY(before_read(key));
  return store_->get(key);
}

Result<std::vector<std::optional<std::string>>> FaultyDataStore::get_many(std::span<const std::string> keys) {
  TRY(before_read(keys.empty() ? std::string_view() : keys[0]));
  return store_->get_many(keys);
}

Result<Page> FaultyDataStore::scan(const Range& range) {
  TRY(before_read(range.begin));
  return store_->scan(range);
}

Result<std::shared_ptr<Snapshot>> FaultyDataStore::snapshot() {
  return std::make_shared<FaultySnapshot>(*this, TRY(store_->snapshot()), snapshot_reads_);
}

Result<void> FaultyDataStore::commit(WriteBatch batch) {
  std::function<Fault(std::uint64_t, const WriteBatch&)> plan;
  {
    std::lock_guard lock(mutex_);
    plan = commit_plan_;
  }
  const std::uint64_t n = ++commits_;
  if (!plan) return store_->commit(std::move(batch));
  const Fault fault = plan(n, batch);
  const AtEnd at_end{fault};
  if (fault.delay.count() > 0) clock_.sleep(fault.delay);
  if (fault.before) fault.before();
  switch (fault.kind) {
    case Fault::kNone:
      return store_->commit(std::move(batch));
    case Fault::kConflict:
      return fail(StoreError::kConflict, "another change came first", "as the test planned", Retry::kCanHelp);
    case Fault::kFull:
      return fail(StoreError::kFull, "the store has no space left", "as the test planned", Retry::kCanHelp);
    case Fault::kLost:
      TRY(store_->commit(std::move(batch)));
      return unavailable();
    case Fault::kUnavailable:
      return unavailable();
  }
  return unavailable();
}

}  // namespace gannet::store::testing
