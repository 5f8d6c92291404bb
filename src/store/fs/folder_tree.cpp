#include "store/fs/folder_tree.h"

#include <dirent.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <memory>

#include "base/encoding.h"
#include "store/fs/status.h"

namespace gannet::store::fs {
namespace {

// Calls `name` with each name in a folder, in no order. A folder that is gone has none.
Result<void> each_name(const std::string& path, const std::function<void(std::string_view)>& name) {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(path.c_str()), &::closedir);
  if (!folder) {
    if (errno == ENOENT) return {};
    return fail_with(errno, "cannot list the folder", path);
  }
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(folder.get());
    if (!entry) break;
    name(entry->d_name);
  }
  if (errno != 0) return fail_with(errno, "cannot list the folder", path);
  return {};
}

// A name as we write it: lower-case hexadecimal digits.
std::optional<std::string> bytes_of(std::string_view name, std::size_t bytes) {
  if (name.size() != 2 * bytes) return std::nullopt;
  auto raw = hex_decode(name);
  return raw && hex_encode(*raw) == name ? raw : std::nullopt;
}

// The walk through the folders, in the order of their names.
struct Walk {
  const std::optional<BlobId>& after;
  const std::size_t limit;
  const int depth;
  std::vector<BlobId> found{};

  Result<void> files(const std::string& path) {
    // The smallest of those that are wanted, the largest of them on top.
    std::vector<BlobId> heap;
    const std::size_t wanted = limit - found.size();
    TRY(each_name(path, [&](std::string_view name) {
      const auto raw = bytes_of(name, 32);
      const auto id = raw ? BlobId::from_raw(*raw) : std::nullopt;
      if (!id || (after && *id <= *after)) return;
      if (heap.size() == wanted) {
        if (*id >= heap.front()) return;
        std::ranges::pop_heap(heap);
        heap.pop_back();
      }
      heap.push_back(*id);
      std::ranges::push_heap(heap);
    }));
    std::ranges::sort_heap(heap);
    found.insert(found.end(), heap.begin(), heap.end());
    return {};
  }

  // `prefix`: the bytes that all ids below `path` start with.
  Result<void> folders(const std::string& path, const std::string& prefix) {
    if (static_cast<int>(prefix.size()) == depth) return files(path);
    std::vector<std::string> below;
    TRY(each_name(path, [&](std::string_view name) {
      const auto byte = bytes_of(name, 1);
      if (!byte) return;
      std::string longer = prefix + *byte;
      if (!after || longer >= after->raw().substr(0, longer.size())) below.push_back(std::move(longer));
    }));
    std::ranges::sort(below);
    for (const auto& longer : below) {
      if (found.size() >= limit) break;
      TRY(folders(path + "/" + hex_encode(longer.substr(prefix.size())), longer));
    }
    return {};
  }
};

}  // namespace

std::string FolderTree::folder(const BlobId& id, int level) const {
  const std::string hex = id.hex();
  std::string path = root_;
  for (int i = 0; i < level; ++i) path += "/" + hex.substr(2 * static_cast<std::size_t>(i), 2);
  return path;
}

Result<std::vector<BlobId>> FolderTree::list(const std::optional<BlobId>& after, std::size_t limit) const {
  Walk walk{.after = after, .limit = limit, .depth = depth_};
  if (limit > 0) TRY(walk.folders(root_, ""));
  return std::move(walk.found);
}

}  // namespace gannet::store::fs
