// Whether the database takes writes, as its background work reports it.
//
//   | state    | entered by                              | a commit               | left by         |
//   |----------|-----------------------------------------|------------------------|-----------------|
//   | kWriting | open; a stall's end; a good Resume      | is written             |                 |
//   | kStalled | compactions far behind (RocksDB stops)  | waits for its time-out | the stall's end |
//   | kStopped | an error of a write, flush, compaction  | is refused at once     | a Resume        |
//
// What changes is told as an event and as the component store.<id> of /healthz/ready.
// In kStopped a thread of this class calls DB::Resume() every `resume_interval` until it succeeds.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/listener.h>

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "base/clock.h"
#include "observe/health.h"
#include "store/errors.h"

namespace gannet::store::rocks {

class Health final : public rocksdb::EventListener {
 public:
  Health(std::string id, Duration resume_interval);
  ~Health() override { stop(); }

  // Starts the thread; `db` must outlive stop().
  void start(rocksdb::DB& db);
  void stop();

  bool writable() const { return writable_.load(std::memory_order_relaxed); }
  // The error that stopped the writes; OK if none did.
  rocksdb::Status background_error() const;
  bool stalled() const;
  // False if the stall lasts beyond `timeout`; at once if there is none, or if writes have stopped.
  bool wait_for_stall_end(Duration timeout);
  // A write failed: RocksDB tells its listeners of background errors only.
  void write_failed(const rocksdb::Status& status);

  void OnBackgroundError(rocksdb::BackgroundErrorReason reason, rocksdb::Status* error) override;
  void OnErrorRecoveryEnd(const rocksdb::BackgroundErrorRecoveryInfo& info) override;
  void OnStallConditionsChanged(const rocksdb::WriteStallInfo& info) override;

 private:
  void run();
  void refresh();  // call with mutex_ held

  const std::string id_;
  const Duration resume_interval_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  rocksdb::Status error_;
  std::map<std::string, bool> stopped_families_;  // those in which writes are stopped by a stall
  bool stalled_ = false;
  bool stopping_ = false;
  bool told_to_restart_ = false;
  std::atomic<bool> writable_{true};
  observe::HealthComponent component_;
  rocksdb::DB* db_ = nullptr;
  std::thread thread_;
};

}  // namespace gannet::store::rocks
