#include "backup/restore.h"

#include <algorithm>

#include "backup/blob_ids.h"
#include "backup/manifest.h"
#include "base/random.h"
#include "store/filling.h"
#include "store/search_store.h"
#include "store/subspace.h"

namespace gannet::backup {
namespace {

namespace fs = std::filesystem;
using store::Subspace;

// A commit ends at whichever it meets first; a larger message goes alone.
constexpr std::size_t kBatchBytes = 4 << 20;
constexpr std::size_t kBatchOperations = 2000;

Result<Manifest> manifest_of(const fs::path& root, const std::string& name) {
  return read_manifest(root, name.empty() ? TRY(snapshots_in(root)).back() : name);
}

// Messages whose content is what their name says.
Result<void> read_blobs(const fs::path& root, const FileFacts& file,
                        const std::function<Result<void>(const store::BlobId&, std::string_view)>& each) {
  return read_segment(root, file, [&](std::string_view key, std::string_view content) -> Result<void> {
    const auto id = store::BlobId::from_raw(key);
    if (!id || store::BlobId::of(content) != *id)
      return fail(BackupError::kDamaged,
                  (root / file.name).string() + " holds a message that is not what its name says.");
    return each(*id, content);
  });
}

Result<void> check_empty(const store::Stores& stores) {
  for (const auto subspace : {Subspace::kAccount, Subspace::kMessage, Subspace::kState, Subspace::kDirectory,
                              Subspace::kQueue, Subspace::kBlobLink}) {
    auto range = store::Range::prefix(std::string(1, static_cast<char>(subspace)));
    range.keys_only = true;
    range.max_items = 1;
    if (!TRY(stores.data->scan(range)).items.empty())
      return fail(
          BackupError::kNotEmpty,
          "The data store (storage.data) is not empty. A backup is restored into empty stores only: stop the "
          "server, and name a new folder or database in the settings.");
  }
  return {};
}

template <typename T>
Result<T> as_backup(Result<T> result) {
  if (result || !result.error().is(store::StoreError::kConflict)) return result;
  return fail(BackupError::kBusy, "Another `gannet backup restore` fills these stores now.");
}

// The mark of this restore. One of the same snapshot that was cut short is gone over again: whatever it wrote is written
// once more, as it was.
Result<store::FillingRun> begin(const fs::path& root, const Manifest& manifest, const store::Stores& stores,
                                Random& random) {
  const std::string folder = fs::absolute(root).lexically_normal().string();
  const store::Filling mine{
      .source = "snapshot " + manifest.name,
      .advice = "run `gannet backup restore " + folder + " --snapshot " + manifest.name +
                "` with the same settings again, which completes it, or empty the stores."};
  const auto before = TRY(store::read_filling(*stores.data));
  if (!before)
    TRY(check_empty(stores));
  else if (before->source != mine.source)
    return fail(BackupError::kNotEmpty,
                "The data store (storage.data) has part of another restore: " + before->advice);
  return as_backup(store::FillingRun::begin(*stores.data, before, mine, random));
}

class Restoring {
 public:
  using Wanted = std::function<bool(std::string_view key)>;

  // `wanted`: all where it is empty.
  Restoring(const fs::path& root, const store::Stores& stores, store::FillingRun run, Wanted wanted)
      : root_(root), stores_(stores), run_(std::move(run)), wanted_(std::move(wanted)) {}

  Result<void> blobs(const Manifest& manifest) {
    // An older snapshot's messages only, not all that the folder holds.
    BlobIds wanted;
    for (const auto& file : manifest.data)
      if (file.name.ends_with("/blob_link.zst"))
        TRY(read_segment(root_, file, [&](std::string_view key, std::string_view) -> Result<void> {
          if (const auto id = linked_blob(key);
              id && is_wanted(key) && (wanted.empty() || wanted.back() != *id))
            wanted.push_back(*id);
          return {};
        }));
    for (const auto& file : manifest.blobs)
      TRY(read_blobs(root_, file, [&](const store::BlobId& id, std::string_view content) -> Result<void> {
        if (!holds(wanted, id)) return {};
        TRY(stores_.blob->put_with(batch_, id, content));
        ++done_.blobs;
        return commit_if_full();
      }));
    return commit();
  }

  Result<void> data(const Manifest& manifest) {
    const bool search = manifest.search && !wanted_ && stores_.index_in_data();
    for (const auto& file : manifest.data)
      TRY(read_segment(root_, file, [&](std::string_view key, std::string_view value) -> Result<void> {
        const auto subspace = key.empty() ? Subspace{} : static_cast<Subspace>(key.front());
        if (!search && (subspace == Subspace::kSearch || subspace == Subspace::kIndexing)) return {};
        if (!is_wanted(key)) return {};
        batch_.set(std::string(key), std::string(value));
        ++done_.records;
        return commit_if_full();
      }));
    done_.search = search;
    // The server makes it anew: no index has what was restored.
    if (!search && !wanted_) batch_.set(store::complete_index_key(), "restored");
    TRY(commit());
    return as_backup(run_.end());
  }

  Restored take(const Manifest& manifest) {
    done_.name = manifest.name;
    return done_;
  }

 private:
  bool is_wanted(std::string_view key) const { return !wanted_ || wanted_(key); }

  Result<void> commit_if_full() {
    if (batch_.bytes() < kBatchBytes && batch_.operations().size() < kBatchOperations) return {};
    return commit();
  }
  Result<void> commit() {
    if (batch_.empty()) return {};
    store::WriteBatch full;
    std::swap(full, batch_);
    return as_backup(run_.commit(std::move(full)));
  }

  const fs::path& root_;
  const store::Stores& stores_;
  store::FillingRun run_;
  const Wanted wanted_;
  store::WriteBatch batch_;
  Restored done_;
};

}  // namespace

Result<Verified> verify_backup(const fs::path& root, const std::string& name) {
  const Manifest manifest = TRY(manifest_of(root, name));
  Verified out;
  BlobIds there, wanted;
  for (const auto& file : manifest.blobs)
    TRY(read_blobs(root, file, [&](const store::BlobId& id, std::string_view) -> Result<void> {
      there.push_back(id);
      return {};
    }));
  std::ranges::sort(there);
  for (const auto& file : manifest.data)
    TRY(read_segment(root, file, [&](std::string_view key, std::string_view) -> Result<void> {
      ++out.records;
      if (const auto id = linked_blob(key); id && (wanted.empty() || wanted.back() != *id))
        wanted.push_back(*id);
      return {};
    }));
  for (const auto& id : wanted) {
    if (holds(there, id)) {
      ++out.blobs;
      continue;
    }
    if (std::ranges::find(manifest.missing, id.hex()) == manifest.missing.end())
      return fail(BackupError::kDamaged, "The message " + id.hex() + " is linked, but not in the backup.");
    out.missing.push_back(id.hex());
  }
  return out;
}

namespace {

Result<Restored> restore(const fs::path& root, const std::string& name, const store::Stores& stores,
                         Restoring::Wanted wanted) {
  const Manifest manifest = TRY(manifest_of(root, name));
  SystemRandom random;
  Restoring restoring(root, stores, TRY(begin(root, manifest, stores, random)), std::move(wanted));
  // Messages first: whatever is linked is there, wherever this is cut.
  TRY(restoring.blobs(manifest));
  TRY(restoring.data(manifest));
  return restoring.take(manifest);
}

}  // namespace

Result<Restored> restore_backup(const fs::path& root, const std::string& name, const store::Stores& stores) {
  return restore(root, name, stores, {});
}

Result<Restored> restore_some(const fs::path& root, const std::string& name, const store::Stores& stores,
                              const std::function<bool(std::string_view key)>& wanted) {
  return restore(root, name, stores, wanted);
}

Result<void> read_records(
    const fs::path& root, const std::string& name, Subspace subspace,
    const std::function<Result<void>(std::string_view key, std::string_view value)>& each) {
  const Manifest manifest = TRY(manifest_of(root, name));
  for (const auto& known : store::kSubspaces) {
    if (known.id != subspace) continue;
    const std::string ending = "/" + std::string(known.name) + ".zst";
    for (const auto& file : manifest.data)
      if (file.name.ends_with(ending)) TRY(read_segment(root, file, each));
  }
  return {};
}

}  // namespace gannet::backup
