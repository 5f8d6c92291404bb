#include "store/fs/file_system.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "net/unique_fd.h"

namespace gannet::store::fs {
namespace {

template <typename Call>
int errno_of(Call call) {
  while (call() < 0)
    if (errno != EINTR) return errno;
  return 0;
}

class RealFileSystem final : public FileSystem {
 public:
  int create(const std::string& path, int& fd) override {
    net::UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640));
    if (!file) return errno;
    // A lock tells whoever opens the store that this file is being written, not left over. It may have been
    // taken for left over in the moment before the lock.
    struct stat now{};
    const bool taken = ::flock(file.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    if (taken || (::fstat(file.get(), &now) == 0 && now.st_nlink == 0)) return EEXIST;
    fd = file.release();
    return 0;
  }

  int write(int fd, std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t written = ::write(fd, bytes.data(), bytes.size());
      if (written < 0 && errno != EINTR) return errno;
      if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return 0;
  }

  int sync_file(int fd) override {
    return errno_of([&] { return ::fsync(fd); });
  }
  int rename(const std::string& from, const std::string& to) override {
    return errno_of([&] { return ::rename(from.c_str(), to.c_str()); });
  }
  int remove(const std::string& path) override {
    return errno_of([&] { return ::unlink(path.c_str()); });
  }
  int make_folder(const std::string& path) override {
    return errno_of([&] { return ::mkdir(path.c_str(), 0750); });
  }
  int sync_folder(const std::string& path) override {
    const net::UniqueFd folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return folder ? errno_of([&] { return ::fsync(folder.get()); }) : errno;
  }
};

}  // namespace

std::shared_ptr<FileSystem> real_file_system() {
  static const auto system = std::make_shared<RealFileSystem>();
  return system;
}

}  // namespace gannet::store::fs
