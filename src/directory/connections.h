// The connections of an external directory: a pool as `directory.<id>.pool.*` says, tended by a thread, so that
// what is idle or old is closed, and the minimum is there, while nobody asks anything.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/pool.h"
#include "directory/attempts.h"
#include "directory/errors.h"
#include "directory/trace.h"

namespace gannet::config {
class Section;
}

namespace gannet::directory {

struct ConnectionSettings {
  std::string key;     // "directory.<id>": for messages
  std::string server;  // for traces; empty: a new connection is no step of its own
  PoolOptions pool;
  Duration create_timeout{30'000};   // for a new connection
  Duration recycle_timeout{30'000};  // for checking a used one
};

// `directory.<id>.pool.*`; `pool.connect-timeout` where `pool.timeout.create` is unset. `key` is `directory.<id>`.
ConnectionSettings read_connection_settings(const config::Section& directory, std::string key);

// Calls `work` every `interval` on a thread of its own until it ends.
class Tending {
 public:
  Tending(Duration interval, std::function<void()> work);
  ~Tending();
  Tending(const Tending&) = delete;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread thread_;
};

// How often to look: often enough that a limit of `pool` is kept to within some of itself.
Duration tending_interval(const PoolOptions& pool);
std::unexpected<Error> busy(const ConnectionSettings& settings, const Error& exhausted);
// The event directory.cannot-be-asked, at most one a minute and key.
void report_lost(const std::string& key, const Error& why);

// Any thread. `clock` must outlive it. Its end does not wait for connections that are being made.
template <typename T>
class Connections {
 public:
  using Lease = Pool<T>::Lease;

  // `check` within recycle_timeout. `make` is called on a thread of its own, must own what it uses (attempts.h), and
  // is not waited for beyond create_timeout.
  Connections(ConnectionSettings settings, Clock& clock, Pool<T>::Make make, Pool<T>::Check check)
      : settings_(std::move(settings)),
        attempts_(std::clamp<std::size_t>(settings_.pool.max_connections, 2, 16)),
        pool_(
            settings_.pool, clock, [this, make = std::move(make)] { return attempt(make); },
            std::move(check)),
        tending_(tending_interval(settings_.pool), [this] { tend(); }) {}
  ~Connections() { attempts_.stop(); }
  Connections(const Connections&) = delete;

  // kUnavailable: none came free within pool.timeout.wait, or none can be made.
  Result<Lease> take() {
    auto lease = pool_.take();
    if (lease) return lease;
    if (lease.error().is(PoolError::kExhausted)) return busy(settings_, lease.error());
    report_lost(settings_.key, lease.error());
    if (lease.error().is(DirectoryError::kUnavailable)) return lease;
    return fail(DirectoryError::kUnavailable, "the directory cannot be asked now", lease.error().describe(),
                Retry::kCanHelp);
  }

  // Calls `ask(connection)`. When a connection that had been idle turns out to be closed, the others are, too, most
  // likely: once more with a new one. `ask` must be repeatable; T says by broken() what it is good for then.
  template <typename Ask>
  auto run(const Ask& ask) -> decltype(ask(std::declval<T&>())) {
    for (bool again = true;; again = false) {
      auto lease = TRY(take());
      auto answer = ask(*lease);
      if (!lease->broken()) {
        // The server's own refusal, of a search below nothing or a query of a table that is gone, say.
        if (!answer) report_lost(settings_.key, answer.error());
        return answer;
      }
      lease.discard();
      if (answer) return answer;
      if (!again || !lease.reused() || lease->timed_out()) {
        report_lost(settings_.key, answer.error());
        return answer;
      }
      pool_.clear();
    }
  }

  PoolStatistics statistics() const { return pool_.statistics(); }
  const ConnectionSettings& settings() const { return settings_; }

 private:
  Result<std::unique_ptr<T>> attempt(const Pool<T>::Make& make) {
    // A library that minds the time itself says better what it waited for.
    constexpr Duration kLater{250};
    trace::Question asked("connection");
    auto made = attempts_.run(make, settings_.create_timeout + kLater);
    if (asked && !settings_.server.empty())
      asked.answer("to the " + settings_.server, made ? "connected" : made.error().describe());
    return made;
  }
  void tend() {
    pool_.reap();
    if (const auto filled = pool_.fill(); !filled) report_lost(settings_.key, filled.error());
  }

  const ConnectionSettings settings_;
  Attempts attempts_;
  Pool<T> pool_;
  Tending tending_;  // last: its thread uses the others
};

}  // namespace gannet::directory
