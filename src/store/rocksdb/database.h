// The open RocksDB itself: its column families and what is shared by the reader, the committer and the
// health watch.
#pragma once

#include <rocksdb/db.h>

#include <array>
#include <memory>

#include "store/rocksdb/health.h"
#include "store/rocksdb/rocksdb_store.h"

namespace gannet::store::rocks {

class Database {
 public:
  static Result<std::shared_ptr<Database>> open(const RocksDbOptions& options, Clock& clock);
  // Writes what is in memory to files if that is much, so that the next start is fast; then closes.
  ~Database();
  Database(const Database&) = delete;

  rocksdb::DB& db() { return *db_; }
  // The column family of a key in a known subspace.
  rocksdb::ColumnFamilyHandle* family(std::string_view key) const {
    return families_[static_cast<std::uint8_t>(key[0])];
  }
  Health& health() { return *health_; }

 private:
  Database() = default;

  std::unique_ptr<rocksdb::Env> env_;
  std::shared_ptr<Health> health_;
  std::unique_ptr<rocksdb::DB> db_;
  std::array<rocksdb::ColumnFamilyHandle*, 256> families_{};
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;
};

}  // namespace gannet::store::rocks
