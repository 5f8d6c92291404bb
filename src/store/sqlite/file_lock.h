#pragma once

#include <string>

#include "store/errors.h"

namespace gannet::store::sqlite {

// Keeps every other Gannet from a file for as long as it lives: SQLite itself would let two write in turn.
// Other programs (sqlite3, a backup) are not kept out.
class FileLock {
 public:
  FileLock() = default;
  // kConfiguration: it is held already, or the lock's own file `path` cannot be made.
  static Result<FileLock> take(const std::string& path);
  FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FileLock& operator=(FileLock&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~FileLock();

 private:
  int descriptor_ = -1;
};

}  // namespace gannet::store::sqlite
