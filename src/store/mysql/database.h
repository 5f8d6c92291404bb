// The database as its store and its snapshots share it: connections, limits, health.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <semaphore>
#include <set>
#include <type_traits>

#include "store/mysql/connection.h"
#include "store/mysql/metrics.h"
#include "store/mysql/tables.h"
#include "store/server_health.h"

namespace gannet::store::mysql {

// Bytes of a row of each subspace, roughly: how many rows a page of a scan asks for.
class RowSizes {
 public:
  RowSizes();
  // 0 before any was seen.
  std::size_t guess(char subspace) const { return sizes_[static_cast<std::uint8_t>(subspace)]; }
  void saw(char subspace, std::size_t bytes, std::size_t rows);

 private:
  std::array<std::atomic<std::uint32_t>, 256> sizes_{};
};

// What holds a connection for long, and must let go of it in time.
class Holder {
 public:
  virtual ~Holder() = default;
  virtual void end_if_old() = 0;
};

// Any thread.
class Database {
 public:
  using Connections = Pool<Connection>;
  using Lease = Connections::Lease;
  static Result<std::shared_ptr<Database>> open(const MySqlOptions& options, Clock& clock);

  // kUnavailable: no connection came free, or none can be made.
  Result<Lease> take();
  PoolStatistics connections() const { return pool_.statistics(); }
  // Its caller got `error` from the connection: throws it away if it is of no use any more, and tells health.
  // True if the server may just have closed it while it was idle: another connection can do better.
  bool gave(Lease& lease, const SqlError& error, Duration took);
  // How many snapshots may be open; each takes a place for as long as it lives.
  std::counting_semaphore<>& snapshots() { return snapshots_; }
  // From watch() until unwatch() it is told now and then to end if it is old.
  void watch(Holder& holder);
  void unwatch(Holder& holder);
  void end_old_holders();
  // Something was answered, or even committed.
  void heard() { heard_.store(true, std::memory_order_relaxed); }
  void committed() { heard(), health_.succeeded(); }

  const MySqlOptions& options() const { return options_; }
  const ServerLimits& limits() const { return limits_; }
  Clock& clock() { return clock_; }
  bool writable() const { return health_.writable(); }
  const Metrics& metrics() const { return metrics_; }
  RowSizes& row_sizes() { return row_sizes_; }

 private:
  Database(const MySqlOptions& options, const ServerLimits& limits, Clock& clock);
  Result<std::unique_ptr<Connection>> connect();
  Result<void> probe() const;
  void keep_house();

  const MySqlOptions options_;
  Clock& clock_;
  const Metrics metrics_;
  const ServerLimits limits_;
  RowSizes row_sizes_;
  std::atomic<bool> heard_{false};  // since the last look
  int quiet_rounds_ = 0;            // of keep_house() alone
  std::mutex mutex_;
  std::set<Holder*> holders_;
  Connections pool_;
  std::counting_semaphore<> snapshots_;
  observe::GaugeCallback open_connections_, used_connections_;
  ServerHealth health_;  // its thread ends before anything else
};

// Real time, for waiting for a real server, whatever the store's clock says.
inline Duration since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - begin);
}

// What `call` (Connection& to Outcome<T>) returns. When the server had closed the connection meanwhile, another is
// tried: for calls that may be repeated.
template <typename Call>
auto read(Database& database, std::string_view doing, const Call& call)
    -> Result<typename std::invoke_result_t<Call, Connection&>::value_type> {
  for (;;) {
    auto lease = TRY(database.take());
    const auto begin = std::chrono::steady_clock::now();
    auto answer = call(*lease);
    if (answer) {
      database.heard();
      return *std::move(answer);
    }
    if (!database.gave(lease, answer.error(), since(begin))) return fail_with(answer.error(), doing);
  }
}

}  // namespace gannet::store::mysql
