// What RocksDB has to say, as events of Gannet's own log.
//
// RocksDB would write a file LOG of its own beside the data. On a full disk the second message after one that
// found no room ends the process (an assertion in its file writer), and nobody looks for it there anyway.
#pragma once

#include <rocksdb/env.h>

#include <string>

namespace gannet::store::rocks {

// Warnings, errors and fatal errors become the events store.engine-warning and store.engine-error of `id`; what
// is below is dropped. Safe from any thread.
class EngineLog final : public rocksdb::Logger {
 public:
  explicit EngineLog(std::string id);

  void Logv(const char* format, va_list arguments) override;
  void Logv(rocksdb::InfoLogLevel level, const char* format, va_list arguments) override;
  void LogHeader(const char*, va_list) override {}

 private:
  std::string id_;
};

}  // namespace gannet::store::rocks
