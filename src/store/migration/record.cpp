#include "store/migration/record.h"

#include "base/bytes.h"
#include "store/subspace.h"

namespace gannet::store::migration {
namespace {

constexpr std::uint8_t kVersion = 1;

std::string own_key(char kind) {
  return own_prefix() + kind;
}

}  // namespace

std::string_view phase_name(Phase phase) {
  switch (phase) {
    case Phase::kPlanned:
      return "planned";
    case Phase::kCopying:
      return "copying";
    case Phase::kVerifying:
      return "verifying";
    case Phase::kEqual:
      return "equal";
    case Phase::kCutOver:
      return "cut over";
    case Phase::kConfirmed:
      return "confirmed";
    case Phase::kRolledBack:
      return "rolled back";
    case Phase::kRollingBack:
      return "rolling back";
  }
  return "";
}

std::string own_prefix() {
  return {static_cast<char>(Subspace::kSetting), 'm'};
}
std::string source_key() {
  return own_key('s');
}
std::string target_key() {
  return own_key('t');
}
std::string fence_key() {
  return own_key('f');
}
std::string changes_prefix() {
  return own_key('d');
}

std::string encode(const Record& record) {
  return RecordWriter(kVersion)
      .string(record.id)
      .string(record.from)
      .string(record.to)
      .u8(static_cast<std::uint8_t>(record.phase))
      .u8(static_cast<std::uint8_t>(record.wish))
      .boolean(record.hold)
      .varint(record.rate)
      .varint(record.revision)
      .string(record.position)
      .varint(record.total)
      .varint(record.keys)
      .varint(record.bytes)
      .varint(record.verified)
      .varint(record.repaired)
      .signed_varint(to_unix_ms(record.begun))
      .signed_varint(to_unix_ms(record.changed))
      .take();
}

Result<Record> decode(std::string_view stored) {
  RecordReader in(stored);
  const std::uint8_t version = in.u8();
  Record record;
  record.id = in.string();
  record.from = in.string();
  record.to = in.string();
  const std::uint8_t phase = in.u8(), wish = in.u8();
  record.hold = in.boolean();
  record.rate = in.varint();
  record.revision = in.varint();
  record.position = in.string();
  record.total = in.varint();
  record.keys = in.varint();
  record.bytes = in.varint();
  record.verified = in.varint();
  record.repaired = in.varint();
  record.begun = from_unix_ms(in.signed_varint());
  record.changed = from_unix_ms(in.signed_varint());
  if (!in.ok() || version != kVersion || phase < static_cast<std::uint8_t>(Phase::kPlanned) ||
      phase > static_cast<std::uint8_t>(Phase::kRollingBack) ||
      wish > static_cast<std::uint8_t>(Wish::kConfirm))
    return fail(StoreError::kCorrupt,
                "the record of a migration cannot be read: it is damaged, or of a newer Gannet");
  record.phase = static_cast<Phase>(phase);
  record.wish = static_cast<Wish>(wish);
  return record;
}

Result<std::optional<Record>> read_record(Reader& store, const std::string& key) {
  const auto stored = TRY(store.get(key));
  if (!stored) return std::nullopt;
  return TRY(decode(*stored));
}

}  // namespace gannet::store::migration
