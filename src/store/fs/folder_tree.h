// Where blobs lie below a folder: with depth 2, blob abcd12... is the file ab/cd/abcd12... The depth is written
// down in the folder, since with another one nothing would be found.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/blob_store.h"

namespace gannet::store::fs {

class FolderTree {
 public:
  static constexpr int kMaxDepth = 5;

  FolderTree(std::string root, int depth) : root_(std::move(root)), depth_(depth) {}

  const std::string& root() const { return root_; }
  int depth() const { return depth_; }
  // The folder of a blob, `level` levels below the root; at `depth` the one that holds its file.
  std::string folder(const BlobId& id, int level) const;
  std::string file(const BlobId& id) const { return folder(id, depth_) + "/" + id.hex(); }
  // Where files are until they are whole.
  std::string unfinished() const { return root_ + "/unfinished"; }
  std::string depth_file() const { return root_ + "/depth"; }

  // Up to `limit` ids above `after`, in order. In memory: the names of one folder's folders, and the result.
  Result<std::vector<BlobId>> list(const std::optional<BlobId>& after, std::size_t limit) const;

 private:
  const std::string root_;
  const int depth_;
};

}  // namespace gannet::store::fs
