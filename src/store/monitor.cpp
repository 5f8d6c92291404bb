#include "store/monitor.h"

#include "observe/health.h"
#include "store/data_store.h"

namespace gannet::store {

CallStatus StoreMonitor::Calls::status() const {
  return {.count = count,
          .errors = errors,
          .milliseconds = latencies.percentiles(std::chrono::steady_clock::now())};
}

void StoreMonitor::count_error(Calls& calls, const Error& error) {
  if (error.is(StoreError::kConflict))
    conflicts_.fetch_add(1, std::memory_order_relaxed);
  else if (!error.is(StoreError::kNotFound))
    calls.errors.fetch_add(1, std::memory_order_relaxed);
}

StoreStatus StoreMonitor::status() const {
  StoreStatus out{.id = id_,
                  .type = type_,
                  .writable = true,
                  .reason = {},
                  .pool = {},
                  .reads = reads_.status(),
                  .writes = writes_.status(),
                  .conflicts = conflicts_};
  const auto data = [&] {
    const std::scoped_lock lock(mutex_);
    return data_.lock();
  }();
  if (data) {
    out.writable = data->writable();
    out.pool = data->pool();
  }
  // What the backend itself says in /healthz/ready.
  for (const auto& component : observe::health().ready().components) {
    if (component.name != "store." + id_ || component.condition == observe::Condition::kReady) continue;
    out.writable = false;
    out.reason = component.reason;
  }
  return out;
}

std::shared_ptr<StoreMonitor> StoreMonitors::of(const std::string& id, const std::string& type) {
  const std::scoped_lock lock(mutex_);
  for (const auto& there : monitors_)
    if (there->id() == id) return there;
  return monitors_.emplace_back(std::make_shared<StoreMonitor>(id, type));
}

std::vector<std::shared_ptr<StoreMonitor>> StoreMonitors::all() const {
  const std::scoped_lock lock(mutex_);
  return monitors_;
}

}  // namespace gannet::store
