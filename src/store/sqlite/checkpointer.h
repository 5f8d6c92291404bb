// Keeps the write-ahead log bounded, and finds out when a disk that was full takes writes again.
//
// From a quarter of its limit on, the log is moved into the file beside the commits, by a thread of this class.
// Only when nobody commits can it be moved whole, so that it starts anew: beyond its limit, the leader of the
// next commit moves what is left, and the others wait. What a snapshot may still read cannot be moved; beyond
// the limit, snapshots that are old are ended for it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "observe/metrics.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/health.h"
#include "store/sqlite/snapshots.h"

namespace gannet::store::sqlite {

// The one connection that writes. Whoever uses it holds the mutex.
struct Writer {
  std::mutex mutex;
  std::unique_ptr<Connection> connection;
};

class Checkpointer {
 public:
  struct Options {
    std::string id;
    std::size_t page_bytes = 4096;
    std::size_t max_wal_size = 64 << 20;
    Duration resume_interval{1000};
  };
  Checkpointer(std::unique_ptr<Connection> connection, Writer& writer, Health& health, Snapshots& snapshots,
               const Options& options);
  ~Checkpointer();

  // After each commit, with the writer's mutex held.
  void committed();
  // Writes have stopped: try from time to time whether they work again.
  void write_failed(const Error& error);

 private:
  void run();
  void move_log();
  void try_to_resume();
  // The log is ready to be written again; false if it has to wait for a reader.
  Result<bool> empty_log();
  Result<void> probe();
  std::size_t wal_bytes() const { return wal_bytes_.load(std::memory_order_relaxed); }
  void wake();

  const Options options_;
  const std::unique_ptr<Connection> connection_;
  Writer& writer_;
  Health& health_;
  Snapshots& snapshots_;
  std::atomic<std::size_t> wal_bytes_{0};
  std::size_t next_forced_;  // bytes of the log at which the leader moves it; under the writer's mutex
  std::mutex mutex_;
  std::condition_variable changed_;
  bool wanted_ = false, stopping_ = false;
  observe::Counter snapshots_ended_;
  observe::GaugeCallback size_;
  std::thread thread_;
};

}  // namespace gannet::store::sqlite
