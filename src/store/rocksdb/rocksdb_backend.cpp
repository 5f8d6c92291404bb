#include "store/rocksdb/rocksdb_backend.h"

#include <thread>

#include "store/rocksdb/rocksdb_store.h"

namespace gannet::store {
namespace {

RocksDbOptions options_of(const StoreSettings& settings) {
  const auto& store = settings.section;
  RocksDbOptions options;
  options.path = store.string("path");
  options.id = settings.id;
  options.write_buffer_size = store.size("write-buffer-size");
  options.cache_size = store.size("block-cache-size");
  options.min_blob_size = store.size("min-blob-size");
  const auto workers = store.find<std::int64_t>("pool.workers").value_or(0);
  options.workers =
      workers > 0 ? static_cast<int>(workers) : static_cast<int>(std::thread::hardware_concurrency());
  options.max_open_files = static_cast<int>(store.integer("max-open-files"));
  options.max_group = static_cast<std::size_t>(store.integer("commit.max-batch"));
  options.max_waiting = static_cast<std::size_t>(store.integer("commit.queue"));
  options.stall_timeout = store.duration("stall-timeout");
  options.resume_interval = store.duration("resume-interval");
  return options;
}

Result<std::shared_ptr<DataStore>> open(const StoreSettings& settings) {
  auto opened = open_rocksdb(options_of(settings), settings.clock);
  if (!opened) return settings.wrong("path", opened.error().text(), opened.error().detail());
  return *std::move(opened);
}

}  // namespace

const Backend& rocksdb_backend() {
  static const Backend backend{
      .info = {.type = "rocksdb",
               .roles = {Role::kData, Role::kBlob, Role::kSearch, Role::kLookup},
               .sentence = "A directory on this machine, for one server; needs nothing else.",
               .place = "path"},
      .open_data = open,
  };
  return backend;
}

}  // namespace gannet::store
