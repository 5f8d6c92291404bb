#include "store/sqlite/file_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace gannet::store::sqlite {

Result<FileLock> FileLock::take(const std::string& path) {
  FileLock lock;
  lock.descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock.descriptor_ < 0)
    return fail(StoreError::kConfiguration,
                fmt::format("cannot create {}: {}", path, std::generic_category().message(errno)));
  if (flock(lock.descriptor_, LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno == EWOULDBLOCK)
    return fail(StoreError::kConfiguration,
                "it is in use by another Gannet (or by another store of this one): one server, one file");
  return fail(StoreError::kConfiguration,
              fmt::format("cannot lock {}: {}", path, std::generic_category().message(errno)));
}

FileLock::~FileLock() {
  if (descriptor_ >= 0) (void)::close(descriptor_);
}

}  // namespace gannet::store::sqlite
