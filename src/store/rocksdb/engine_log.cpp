#include "store/rocksdb/engine_log.h"

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <string_view>

#include "observe/log.h"

namespace gannet::store::rocks {

EngineLog::EngineLog(std::string id) : Logger(rocksdb::WARN_LEVEL), id_(std::move(id)) {}

void EngineLog::Logv(const char* format, va_list arguments) {
  Logv(rocksdb::WARN_LEVEL, format, arguments);
}

void EngineLog::Logv(rocksdb::InfoLogLevel level, const char* format, va_list arguments) {
  if (level < GetInfoLogLevel() || level == rocksdb::HEADER_LEVEL) return;
  std::array<char, 2048> text;
  const int wanted = std::vsnprintf(text.data(), text.size(), format, arguments);
  if (wanted <= 0) return;
  std::string_view message(text.data(), std::min<std::size_t>(wanted, text.size() - 1));
  while (message.ends_with('\n')) message.remove_suffix(1);
  if (level == rocksdb::WARN_LEVEL) {
    observe::warn("store.engine-warning", {{"store", id_}, {"engine", "rocksdb"}, {"text", message}});
  } else {
    observe::error("store.engine-error", {{"store", id_}, {"engine", "rocksdb"}, {"text", message}});
  }
}

}  // namespace gannet::store::rocks
