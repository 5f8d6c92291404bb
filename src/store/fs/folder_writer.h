// Writes and removes files so that what was done survives a power cut.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_set>

#include "base/random.h"
#include "net/unique_fd.h"
#include "store/errors.h"
#include "store/fs/file_system.h"
#include "store/fs/folder_tree.h"

namespace gannet::store::fs {

// Any thread.
class FolderWriter {
 public:
  FolderWriter(const FolderTree& tree, std::shared_ptr<FileSystem> system, Random& random)
      : tree_(tree), system_(std::move(system)), random_(random) {}

  // `path` and every missing folder above it, safe.
  Result<void> make_folders(const std::string& path);
  // The two parts, one after the other, become the file of `id`; an older one is replaced.
  Result<void> write(const BlobId& id, std::string_view first, std::string_view second);
  // The same for a file of the store's own.
  Result<void> write_file(const std::string& path, std::string_view content);
  // The file of `id` is there: its name is made safe, in case whoever wrote it has not come to that.
  Result<void> make_safe(const BlobId& id);
  Result<void> remove(const BlobId& id);
  // Whether a file of some size can be written; nothing is left of it.
  Result<void> try_to_write();
  // Removes unfinished files that nobody is writing; answers how many.
  Result<std::size_t> remove_unfinished();

 private:
  // Locked until it is closed, so that nobody takes it for left over before it has its name.
  struct Unfinished {
    std::string path;
    net::UniqueFd file;
  };
  // Writes and syncs one.
  Result<Unfinished> prepare(std::string_view first, std::string_view second);
  // The folders of `id` are there; make_safe() makes them safe.
  Result<void> ready_folders(const BlobId& id);
  bool known(const std::string& folder);
  void remember(const std::string& folder);

  const FolderTree& tree_;
  const std::shared_ptr<FileSystem> system_;
  Random& random_;
  std::mutex mutex_;
  std::unordered_set<std::string> safe_;  // the deepest folders known to be safe
};

}  // namespace gannet::store::fs
