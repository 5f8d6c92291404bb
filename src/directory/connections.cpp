#include "directory/connections.h"

#include "config/config.h"
#include "directory/sparing.h"
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
  const auto untold = tell_sparingly("cannot-be-asked " + key);
  if (!untold) return;
  observe::error("directory.cannot-be-asked", {{"directory", key}, {"error", why}, {"untold", *untold}});
}

}  // namespace gannet::directory
