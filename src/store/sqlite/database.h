// The open file: its connections and what is shared by the reader, the committer and the checkpointer.
#pragma once

#include <memory>
#include <mutex>

#include "base/pool.h"
#include "store/sqlite/checkpointer.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/file_lock.h"
#include "store/sqlite/health.h"
#include "store/sqlite/snapshots.h"
#include "store/sqlite/sqlite_store.h"

namespace gannet::store::sqlite {

class Database {
 public:
  static Result<std::shared_ptr<Database>> open(const SqliteOptions& options, Clock& clock);
  // Empties the WAL into the file, if no other program reads it.
  ~Database();
  Database(const Database&) = delete;

  // kUnavailable if none comes free in time.
  Result<Pool<Connection>::Lease> reader();
  Snapshots& snapshots() { return *snapshots_; }
  PoolStatistics readers() const { return readers_->statistics(); }
  Writer& writer() { return writer_; }
  Health& health() { return *health_; }
  Checkpointer& checkpointer() { return *checkpointer_; }

 private:
  Database() = default;

  FileLock lock_;
  Writer writer_;
  std::unique_ptr<Health> health_;
  std::unique_ptr<Pool<Connection>> readers_;
  std::unique_ptr<Snapshots> snapshots_;
  std::unique_ptr<Checkpointer> checkpointer_;  // ends first: it uses the rest
};

// A connection of `pool`. kUnavailable naming `setting` if none comes free in time.
Result<Pool<Connection>::Lease> leased(Pool<Connection>& pool, std::string_view setting);

}  // namespace gannet::store::sqlite
