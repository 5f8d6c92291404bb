#include "store/foundationdb/layout.h"

#include "base/bytes.h"

namespace gannet::store::fdb {
namespace {

using std::string_view_literals::operator""sv;
constexpr std::string_view kMark = "\xff\x00gannet\x00\x01"sv;
static_assert(kMark.size() > 8, "no counter may look like it");
constexpr char kRaw = 'r', kPointer = 'p';
constexpr std::uint8_t kStagingVersion = 1;

std::uint64_t minute_of(WallTime time) {
  return static_cast<std::uint64_t>(to_unix_ms(time)) / 60'000;
}

}  // namespace

std::string Layout::value(std::string_view key) const {
  return zone('v').append(key);
}

std::string Layout::pieces(std::string_view key) const {
  return zone('x').append(KeyWriter().string(key).view());
}

std::string Layout::pieces(std::string_view key, std::string_view generation) const {
  return pieces(key).append(generation);
}

std::string Layout::piece(std::string_view key, std::string_view generation, std::uint32_t number) const {
  return pieces(key, generation).append(KeyWriter().u32(number).view());
}

std::string Layout::staging(std::string_view generation) const {
  return zone('y').append(generation);
}

std::string Layout::all_staging() const {
  return zone('y');
}

std::string Layout::applied(WallTime now, std::string_view random) const {
  return applied_before(now).append(random);
}

std::string Layout::applied_before(WallTime time) const {
  return zone('i').append(KeyWriter().u64(minute_of(time)).view());
}

std::string Layout::all_applied() const {
  return zone('i');
}

std::string Layout::version() const {
  return zone('f');
}

std::string encode_value(std::string_view value) {
  if (!value.starts_with(kMark)) return std::string(value);
  return std::string(kMark).append(1, kRaw).append(value);
}

std::string encode_pointer(const Pointer& pointer) {
  return std::string(kMark).append(1, kPointer).append(pointer.generation) +
         RecordWriter().varint(pointer.size).view();
}

std::optional<Stored> decode_stored(std::string stored) {
  if (!stored.starts_with(kMark)) return Stored{.value = std::move(stored), .pointer = std::nullopt};
  if (stored.size() == kMark.size()) return std::nullopt;
  const std::string_view rest = std::string_view(stored).substr(kMark.size() + 1);
  if (stored[kMark.size()] == kRaw) return Stored{.value = std::string(rest), .pointer = std::nullopt};
  if (stored[kMark.size()] != kPointer) return std::nullopt;
  RecordReader reader(rest);
  Pointer pointer{.generation = std::string(reader.raw(kGenerationBytes)), .size = reader.varint()};
  if (!reader.at_end() || pointer.size > std::uint64_t{kPieceBytes} * UINT32_MAX) return std::nullopt;
  return Stored{.value = {}, .pointer = std::move(pointer)};
}

std::string encode_staging(const StagingRecord& record) {
  return RecordWriter(kStagingVersion)
      .varint(static_cast<std::uint64_t>(to_unix_ms(record.begun)))
      .raw(record.key)
      .take();
}

std::optional<StagingRecord> decode_staging(std::string_view record) {
  RecordReader reader(record);
  if (reader.u8() != kStagingVersion) return std::nullopt;
  const auto begun = from_unix_ms(static_cast<std::int64_t>(reader.varint()));
  StagingRecord out{.key = std::string(reader.rest()), .begun = begun};
  if (!reader.ok()) return std::nullopt;
  return out;
}

}  // namespace gannet::store::fdb
