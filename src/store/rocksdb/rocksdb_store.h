// RocksDB as a DataStore: the embedded default, one directory owned by one process.
//
// A subspace is a column family; a key is kept with its subspace byte. Commits go through one committer
// (committer.h), so that many callers share one synced write. Values of Subspace::kBlob that are not small
// lie in blob files, outside of what compaction rewrites.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"
#include "store/data_store.h"

namespace rocksdb {
class FileSystem;
}

namespace gannet::store {

struct RocksDbOptions {
  std::string path;            // created if missing, its parents too
  std::string id = "rocksdb";  // of the store, as metrics and events call it
  // Bytes of recent writes held in memory, all subspaces together. More is fewer and larger files.
  std::size_t write_buffer_size = 64 << 20;
  // Bytes of decompressed blocks, indexes and filters held in memory.
  std::size_t cache_size = 64 << 20;
  // Values of Subspace::kBlob from this size on, in bytes, go to blob files.
  std::size_t min_blob_size = 1024;
  // Threads for flushes and compactions, shared by every RocksDB of the process; at least 2.
  int workers = 2;
  int max_open_files = 1024;
  // Commits merged into one write at most.
  std::size_t max_group = 256;
  // Commits that may wait; beyond, they are answered "try again".
  std::size_t max_waiting = 65536;
  // How long a commit waits for compactions to catch up before it is answered "try again".
  Duration stall_timeout{5000};
  // How often a store that has stopped writing tries to resume.
  Duration resume_interval{1000};
  // Where the files are; null for the machine's own file system. Tests hand in one that fails on demand.
  std::shared_ptr<rocksdb::FileSystem> file_system{};
};

// kConfiguration, naming the path: not accessible, in use by another process, of a newer release, or
// damaged. `clock` must outlive the store.
Result<std::shared_ptr<DataStore>> open_rocksdb(const RocksDbOptions& options, Clock& clock);

}  // namespace gannet::store
