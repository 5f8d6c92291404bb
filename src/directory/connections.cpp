#include "directory/connections.h"

#include <map>

#include "config/config.h"
#include "observe/log.h"

namespace gannet::directory {

ConnectionSettings read_connection_settings(const config::Section& directory, std::string key) {
  ConnectionSettings out;
  out.key = std::move(key);
  out.pool.max_connections = static_cast<std::size_t>(directory.integer("pool.max-connections"));
  out.pool.min_connections = static_cast<std::size_t>(directory.integer("pool.min-connections"));
  out.pool.max_lifetime = directory.duration("pool.max-lifetime");
  out.pool.idle_timeout = directory.duration("pool.idle-timeout");
  out.pool.wait_timeout = directory.duration("pool.timeout.wait");
  out.create_timeout = directory.duration("pool.timeout.create");
  if (const auto older = directory.find<Duration>("pool.connect-timeout");
      older && !directory.is_set("pool.timeout.create"))
    out.create_timeout = *older;
  out.recycle_timeout = directory.duration("pool.timeout.recycle");
  return out;
}

Tending::Tending(Duration interval, std::function<void()> work)
    : thread_([this, interval, work = std::move(work)] {
        std::unique_lock lock(mutex_);
        while (!stopping_) {
          lock.unlock();
          work();
          lock.lock();
          changed_.wait_for(lock, interval, [this] { return stopping_; });
        }
      }) {}

Tending::~Tending() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

Duration tending_interval(const PoolOptions& pool) {
  Duration shortest{60'000};
  for (const Duration limit : {pool.idle_timeout, pool.max_lifetime})
    if (limit.count() > 0) shortest = std::min(shortest, limit);
  return std::clamp(shortest / 4, Duration(50), Duration(15'000));
}

std::unexpected<Error> busy(const ConnectionSettings& settings, const Error& exhausted) {
  return fail(DirectoryError::kUnavailable, "the directory is busy, try again later",
              exhausted.text() + "; see " + settings.key + ".pool.max-connections", Retry::kCanHelp);
}

void report_lost(const std::string& key, const Error& why) {
  static std::mutex mutex;
  static std::map<std::string, std::chrono::steady_clock::time_point> told;
  {
    const std::lock_guard lock(mutex);
    const auto now = std::chrono::steady_clock::now();
    const auto [last, first] = told.try_emplace(key, now);
    if (!first && now - last->second < std::chrono::minutes(1)) return;
    last->second = now;
  }
  observe::error("directory.cannot-be-asked", {{"directory", key}, {"error", why}});
}

}  // namespace gannet::directory
