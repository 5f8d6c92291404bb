// What an operator may want to know of each store: who uses it, how it answers, whether it takes writes.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/pool.h"
#include "base/result.h"
#include "store/latencies.h"

namespace gannet::store {

class DataStore;
class BlobStore;
class SearchStore;
class LookupStore;

// Calls of one kind.
struct CallStatus {
  std::uint64_t count = 0;
  std::uint64_t errors = 0;  // a conflict, or a blob that is not there, is none
  Latencies::Percentiles milliseconds;
};

struct StoreStatus {
  std::string id, type;
  bool writable = true;
  std::string reason;  // why not
  std::optional<PoolStatistics> pool;
  CallStatus reads, writes;
  std::uint64_t conflicts = 0;  // writes whose precondition failed
};

// Of one store. Any thread.
class StoreMonitor {
 public:
  StoreMonitor(std::string id, std::string type) : id_(std::move(id)), type_(std::move(type)) {}

  const std::string& id() const { return id_; }
  StoreStatus status() const;

  void watch(const std::shared_ptr<DataStore>& data) {
    const std::scoped_lock lock(mutex_);
    data_ = data;
  }

  // Runs one call of a store and counts it.
  template <typename Call>
  auto read(Call call) {
    return measured(reads_, call);
  }
  template <typename Call>
  auto write(Call call) {
    return measured(writes_, call);
  }

 private:
  struct Calls {
    std::atomic<std::uint64_t> count{0}, errors{0};
    Latencies latencies;
    CallStatus status() const;
  };
  template <typename Call>
  auto measured(Calls& calls, Call& call) {
    const auto begin = std::chrono::steady_clock::now();
    auto result = call();
    calls.latencies.add(begin, std::chrono::steady_clock::now());
    calls.count.fetch_add(1, std::memory_order_relaxed);
    if (!result) count_error(calls, result.error());
    return result;
  }
  void count_error(Calls& calls, const Error& error);

  const std::string id_, type_;
  mutable std::mutex mutex_;  // of data_
  std::weak_ptr<DataStore> data_;
  Calls reads_, writes_;
  std::atomic<std::uint64_t> conflicts_{0};
};

// One a store that was opened, in that order; a migration opens more while the server runs. Any thread.
class StoreMonitors {
 public:
  // Makes it where there is none.
  std::shared_ptr<StoreMonitor> of(const std::string& id, const std::string& type);
  std::vector<std::shared_ptr<StoreMonitor>> all() const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<StoreMonitor>> monitors_;
};

// The same store, its calls counted by `monitor`.
std::shared_ptr<DataStore> monitored(std::shared_ptr<DataStore> store, std::shared_ptr<StoreMonitor> monitor);
std::shared_ptr<BlobStore> monitored(std::shared_ptr<BlobStore> store, std::shared_ptr<StoreMonitor> monitor);
std::shared_ptr<SearchStore> monitored(std::shared_ptr<SearchStore> store,
                                       std::shared_ptr<StoreMonitor> monitor);
std::shared_ptr<LookupStore> monitored(std::shared_ptr<LookupStore> store,
                                       std::shared_ptr<StoreMonitor> monitor);

}  // namespace gannet::store
