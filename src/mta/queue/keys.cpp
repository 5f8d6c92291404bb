#include "mta/queue/keys.h"

#include <algorithm>

#include "base/bytes.h"
#include "store/subspace.h"

namespace gannet::mta {
namespace {

constexpr auto kSpace = static_cast<std::uint8_t>(store::Subspace::kQueue);

}  // namespace

std::string entry_prefix() {
  return KeyWriter(kSpace).u8('e').take();
}
std::string entry_key(std::uint64_t id) {
  return KeyWriter(kSpace).u8('e').u64(id).take();
}
std::string due_prefix() {
  return KeyWriter(kSpace).u8('d').take();
}
std::string due_key(WallTime due, std::uint64_t id) {
  const auto ms = static_cast<std::uint64_t>(std::max<std::int64_t>(to_unix_ms(due), 0));
  return KeyWriter(kSpace).u8('d').u64(ms).u64(id).take();
}
std::string blob_owner(std::uint64_t id) {
  return KeyWriter(kSpace).u64(id).take();
}

std::optional<DueKey> read_due(std::string_view key) {
  KeyReader in(key);
  in.u8();
  in.u8();
  const auto ms = static_cast<std::int64_t>(in.u64());
  const std::uint64_t id = in.u64();
  if (!in.at_end()) return std::nullopt;
  return DueKey{id, from_unix_ms(ms)};
}

std::uint64_t id_of_entry_key(std::string_view key) {
  KeyReader in(key);
  in.u8();
  in.u8();
  const std::uint64_t id = in.u64();
  return in.at_end() ? id : 0;
}

}  // namespace gannet::mta
