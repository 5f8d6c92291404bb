#include "store/rocksdb/database.h"

#include <fmt/format.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <filesystem>

#include "store/rocksdb/columns.h"
#include "store/rocksdb/log_file_system.h"
#include "store/rocksdb/status.h"
#include "store/subspace.h"

namespace gannet::store::rocks {
namespace {

// Memory not yet in files that is worth a flush before closing, in bytes: reading the log back at the next
// start goes at some 100 MB/s.
constexpr std::uint64_t kFlushAtClose = 4 << 20;

// Of each new log; what follows is written as it comes.
constexpr std::size_t kPrefilledLog = 4 << 20;

std::unexpected<Error> cannot_open(const std::string& path, const rocksdb::Status& status) {
  const std::string said = status.ToString();
  std::string why = said;
  if (said.find("lock") != std::string::npos || said.find("LOCK") != std::string::npos)
    why = "it is in use by another process (or by another store of this one)";
  else if (said.find("Column families not opened") != std::string::npos)
    why = "a newer release has written to it";
  else if (status.IsCorruption())
    why = "its files are damaged: " + said;
  return fail(StoreError::kConfiguration, fmt::format("cannot open the RocksDB directory {}: {}", path, why),
              said);
}

Result<void> make_directory(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (!error) return {};
  return fail(StoreError::kConfiguration,
              fmt::format("cannot create the RocksDB directory {}: {}", path, error.message()));
}

}  // namespace

Result<std::shared_ptr<Database>> Database::open(const RocksDbOptions& options, Clock& clock) {
  std::shared_ptr<Database> self(new Database);
  rocksdb::DBOptions db_options = database_options(options);
  if (!options.file_system) TRY(make_directory(options.path));
  self->env_ = rocksdb::NewCompositeEnv(prefilling_logs(
      options.file_system ? options.file_system : rocksdb::FileSystem::Default(), kPrefilledLog));
  db_options.env = self->env_.get();
  self->health_ = std::make_shared<Health>(options.id, options.resume_interval);
  db_options.listeners.push_back(self->health_);

  rocksdb::DB* db = nullptr;
  const auto status =
      rocksdb::DB::Open(db_options, options.path, column_families(options, clock), &self->handles_, &db);
  if (!status.ok()) return cannot_open(options.path, status);
  self->db_.reset(db);
  for (std::size_t i = 0; i < kSubspaces.size(); ++i)
    self->families_[static_cast<std::uint8_t>(kSubspaces[i].id)] = self->handles_[i + 1];
  self->health_->start(*db);
  return self;
}

Database::~Database() {
  if (health_) health_->stop();
  if (!db_) return;
  std::uint64_t unflushed = 0;
  if (health_->background_error().ok() &&
      db_->GetAggregatedIntProperty(rocksdb::DB::Properties::kCurSizeAllMemTables, &unflushed) &&
      unflushed > kFlushAtClose) {
    // A failure loses nothing: the log has it all.
    (void)db_->Flush(rocksdb::FlushOptions(), handles_);
  }
  for (auto* handle : handles_) (void)db_->DestroyColumnFamilyHandle(handle);
  (void)db_->Close();
}

}  // namespace gannet::store::rocks
