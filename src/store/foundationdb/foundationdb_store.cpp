#include "store/foundationdb/foundationdb_store.h"

#include <fmt/format.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "store/foundationdb/committer.h"
#include "store/foundationdb/reader.h"
#include "store/server_health.h"
#include "store/validate.h"

namespace gannet::store {
namespace {

using fdb::Answer;
using fdb::Transaction;

// Values of that size are not staged; some 900 bytes for each operation.
constexpr DataStoreLimits kLimits{
    .preferred_value_bytes = 64 << 10, .max_batch_operations = 10'000, .short_snapshots = true};
constexpr std::string_view kLayoutVersion = "1";
constexpr int kTriesAtOneVersion = 20;
constexpr auto kMoment = std::chrono::milliseconds(50);
constexpr auto kStagingAge = std::chrono::hours(1);  // far beyond what a commit may take

Error error_of(const fdb::Database& database, fdb::FdbError error) {
  if (error == fdb::kCorruptValue) return {StoreError::kCorrupt, "a value is not what was written"};
  return database.describe(error);
}

template <typename T>
Result<T> result_of(const fdb::Database& database, Answer<T> answer) {
  if (!answer) return std::unexpected(error_of(database, answer.error()));
  if constexpr (std::is_void_v<T>)
    return {};
  else
    return *std::move(answer);
}

Result<void> check_keys(std::span<const std::string> keys) {
  for (const auto& key : keys) TRY(check_key(key, kLimits));
  return {};
}

// One transaction, whose read version was taken when it was made.
class FoundationDbSnapshot final : public Snapshot {
 public:
  FoundationDbSnapshot(std::shared_ptr<fdb::Database> database, const fdb::Layout& layout,
                       Transaction transaction)
      : database_(std::move(database)), layout_(layout), transaction_(std::move(transaction)) {}

  Result<std::optional<std::string>> get(std::string_view key) override {
    TRY(check_key(key, kLimits));
    return reading([&] { return fdb::read(transaction_, layout_, key); });
  }
  Result<std::vector<std::optional<std::string>>> get_many(std::span<const std::string> keys) override {
    TRY(check_keys(keys));
    return reading([&] { return fdb::read_many(transaction_, layout_, keys); });
  }
  Result<Page> scan(const Range& range) override {
    TRY(check_range(range.begin, range.end));
    return reading([&] { return fdb::read_page(transaction_, layout_, range); });
  }

 private:
  // A server of the cluster that is behind will have the version in a moment; on_error() would take another one.
  template <typename Body>
  auto reading(Body body) -> Result<typename decltype(body())::value_type> {
    const std::scoped_lock lock(mutex_);
    for (int left = kTriesAtOneVersion;; --left) {
      auto answer = body();
      const bool behind =
          !answer && (answer.error() == fdb::kFutureVersion || answer.error() == fdb::kProcessBehind);
      if (!behind || left == 1) return result_of(*database_, std::move(answer));
      std::this_thread::sleep_for(kMoment);
    }
  }

  const std::shared_ptr<fdb::Database> database_;
  const fdb::Layout layout_;
  std::mutex mutex_;
  const Transaction transaction_;
};

class FoundationDbStore final : public DataStore {
 public:
  FoundationDbStore(std::shared_ptr<fdb::Database> database, const FoundationDbOptions& options, Clock& clock,
                    Random& random)
      : database_(std::move(database)),
        layout_(options.prefix),
        clock_(clock),
        committer_(*database_, layout_, clock, random),
        health_(options.id, options.probe_interval, [this] { return probe(); }) {}
  ~FoundationDbStore() override { health_.stop(); }

  // Claims the prefix, or finds it claimed by a layout that this release reads; removes what a crash left.
  Result<void> prepare() {
    auto version = fdb::with_retries(*database_, [&](Transaction& transaction) -> Answer<std::string> {
      const auto found = FDB_TRY(transaction.get(layout_.version(), true).value());
      if (found) return *found;
      transaction.set(layout_.version(), kLayoutVersion);
      FDB_TRY(transaction.commit().done());
      return std::string(kLayoutVersion);
    });
    if (!version) return std::unexpected(error_of(*database_, version.error()));
    if (*version != kLayoutVersion)
      return fail(StoreError::kConfiguration,
                  fmt::format("the data were written by a newer Gannet (layout {}; this one reads {})",
                              *version, kLayoutVersion));
    const auto swept = fdb::sweep_staging(*database_, layout_, clock_.now() - kStagingAge);
    if (!swept) return std::unexpected(error_of(*database_, swept.error()));
    return {};
  }

  Result<std::optional<std::string>> get(std::string_view key) override {
    TRY(check_key(key, kLimits));
    return reading([&](const Transaction& transaction) { return fdb::read(transaction, layout_, key); });
  }
  Result<std::vector<std::optional<std::string>>> get_many(std::span<const std::string> keys) override {
    TRY(check_keys(keys));
    return reading(
        [&](const Transaction& transaction) { return fdb::read_many(transaction, layout_, keys); });
  }
  Result<Page> scan(const Range& range) override {
    TRY(check_range(range.begin, range.end));
    return reading(
        [&](const Transaction& transaction) { return fdb::read_page(transaction, layout_, range); });
  }

  Result<std::shared_ptr<Snapshot>> snapshot() override {
    auto begun = fdb::with_retries(*database_, [&](Transaction& transaction) -> Answer<Transaction> {
      FDB_TRY(transaction.get_read_version().done());
      return std::move(transaction);
    });
    auto transaction = TRY(noted(result_of(*database_, std::move(begun))));
    return std::make_shared<FoundationDbSnapshot>(database_, layout_, std::move(transaction));
  }

  Result<void> commit(WriteBatch batch) override {
    TRY(check_batch(batch, kLimits));
    if (batch.empty()) return {};
    ++commits_;
    auto done = committer_.commit(batch);
    if (!done && done.error().is(StoreError::kConflict)) ++conflicts_;
    return noted(std::move(done));
  }

  DataStoreLimits limits() const override { return kLimits; }
  DataStoreStatistics statistics() const override {
    return {.reads = reads_, .commits = commits_, .conflicts = conflicts_, .syncs = commits_};
  }
  bool writable() const override { return health_.writable(); }

 private:
  template <typename Body, typename Answered = std::invoke_result_t<Body, const Transaction&>>
  Result<typename Answered::value_type> reading(Body body) {
    ++reads_;
    return noted(result_of(*database_, fdb::with_retries(*database_, [&](Transaction& transaction) {
      return body(transaction);
    })));
  }

  template <typename T>
  Result<T> noted(Result<T> result) {
    if (result)
      health_.succeeded();
    else if (result.error().is(StoreError::kUnavailable))
      health_.failed(result.error());
    return result;
  }

  Result<void> probe() {
    return result_of(*database_, fdb::with_retries(*database_, [&](Transaction& transaction) -> Answer<> {
      return transaction.get_read_version().done();
    }));
  }

  const std::shared_ptr<fdb::Database> database_;
  const fdb::Layout layout_;
  Clock& clock_;
  fdb::Committer committer_;
  std::atomic<std::uint64_t> reads_{0}, commits_{0}, conflicts_{0};
  ServerHealth health_;
};

}  // namespace

Result<std::shared_ptr<DataStore>> open_foundationdb(const FoundationDbOptions& options, Clock& clock,
                                                     Random& random) {
  auto database = TRY(fdb::Database::open(options.database));
  auto store = std::make_shared<FoundationDbStore>(std::move(database), options, clock, random);
  TRY(store->prepare());
  return store;
}

}  // namespace gannet::store
