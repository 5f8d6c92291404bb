#include "store/mysql/database.h"

#include <fmt/format.h>

#include <algorithm>

namespace gannet::store::mysql {
namespace {

constexpr Duration kAskAfter{30'000};  // a connection that was idle for longer is asked whether it works
constexpr Duration kProbeTimeout{5000};
constexpr int kQuietRounds = 5;  // of housekeeping, after which a silent server is asked

MySqlOptions with_fast_checks(MySqlOptions options) {
  options.pool.check_after = Duration(0);  // looking at the socket costs next to nothing
  return options;
}

// Half of the connections, and one at least.
std::ptrdiff_t snapshot_places(const MySqlOptions& options) {
  return static_cast<std::ptrdiff_t>(std::max<std::size_t>(1, options.pool.max_connections / 2));
}

bool too_many_connections(const SqlError& error) {
  return error.code == 1040 || error.code == 1203;
}

std::unexpected<Error> unopened(const SqlError& error) {
  auto known = fail_with(error, "connect");
  if (!error.refused()) return known;
  return wrong_setting(error.setting(), error.text, known.error().detail());
}

}  // namespace

RowSizes::RowSizes() {
  sizes_['b'] = 128 << 10;  // pieces of blobs
}

void RowSizes::saw(char subspace, std::size_t bytes, std::size_t rows) {
  if (rows == 0) return;
  auto& size = sizes_[static_cast<std::uint8_t>(subspace)];
  const std::size_t before = size.load(std::memory_order_relaxed), now = bytes / rows;
  size.store(static_cast<std::uint32_t>(before == 0 ? now : (3 * before + now) / 4),
             std::memory_order_relaxed);
}

Database::Database(const MySqlOptions& options, const ServerLimits& limits, Clock& clock)
    : options_(with_fast_checks(options)),
      clock_(clock),
      metrics_(options.id),
      limits_(limits),
      pool_(
          options_.pool, clock, [this] { return connect(); },
          [this](Connection& idle) {
            return idle.open_still() && (idle.idle() < kAskAfter || idle.answers(options_.check_timeout));
          }),
      snapshots_(snapshot_places(options)),
      open_connections_("gannet_store_connections", "Connections to the database",
                        {{"store", options.id}, {"state", "open"}},
                        [this] { return static_cast<double>(pool_.statistics().open); }),
      used_connections_("gannet_store_connections", "Connections to the database",
                        {{"store", options.id}, {"state", "in-use"}},
                        [this] { return static_cast<double>(pool_.statistics().in_use); }),
      health_(options.id, options.probe_interval, [this] { return probe(); }, [this] { keep_house(); }) {}

Result<std::shared_ptr<Database>> Database::open(const MySqlOptions& options, Clock& clock) {
  auto first = Connection::open(options);
  if (!first) return unopened(first.error());
  const ServerLimits limits = TRY(prepare_database(**first, options));
  first->reset();
  return std::shared_ptr<Database>(new Database(options, limits, clock));
}

Result<Database::Lease> Database::take() {
  auto lease = pool_.take();
  if (lease || !lease.error().is(PoolError::kExhausted)) return lease;
  return fail(StoreError::kUnavailable, "the store is busy",
              fmt::format("mysql: {} for {} ms: see store.{}.pool.max-connections", lease.error().text(),
                          options_.pool.wait_timeout.count(), options_.id),
              Retry::kCanHelp);
}

bool Database::gave(Lease& lease, const SqlError& error, Duration took) {
  if (error.writes_refused()) health_.failed(fail_with(error, "write").error());
  if (!error.lost()) return false;
  lease.discard();
  if (took >= options_.timeout) {
    health_.failed(fail_with(error, fmt::format("no answer within {} ms", took.count())).error());
    return false;
  }
  pool_.clear();  // those that were idle as long will have met the same end
  health_.suspect();
  return lease.reused();
}

Result<std::unique_ptr<Connection>> Database::connect() {
  auto made = Connection::open(options_);
  if (made) return *std::move(made);
  auto failure = fail_with(made.error(), "connect");
  if (!too_many_connections(made.error())) health_.failed(failure.error());
  return failure;
}

// On a connection of its own, so that a crowd in the pool is not taken for an outage.
Result<void> Database::probe() const {
  MySqlOptions options = options_;
  options.timeout = std::min(options.timeout, kProbeTimeout);
  options.create_timeout = std::min(options.create_timeout, kProbeTimeout);
  auto connection = Connection::open(options);
  if (!connection && too_many_connections(connection.error())) return {};
  if (!connection) return fail_with(connection.error(), "connect");
  const auto answer = writable() ? (*connection)->run("DO 0") : probe_writing(**connection);
  if (!answer) return fail_with(answer.error(), "probe");
  return {};
}

// A server that goes while nobody uses it is noticed all the same.
void Database::keep_house() {
  end_old_holders();
  quiet_rounds_ = heard_.exchange(false, std::memory_order_relaxed) ? 0 : quiet_rounds_ + 1;
  if (quiet_rounds_ < kQuietRounds || !writable()) return;
  quiet_rounds_ = 0;
  health_.suspect();
}

void Database::watch(Holder& holder) {
  const std::scoped_lock lock(mutex_);
  holders_.insert(&holder);
}

void Database::unwatch(Holder& holder) {
  const std::scoped_lock lock(mutex_);
  holders_.erase(&holder);
}

void Database::end_old_holders() {
  const std::scoped_lock lock(mutex_);
  for (Holder* holder : holders_) holder->end_if_old();
}

}  // namespace gannet::store::mysql
