// SQLite as a DataStore: one file on this machine, owned by one process.
//
// A subspace is a table of keys and values. The file is in WAL mode; one connection writes, led by
// leader_queue.h, so that many callers share one synced transaction; reads go over a pool of connections, and
// a snapshot is a read transaction on one of its own. checkpointer.h keeps the WAL bounded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"
#include "store/data_store.h"

namespace gannet::store {

struct SqliteOptions {
  std::string path;           // of the file; created if missing, its folders too
  std::string id = "sqlite";  // of the store, as metrics and events call it
  // Connections for reads; further reads wait for one.
  std::size_t max_connections = 10;
  // How long a read or a snapshot waits for a connection.
  Duration wait_timeout{30'000};
  // How long to wait while another program holds the file.
  Duration busy_timeout{30'000};
  // Snapshots at a time; further ones wait. Each has a connection of its own.
  std::size_t max_snapshots = 32;
  // A snapshot older than this is ended once it keeps the WAL beyond `max_wal_size`.
  Duration max_snapshot_age{60'000};
  // Bytes of the WAL beyond which commits wait for a checkpoint; a quarter of it starts one beside them.
  std::size_t max_wal_size = 64 << 20;
  // Bytes of pages that the writer keeps in memory.
  std::size_t cache_size = 64 << 20;
  // Commits in one transaction at most.
  std::size_t max_group = 256;
  // Commits that may wait; beyond, they are answered "try again".
  std::size_t max_waiting = 65536;
  // How often a store that has stopped writing tries to resume.
  Duration resume_interval{1000};
  // Name of a registered sqlite3_vfs instead of the machine's own files: for tests whose disk fails on demand.
  std::string vfs{};
};

// kConfiguration, naming the path: not accessible, in use by another Gannet, another program's database, of a
// newer release, or damaged. `clock` must outlive the store.
Result<std::shared_ptr<DataStore>> open_sqlite(const SqliteOptions& options, Clock& clock);

}  // namespace gannet::store
