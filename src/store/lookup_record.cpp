#include "store/lookup_record.h"

#include "base/bytes.h"

namespace gannet::store {
namespace {
constexpr std::uint8_t kVersion = 1;
}

std::string LookupRecord::encode() const {
  return RecordWriter(kVersion).signed_varint(expires_ms).raw(value).take();
}

std::optional<LookupRecord> LookupRecord::decode(std::string_view stored) {
  RecordReader reader(stored);
  if (reader.u8() != kVersion) return std::nullopt;
  LookupRecord record;
  record.expires_ms = reader.signed_varint();
  record.value = reader.rest();
  if (!reader.ok()) return std::nullopt;
  return record;
}

}  // namespace gannet::store
