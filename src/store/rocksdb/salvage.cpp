#include "store/rocksdb/salvage.h"

#include <fmt/format.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/table.h>

#include <filesystem>
#include <memory>
#include <set>

#include "base/bytes.h"
#include "store/rocksdb/columns.h"
#include "store/subspace.h"

namespace gannet::store {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPageBytes = 4 << 20;
constexpr std::size_t kPageRecords = 1000;
// Keys tried behind a damaged place, before a shorter beginning of the key is counted up.
constexpr int kTriesALength = 300;

// Logs nowhere: a directory that is only read must stay as it is.
class NoLog : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

rocksdb::DBOptions lenient(const RocksDbOptions& base) {
  rocksdb::DBOptions options = rocks::database_options(base);
  options.create_if_missing = false;
  options.create_missing_column_families = false;
  options.paranoid_checks = false;
  options.recycle_log_file_num = 0;
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kSkipAnyCorruptedRecords;
  options.info_log = std::make_shared<NoLog>();
  options.max_open_files = 256;
  return options;
}

std::vector<rocksdb::ColumnFamilyDescriptor> families_of(const RocksDbOptions& options, Clock& clock) {
  auto families = rocks::column_families(options, clock);
  // Nothing is dropped while reading.
  for (auto& family : families) family.options.compaction_filter_factory.reset();
  return families;
}

struct Opened {
  std::unique_ptr<rocksdb::DB> db;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;

  Opened() = default;
  Opened(Opened&&) = default;
  Opened& operator=(Opened&&) = delete;
  ~Opened() {
    if (!db) return;
    for (auto* handle : handles) (void)db->DestroyColumnFamilyHandle(handle);
    (void)db->Close();
  }
};

rocksdb::Status open_for_reading(const RocksDbOptions& options, Clock& clock, Opened& out) {
  auto families = families_of(options, clock);
  // Of an older release, or after a repair, some may be missing.
  std::vector<std::string> there;
  if (rocksdb::DB::ListColumnFamilies(lenient(options), options.path, &there).ok()) {
    const std::set<std::string> names(there.begin(), there.end());
    std::erase_if(families, [&](const auto& family) { return !names.contains(family.name); });
  }
  rocksdb::DB* db = nullptr;
  const auto status =
      rocksdb::DB::OpenForReadOnly(lenient(options), options.path, families, &out.handles, &db, false);
  if (status.ok()) out.db.reset(db);
  return status;
}

// Reads one column family, past damaged places.
class FamilyReader {
 public:
  FamilyReader(rocksdb::DB& db, rocksdb::ColumnFamilyHandle& family, Salvaged& out,
               const std::function<Result<void>(std::vector<KeyValue>)>& sink)
      : out_(out), sink_(sink), name_(family.GetName()) {
    rocksdb::ReadOptions options;
    options.fill_cache = false;
    options.verify_checksums = true;
    iterator_.reset(db.NewIterator(options, &family));
  }

  // False when the rest of the family could not be reached.
  Result<bool> read_all() {
    for (iterator_->SeekToFirst();;) {
      for (; iterator_->Valid(); iterator_->Next()) TRY(take());
      if (iterator_->status().ok()) break;
      if (!pass_over()) {
        TRY(flush());
        return false;
      }
    }
    TRY(flush());
    return true;
  }

 private:
  Result<void> take() {
    last_ = iterator_->key().ToString();
    const auto value = iterator_->value();
    bytes_ += last_.size() + value.size();
    page_.push_back({last_, value.ToString()});
    if (page_.size() >= kPageRecords || bytes_ >= kPageBytes) TRY(flush());
    return {};
  }

  Result<void> flush() {
    if (page_.empty()) return {};
    out_.records += page_.size();
    bytes_ = 0;
    return sink_(std::exchange(page_, {}));
  }

  // To the first key behind the damage that can be reached: counting up the last octet of the last good key,
  // and shorter beginnings of it when that leads nowhere.
  bool pass_over() {
    const std::string said = iterator_->status().ToString();
    std::string from = last_;
    for (std::size_t length = std::max<std::size_t>(last_.size(), 1); length > 0; --length) {
      std::string at = from.substr(0, length);
      for (int tries = 0; tries < kTriesALength; ++tries) {
        at = at.empty() ? std::string(1, '\0') : prefix_end(at);
        if (at.empty()) break;
        iterator_->Seek(at);
        if (iterator_->Valid() || iterator_->status().ok()) {
          out_.damage.push_back(fmt::format("{}: a damaged place was passed over ({})", name_, said));
          return true;
        }
        from = at;
      }
    }
    out_.damage.push_back(
        fmt::format("{}: what follows a damaged place could not be reached ({})", name_, said));
    return false;
  }

  std::unique_ptr<rocksdb::Iterator> iterator_;
  Salvaged& out_;
  const std::function<Result<void>(std::vector<KeyValue>)>& sink_;
  const std::string name_;
  std::string last_;
  std::vector<KeyValue> page_;
  std::size_t bytes_ = 0;
};

// Whether all of it could be reached.
Result<bool> read(const RocksDbOptions& options, Clock& clock, Salvaged& out,
                  const std::function<Result<void>(std::vector<KeyValue>)>& sink) {
  Opened opened;
  if (const auto status = open_for_reading(options, clock, opened); !status.ok()) {
    out.damage.push_back(fmt::format("{} cannot be opened: {}", options.path, status.ToString()));
    return false;
  }
  bool whole = true;
  for (auto* family : opened.handles) {
    FamilyReader reader(*opened.db, *family, out, sink);
    whole &= TRY(reader.read_all());
  }
  return whole;
}

std::unexpected<Error> unusable(const std::string& path, const std::string& why) {
  return fail(StoreError::kConfiguration, fmt::format("{}: {}", path, why));
}

Result<void> copy_directory(const std::string& from, const std::string& to) {
  std::error_code error;
  fs::copy(from, to, fs::copy_options::recursive, error);
  if (error) return unusable(to, "cannot be copied to: " + error.message());
  return {};
}

// Hidden, newer records are read from the directory as it is first, then what a repaired copy has besides.
Result<void> read_repaired(const RocksDbOptions& options, const std::string& copy, Clock& clock,
                           Salvaged& out, const std::function<Result<void>(std::vector<KeyValue>)>& sink) {
  TRY(copy_directory(options.path, copy));
  RocksDbOptions of_copy = options;
  of_copy.path = copy;
  const auto status = rocksdb::RepairDB(copy, lenient(of_copy), families_of(of_copy, clock));
  if (!status.ok()) {
    out.damage.push_back("the files cannot be put in order again: " + status.ToString());
    return {};
  }
  const auto whole = read(of_copy, clock, out, sink);
  if (!whole) return std::unexpected(whole.error());
  return {};
}

}  // namespace

Result<Salvaged> salvage_rocksdb(const std::string& path, const std::string& copy, Clock& clock,
                                 const std::function<Result<void>(std::vector<KeyValue>)>& sink) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return unusable(path, "there is no such directory");
  if (fs::exists(copy, error)) return unusable(copy, "is there already: it is made for a copy, and removed");
  const RocksDbOptions options{.path = path, .write_buffer_size = 64 << 20};
  Salvaged out;
  if (TRY(read(options, clock, out, sink))) return out;
  auto repaired = read_repaired(options, copy, clock, out, sink);
  fs::remove_all(copy, error);
  if (!repaired) return std::unexpected(std::move(repaired).error());
  if (out.records == 0 && !out.damage.empty())
    return unusable(path, "nothing of it can be read: " + out.damage.back());
  return out;
}

}  // namespace gannet::store
