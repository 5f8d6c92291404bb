#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <algorithm>
#include <cstring>

#include "store/testing/power_loss_state.h"

namespace gannet::store::testing {
namespace {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;
using StatePointer = std::shared_ptr<PowerLoss::State>;

IOStatus missing(const std::string& name) {
  return IOStatus::PathNotFound(name, "no such file");
}

// Copies what is at [offset, offset + size) to `scratch`.
void read_at(const File& file, std::uint64_t offset, std::size_t size, char* scratch, Slice* result) {
  const std::size_t at = std::min<std::size_t>(offset, file.content.size());
  const std::size_t count = std::min(size, file.content.size() - at);
  std::memcpy(scratch, file.content.data() + at, count);
  *result = Slice(scratch, count);
}

class SequentialFile final : public rocksdb::FSSequentialFile {
 public:
  SequentialFile(StatePointer state, std::shared_ptr<File> file)
      : state_(std::move(state)), file_(std::move(file)) {}
  IOStatus Read(std::size_t size, const IOOptions&, Slice* result, char* scratch, IODebugContext*) override {
    std::lock_guard lock(state_->mutex);
    if (auto status = state_->powered(); !status.ok()) return status;
    read_at(*file_, position_, size, scratch, result);
    position_ += result->size();
    return IOStatus::OK();
  }
  IOStatus Skip(std::uint64_t count) override {
    position_ += count;
    return IOStatus::OK();
  }

 private:
  const StatePointer state_;
  const std::shared_ptr<File> file_;
  std::uint64_t position_ = 0;
};

class RandomAccessFile final : public rocksdb::FSRandomAccessFile {
 public:
  RandomAccessFile(StatePointer state, std::shared_ptr<File> file)
      : state_(std::move(state)), file_(std::move(file)) {}
  IOStatus Read(std::uint64_t offset, std::size_t size, const IOOptions&, Slice* result, char* scratch,
                IODebugContext*) const override {
    std::lock_guard lock(state_->mutex);
    if (auto status = state_->powered(); !status.ok()) return status;
    read_at(*file_, offset, size, scratch, result);
    return IOStatus::OK();
  }

 private:
  const StatePointer state_;
  const std::shared_ptr<File> file_;
};

class WritableFile final : public rocksdb::FSWritableFile {
 public:
  WritableFile(StatePointer state, std::shared_ptr<File> file)
      : state_(std::move(state)), file_(std::move(file)) {}
  using FSWritableFile::Append;
  IOStatus Append(const Slice& data, const IOOptions&, IODebugContext*) override {
    std::lock_guard lock(state_->mutex);
    const bool grows = position_ + data.size() > file_->content.size();
    if (state_->full && grows && !state_->failed) return IOStatus::NoSpace("the disk is full");
    // A write that the power cuts short may have reached the disk in part.
    if (!state_->failed) state_->write(*file_, position_, data.ToStringView());
    if (auto status = state_->spend(); !status.ok()) return status;
    position_ += data.size();
    return IOStatus::OK();
  }
  IOStatus Truncate(std::uint64_t size, const IOOptions&, IODebugContext*) override {
    std::lock_guard lock(state_->mutex);
    if (auto status = state_->spend(); !status.ok()) return status;
    state_->truncate(*file_, size);
    position_ = std::min<std::uint64_t>(position_, size);
    return IOStatus::OK();
  }
  // What was written over an older, longer file ends where the writing ended.
  IOStatus Close(const IOOptions&, IODebugContext*) override {
    std::lock_guard lock(state_->mutex);
    if (state_->failed) return state_->powered();
    state_->truncate(*file_, position_);
    return IOStatus::OK();
  }
  IOStatus Flush(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  IOStatus Sync(const IOOptions&, IODebugContext*) override {
    std::lock_guard lock(state_->mutex);
    if (auto status = state_->spend(); !status.ok()) return status;
    return state_->sync(*file_);
  }
  bool IsSyncThreadSafe() const override { return true; }
  std::uint64_t GetFileSize(const IOOptions&, IODebugContext*) override { return position_; }

 private:
  const StatePointer state_;
  const std::shared_ptr<File> file_;
  std::uint64_t position_ = 0;
};

class SyncedDirectory final : public rocksdb::FSDirectory {
 public:
  explicit SyncedDirectory(StatePointer state) : state_(std::move(state)) {}
  IOStatus Fsync(const IOOptions&, IODebugContext*) override {
    std::lock_guard lock(state_->mutex);
    if (auto status = state_->spend(); !status.ok()) return status;
    state_->sync_directory();
    return IOStatus::OK();
  }
  IOStatus Close(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }

 private:
  const StatePointer state_;
};

class Lock final : public rocksdb::FileLock {
 public:
  explicit Lock(std::string path) : name(std::move(path)) {}
  const std::string name;
};

class SilentLogger final : public rocksdb::Logger {
 public:
  using Logger::Logv;
  void Logv(const char*, va_list) override {}
  std::size_t GetLogFileSize() const override { return 0; }
};

class FileSystem final : public rocksdb::FileSystemWrapper {
 public:
  explicit FileSystem(StatePointer state)
      : FileSystemWrapper(rocksdb::FileSystem::Default()), state_(std::move(state)) {}
  const char* Name() const override { return "PowerLossFileSystem"; }

  IOStatus NewSequentialFile(const std::string& name, const FileOptions&,
                             std::unique_ptr<rocksdb::FSSequentialFile>* result, IODebugContext*) override {
    return open<SequentialFile>(name, result);
  }
  IOStatus NewRandomAccessFile(const std::string& name, const FileOptions&,
                               std::unique_ptr<rocksdb::FSRandomAccessFile>* result,
                               IODebugContext*) override {
    return open<RandomAccessFile>(name, result);
  }
  IOStatus NewWritableFile(const std::string& name, const FileOptions&,
                           std::unique_ptr<rocksdb::FSWritableFile>* result, IODebugContext*) override {
    std::lock_guard lock(state_->mutex);
    if (auto status = state_->spend(); !status.ok()) return status;
    auto file = std::make_shared<File>();
    state_->change([name, file](Directory& directory) { directory[name] = file; });
    *result = std::make_unique<WritableFile>(state_, file);
    return IOStatus::OK();
  }
  IOStatus ReuseWritableFile(const std::string& name, const std::string& old_name, const FileOptions&,
                             std::unique_ptr<rocksdb::FSWritableFile>* result, IODebugContext*) override {
    std::lock_guard lock(state_->mutex);
    if (auto status = state_->spend(); !status.ok()) return status;
    const auto found = state_->files.find(old_name);
    if (found == state_->files.end()) return missing(old_name);
    *result = std::make_unique<WritableFile>(state_, found->second);
    if (name != old_name) rename(old_name, name);
    return IOStatus::OK();
  }
  IOStatus ReopenWritableFile(const std::string& name, const FileOptions&,
                              std::unique_ptr<rocksdb::FSWritableFile>*, IODebugContext*) override {
    return IOStatus::NotSupported("reopening", name);
  }
  IOStatus NewDirectory(const std::string&, const IOOptions&, std::unique_ptr<rocksdb::FSDirectory>* result,
                        IODebugContext*) override {
    *result = std::make_unique<SyncedDirectory>(state_);
    return IOStatus::OK();
  }
  IOStatus FileExists(const std::string& name, const IOOptions&, IODebugContext*) override {
    std::lock_guard lock(state_->mutex);
    if (auto status = state_->powered(); !status.ok()) return status;
    return state_->files.contains(name) || state_->directories.contains(name) ? IOStatus::OK()
                                                                              : IOStatus::NotFound();
  }
  IOStatus GetChildren(const std::string& directory, const IOOptions&, std::vector<std::string>* result,
                       IODebugContext*) override;
  IOStatus DeleteFile(const std::string& name, const IOOptions&, IODebugContext*) override {
    std::lock_guard lock(state_->mutex);
    if (auto status = state_->spend(); !status.ok()) return status;
    if (!state_->files.contains(name)) return missing(name);
    state_->change([name](Directory& directory) { directory.erase(name); });
    return IOStatus::OK();
  }
  IOStatus Truncate(const std::string& name, std::size_t size, const IOOptions&, IODebugContext*) override {
    std::lock_guard lock(state_->mutex);
    if (auto status = state_->spend(); !status.ok()) return status;
    const auto found = state_->files.find(name);
    if (found == state_->files.end()) return missing(name);
    state_->truncate(*found->second, size);
    return IOStatus::OK();
  }
  // Directories are there for ever once they are made: a store that loses its own has lost nothing else.
  IOStatus CreateDir(const std::string& name, const IOOptions& options, IODebugContext* debug) override {
    return CreateDirIfMissing(name, options, debug);
  }
  IOStatus CreateDirIfMissing(const std::string& name, const IOOptions&, IODebugContext*) override {
    std::lock_guard lock(state_->mutex);
    if (auto status = state_->powered(); !status.ok()) return status;
    state_->directories.insert(name);
    return IOStatus::OK();
  }
  IOStatus GetFileSize(const std::string& name, const IOOptions&, std::uint64_t* size,
                       IODebugContext*) override {
    std::lock_guard lock(state_->mutex);
    if (auto status = state_->powered(); !status.ok()) return status;
    const auto found = state_->files.find(name);
    if (found == state_->files.end()) return missing(name);
    *size = found->second->content.size();
    return IOStatus::OK();
  }
  IOStatus GetFileModificationTime(const std::string&, const IOOptions&, std::uint64_t* time,
                                   IODebugContext*) override {
    *time = 0;
    return IOStatus::OK();
  }
  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions&,
                      IODebugContext*) override {
    std::lock_guard lock(state_->mutex);
    if (auto status = state_->spend(); !status.ok()) return status;
    if (!state_->files.contains(from)) return missing(from);
    rename(from, to);
    return IOStatus::OK();
  }
  IOStatus LinkFile(const std::string&, const std::string&, const IOOptions&, IODebugContext*) override {
    return IOStatus::NotSupported("links");
  }
  IOStatus LockFile(const std::string& name, const IOOptions&, rocksdb::FileLock** lock,
                    IODebugContext*) override {
    std::lock_guard held(state_->mutex);
    if (auto status = state_->powered(); !status.ok()) return status;
    if (!state_->locks.insert(name).second) return IOStatus::IOError("lock held by this process", name);
    *lock = new Lock(name);
    return IOStatus::OK();
  }
  IOStatus UnlockFile(rocksdb::FileLock* lock, const IOOptions&, IODebugContext*) override {
    const std::unique_ptr<Lock> owned(static_cast<Lock*>(lock));
    std::lock_guard held(state_->mutex);
    state_->locks.erase(owned->name);
    return IOStatus::OK();
  }
  IOStatus NewLogger(const std::string&, const IOOptions&, std::shared_ptr<rocksdb::Logger>* result,
                     IODebugContext*) override {
    *result = std::make_shared<SilentLogger>();
    return IOStatus::OK();
  }
  IOStatus GetAbsolutePath(const std::string& path, const IOOptions&, std::string* absolute,
                           IODebugContext*) override {
    *absolute = path;
    return IOStatus::OK();
  }
  IOStatus GetFreeSpace(const std::string&, const IOOptions&, std::uint64_t* free, IODebugContext*) override {
    std::lock_guard lock(state_->mutex);
    *free = state_->full ? 0 : std::uint64_t{1} << 40;
    return IOStatus::OK();
  }
  IOStatus IsDirectory(const std::string& path, const IOOptions&, bool* is, IODebugContext*) override {
    std::lock_guard lock(state_->mutex);
    *is = state_->directories.contains(path);
    return IOStatus::OK();
  }

 private:
  template <typename Opened, typename Interface>
  IOStatus open(const std::string& name, std::unique_ptr<Interface>* result) {
    std::lock_guard lock(state_->mutex);
    if (auto status = state_->powered(); !status.ok()) return status;
    const auto found = state_->files.find(name);
    if (found == state_->files.end()) return missing(name);
    *result = std::make_unique<Opened>(state_, found->second);
    return IOStatus::OK();
  }
  // Call with the mutex held.
  void rename(const std::string& from, const std::string& to) {
    state_->change([from, to](Directory& directory) {
      const auto found = directory.find(from);
      if (found == directory.end()) return;
      auto file = std::move(found->second);
      directory.erase(found);
      directory[to] = std::move(file);
    });
  }

  const StatePointer state_;
};

IOStatus FileSystem::GetChildren(const std::string& directory, const IOOptions&,
                                 std::vector<std::string>* result, IODebugContext*) {
  std::lock_guard lock(state_->mutex);
  if (auto status = state_->powered(); !status.ok()) return status;
  result->clear();
  const std::string prefix = directory.ends_with('/') ? directory : directory + "/";
  for (const auto& [name, file] : state_->files)
    if (name.starts_with(prefix) && name.find('/', prefix.size()) == std::string::npos)
      result->push_back(name.substr(prefix.size()));
  if (result->empty() && !state_->directories.contains(directory)) return IOStatus::NotFound(directory);
  return IOStatus::OK();
}

}  // namespace

std::shared_ptr<rocksdb::FileSystem> make_file_system(std::shared_ptr<PowerLoss::State> state) {
  return std::make_shared<FileSystem>(std::move(state));
}

}  // namespace gannet::store::testing
