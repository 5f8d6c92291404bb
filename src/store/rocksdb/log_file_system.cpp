#include "store/rocksdb/log_file_system.h"

#include <string>

namespace gannet::store::rocks {
namespace {

constexpr std::size_t kStep = 1 << 20;

class LogFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  LogFileSystem(std::shared_ptr<rocksdb::FileSystem> target, std::size_t prefill)
      : FileSystemWrapper(std::move(target)), prefill_(prefill) {}
  const char* Name() const override { return "GannetLogFileSystem"; }

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* result,
                                    rocksdb::IODebugContext* debug) override {
    if (!name.ends_with(".log")) return target()->NewWritableFile(name, options, result, debug);
    const auto filled = fill(name, options, debug);
    // Without room for the zeros there is still the way that grows the file, or its error.
    if (!filled.ok()) return target()->NewWritableFile(name, options, result, debug);
    return target()->ReuseWritableFile(name, name, options, result, debug);
  }

 private:
  rocksdb::IOStatus fill(const std::string& name, const rocksdb::FileOptions& options,
                         rocksdb::IODebugContext* debug) {
    static const std::string zeros(kStep, '\0');
    const rocksdb::IOOptions plain;
    std::unique_ptr<rocksdb::FSWritableFile> file;
    auto status = target()->NewWritableFile(name, options, &file, debug);
    for (std::size_t done = 0; status.ok() && done < prefill_; done += kStep)
      status = file->Append(zeros, plain, debug);
    if (status.ok()) status = file->Sync(plain, debug);
    if (status.ok()) status = file->Close(plain, debug);
    return status;
  }

  const std::size_t prefill_;
};

}  // namespace

std::shared_ptr<rocksdb::FileSystem> prefilling_logs(std::shared_ptr<rocksdb::FileSystem> target,
                                                     std::size_t prefill) {
  return std::make_shared<LogFileSystem>(std::move(target), prefill);
}

}  // namespace gannet::store::rocks
