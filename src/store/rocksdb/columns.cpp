#include "store/rocksdb/columns.h"

#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/table_properties_collectors.h>

#include <algorithm>

#include "store/rocksdb/engine_log.h"
#include "store/rocksdb/expiry_filter.h"
#include "store/subspace.h"

namespace gannet::store::rocks {
namespace {

std::shared_ptr<rocksdb::TableFactory> table_factory(const RocksDbOptions& options) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(options.cache_size);
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.format_version = 5;
  table.block_size = 8 << 10;
  // Indexes and filters live in the cache too, so that cache_size bounds what reading may hold.
  table.cache_index_and_filter_blocks = true;
  table.cache_index_and_filter_blocks_with_high_priority = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  return std::shared_ptr<rocksdb::TableFactory>(rocksdb::NewBlockBasedTableFactory(table));
}

rocksdb::ColumnFamilyOptions common_family(const RocksDbOptions& options) {
  rocksdb::ColumnFamilyOptions family;
  family.table_factory = table_factory(options);
  family.write_buffer_size = std::max<std::size_t>(options.write_buffer_size / 2, 1 << 20);
  // What a family takes at its first write; the default of an eighth of the buffer is much for a dozen.
  family.arena_block_size = 128 << 10;
  family.max_write_buffer_number = 4;
  family.level_compaction_dynamic_level_bytes = true;
  family.compression = rocksdb::kLZ4Compression;
  family.bottommost_compression = rocksdb::kZSTD;
  return family;
}

rocksdb::ColumnFamilyOptions family_of(Subspace subspace, const rocksdb::ColumnFamilyOptions& common,
                                       const RocksDbOptions& options, Clock& clock) {
  // No hints for inserting (memtable_insert_with_hint_prefix_extractor): RocksDB keeps one hint for records and
  // cleared ranges together, so that after clear_range() a record may be put into the wrong list.
  rocksdb::ColumnFamilyOptions family = common;
  switch (subspace) {
    case Subspace::kBlob:
      // Contents come compressed and are never changed: out of the tree, so that compaction leaves them
      // alone.
      family.enable_blob_files = true;
      family.min_blob_size = options.min_blob_size;
      family.blob_compression_type = rocksdb::kNoCompression;
      family.compression = rocksdb::kNoCompression;
      family.bottommost_compression = rocksdb::kNoCompression;
      family.enable_blob_garbage_collection = true;
      family.blob_garbage_collection_age_cutoff = 0.25;
      family.blob_garbage_collection_force_threshold = 0.5;
      break;
    case Subspace::kLookup:
      family.compaction_filter_factory = std::make_shared<ExpiryFilterFactory>(clock);
      break;
    case Subspace::kQueue:
    case Subspace::kIndexing:
      // Entries come and go at the same end; without this, scans would walk over the graves of the gone.
      family.table_properties_collector_factories.push_back(
          rocksdb::NewCompactOnDeletionCollectorFactory(1024, 512));
      break;
    default:
      break;
  }
  return family;
}

}  // namespace

rocksdb::DBOptions database_options(const RocksDbOptions& options) {
  rocksdb::DBOptions db;
  db.create_if_missing = true;
  db.create_missing_column_families = true;
  db.max_background_jobs = std::max(options.workers, 2);
  db.max_open_files = options.max_open_files;
  db.db_write_buffer_size = options.write_buffer_size;
  db.max_total_wal_size = options.write_buffer_size * 2;
  // A log written over an older one needs no change of the inode at a sync: half of the sync's cost.
  db.recycle_log_file_num = 2;
  db.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  db.avoid_flush_during_recovery = true;
  // Only the committer writes.
  db.allow_concurrent_memtable_write = false;
  db.enable_write_thread_adaptive_yield = false;
  // Files are handed to the disk as they grow, so that the log's sync never waits behind a whole one.
  db.bytes_per_sync = 1 << 20;
  db.skip_stats_update_on_db_open = true;
  // For each of the families anew: sixteen, the default, make hundreds of threads at every start.
  db.max_file_opening_threads = 1;
  db.info_log = std::make_shared<EngineLog>(options.id);
  db.info_log_level = rocksdb::WARN_LEVEL;
  db.stats_dump_period_sec = 0;
  db.stats_persist_period_sec = 0;
  return db;
}

std::vector<rocksdb::ColumnFamilyDescriptor> column_families(const RocksDbOptions& options, Clock& clock) {
  const rocksdb::ColumnFamilyOptions common = common_family(options);
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  families.emplace_back(rocksdb::kDefaultColumnFamilyName, common);
  for (const auto& subspace : kSubspaces)
    families.emplace_back(std::string(subspace.name), family_of(subspace.id, common, options, clock));
  return families;
}

}  // namespace gannet::store::rocks
