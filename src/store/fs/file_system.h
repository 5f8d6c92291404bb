// The calls that change files, in an interface: a test counts them, checks their order, or makes them fail.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace gannet::store::fs {

// Each answers 0 or an errno, and goes on after EINTR. Any thread.
class FileSystem {
 public:
  virtual ~FileSystem() = default;

  // Makes a file that must not exist, locked for this process, and opens it for writing; gives it in `fd`.
  // EEXIST also if another process took it for left over.
  virtual int create(const std::string& path, int& fd) = 0;
  virtual int write(int fd, std::string_view bytes) = 0;
  virtual int sync_file(int fd) = 0;
  virtual int rename(const std::string& from, const std::string& to) = 0;
  virtual int remove(const std::string& path) = 0;
  virtual int make_folder(const std::string& path) = 0;
  // Makes the names in a folder safe.
  virtual int sync_folder(const std::string& path) = 0;
};

std::shared_ptr<FileSystem> real_file_system();

}  // namespace gannet::store::fs
