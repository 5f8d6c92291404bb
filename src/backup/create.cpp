#include "backup/create.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <sys/file.h>
#include <unistd.h>

#include <optional>
#include <set>

#include "backup/blob_ids.h"
#include "backup/manifest.h"
#include "observe/log.h"
#include "store/migration/record.h"
#include "store/migration/role_record.h"
#include "store/subspace.h"

namespace gannet::backup {
namespace {

namespace fs = std::filesystem;
using store::Subspace;

// Octets of content in one file of messages: what a damaged file may cost, and a copy must repeat.
constexpr std::uint64_t kBlobFile = 256 << 20;

// Held while a backup is written, against a second one into the same folder.
class FolderLock {
 public:
  explicit FolderLock(const fs::path& folder)
      : descriptor_(::open((folder / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {}
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  ~FolderLock() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  bool take() const { return descriptor_ >= 0 && ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0; }

 private:
  int descriptor_;
};

Result<void> make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (!error) return {};
  return fail(BackupError::kFile, folder.string() + " cannot be made: " + error.message() + ".");
}

// A folder that is a backup already, or that nothing is in.
Result<void> check_folder(const fs::path& folder) {
  if (!folder.is_absolute())
    return fail(BackupError::kFile, folder.string() + " is no absolute path. Name one on the server's host.");
  TRY(make_folder(folder));
  std::error_code error;
  if (fs::exists(folder / "snapshots") || fs::is_empty(folder, error)) return {};
  return fail(
      BackupError::kFile,
      folder.string() + " has something else in it. Name an empty folder, or one with earlier backups.");
}

bool is_copied(Subspace subspace, bool search) {
  switch (subspace) {
    case Subspace::kBlob:    // by its content, so that it fits any store
    case Subspace::kLookup:  // counters and locks of this moment
      return false;
    case Subspace::kSearch:
    case Subspace::kIndexing:
      return search;
    default:
      return true;
  }
}

class Creation {
 public:
  Creation(const store::Stores& stores, fs::path root, std::string name, Progress& progress)
      : stores_(stores), root_(std::move(root)), progress_(progress) {
    manifest_.name = std::move(name);
    manifest_.search = stores_.index_in_data();
  }

  Result<void> run() {
    folder_ = root_ / "snapshots" / (manifest_.name + ".unfinished");
    TRY(make_folder(folder_));
    TRY(make_folder(root_ / "blobs"));
    TRY(load_earlier());
    TRY(copy_data());
    TRY(copy_blobs());
    manifest_.messages = linked_.size();
    TRY(write_manifest(folder_, manifest_));
    TRY(sync_folder(root_));
    std::error_code error;
    fs::rename(folder_, root_ / "snapshots" / manifest_.name, error);
    if (error)
      return fail(BackupError::kFile, folder_.string() + " cannot be renamed: " + error.message() + ".");
    return sync_folder(root_);
  }

 private:
  // The messages that are in the folder already. A file of them that is gone, or not as long as it was, does not
  // count: its messages are copied once more.
  Result<void> load_earlier() {
    auto names = snapshots_in(root_);
    if (!names) return {};
    const Manifest last = TRY(read_manifest(root_, names->back()));
    for (std::size_t i = 0; i < last.blobs.size(); ++i) {
      std::error_code error;
      if (fs::file_size(root_ / last.blobs[i].name, error) != last.blobs[i].bytes || error) continue;
      BlobIds ids;
      const auto read =
          read_segment(root_, last.ids[i], [&](std::string_view key, std::string_view) -> Result<void> {
            if (const auto id = store::BlobId::from_raw(key)) ids.push_back(*id);
            return {};
          });
      if (!read) continue;
      manifest_.blobs.push_back(last.blobs[i]);
      manifest_.ids.push_back(last.ids[i]);
      known_.insert(known_.end(), ids.begin(), ids.end());
    }
    std::ranges::sort(known_);
    return {};
  }

  Result<void> copy_data() {
    const auto snapshot = TRY(stores_.data->snapshot());
    for (const auto& subspace : store::kSubspaces)
      if (is_copied(subspace.id, manifest_.search)) TRY(copy_subspace(*snapshot, subspace));
    return {};
  }

  Result<void> copy_subspace(store::Snapshot& snapshot, const store::SubspaceInfo& subspace) {
    const std::string name = std::string(subspace.name) + ".zst";
    auto segment = TRY(SegmentWriter::create(folder_ / name));
    auto range = store::Range::prefix(std::string(1, static_cast<char>(subspace.id)));
    for (;;) {
      if (progress_.stop) return stopped();
      const auto page = snapshot.scan(range);
      if (!page)
        return fail(BackupError::kFile,
                    "The data store could not hold one moment for long enough: " + page.error().text(),
                    page.error().detail(), Retry::kCanHelp);
      for (const auto& item : page->items) {
        // Of a move to another store that is under way: a restored store takes no part in it.
        if (item.key.starts_with(store::migration::own_prefix()) ||
            item.key.starts_with(store::migration::role_prefix()))
          continue;
        if (subspace.id == Subspace::kBlobLink) {
          if (is_tombstone(item.key)) continue;
          // Sorted, since the keys are.
          if (const auto id = linked_blob(item.key); id && (linked_.empty() || linked_.back() != *id))
            linked_.push_back(*id);
        }
        TRY(segment.add(item.key, item.value));
      }
      progress_.records += page->items.size();
      if (!page->more) break;
      range = store::next_range(std::move(range), *page);
    }
    manifest_.data.push_back(TRY(segment.finish("snapshots/" + manifest_.name + "/" + name)));
    return {};
  }

  Result<void> copy_blobs() {
    for (const auto& id : linked_) {
      if (progress_.stop) return stopped();
      ++progress_.blobs;
      if (holds(known_, id)) continue;
      auto content = stores_.blob->get(id);
      if (!content && content.error().retry_can_help()) return std::unexpected(std::move(content).error());
      if (!content) {  // damage in the store: the rest is worth keeping all the same
        manifest_.missing.push_back(id.hex());
        ++progress_.missing;
        observe::error("backup.message-missing", {{"blob", id.hex()}, {"error", content.error()}});
        continue;
      }
      if (!segment_) TRY(begin_blob_file());
      TRY(segment_->add(id.raw(), *content));
      TRY(ids_->add(id.raw(), {}));
      ++progress_.new_blobs;
      progress_.new_bytes += content->size();
      if (segment_->taken() >= kBlobFile) TRY(end_blob_file());
    }
    if (segment_) TRY(end_blob_file());
    return {};
  }

  Result<void> begin_blob_file() {
    blob_name_ = fmt::format("blobs/{}-{:04}", manifest_.name, ++blob_files_);
    segment_.emplace(TRY(SegmentWriter::create(root_ / (blob_name_ + ".zst"))));
    ids_.emplace(TRY(SegmentWriter::create(root_ / (blob_name_ + ".ids"))));
    return {};
  }
  Result<void> end_blob_file() {
    manifest_.blobs.push_back(TRY(segment_->finish(blob_name_ + ".zst")));
    manifest_.ids.push_back(TRY(ids_->finish(blob_name_ + ".ids")));
    segment_.reset();
    ids_.reset();
    return {};
  }

  static std::unexpected<Error> stopped() {
    return fail(BackupError::kStopped, "The server stops: the backup is not finished.");
  }

  const store::Stores& stores_;
  const fs::path root_;
  Progress& progress_;
  fs::path folder_;
  Manifest manifest_;
  BlobIds known_, linked_;
  std::optional<SegmentWriter> segment_, ids_;
  std::string blob_name_;
  unsigned blob_files_ = 0;
};

// What a backup that was cut short left: its folder, and files of messages that no snapshot names.
Result<void> remove_unfinished(const fs::path& root) {
  std::error_code error;
  for (const auto& one : fs::directory_iterator(root / "snapshots", error))
    if (one.path().extension() == ".unfinished") fs::remove_all(one.path(), error);
  std::set<std::string> named;
  if (const auto names = snapshots_in(root))
    for (const auto& name : *names) {
      const Manifest manifest = TRY(read_manifest(root, name));
      for (const auto* files : {&manifest.blobs, &manifest.ids})
        for (const auto& file : *files) named.insert(file.name);
    }
  for (const auto& one : fs::directory_iterator(root / "blobs", error))
    if (!named.contains("blobs/" + one.path().filename().string())) fs::remove(one.path(), error);
  return {};
}

}  // namespace

Result<std::string> create_backup(const store::Stores& stores, const fs::path& folder, const Clock& clock,
                                  Progress& progress) {
  TRY(check_folder(folder));
  TRY(make_folder(folder / "snapshots"));
  const FolderLock lock(folder);
  if (!lock.take())
    return fail(BackupError::kBusy, "Another backup into " + folder.string() + " is being made.");
  TRY(remove_unfinished(folder));
  std::string name =
      fmt::format("{:%Y-%m-%dT%H-%M-%SZ}", std::chrono::floor<std::chrono::seconds>(clock.now()));
  for (unsigned more = 2; fs::exists(folder / "snapshots" / name); ++more)
    name = name.substr(0, 20) + fmt::format("-{}", more);
  Creation creation(stores, folder, name, progress);
  TRY(creation.run());
  return name;
}

}  // namespace gannet::backup
