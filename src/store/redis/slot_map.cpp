#include "store/redis/slot_map.h"

namespace gannet::store::redis {
namespace {

std::uint16_t crc16(std::string_view bytes) {
  std::uint16_t crc = 0;
  for (const char byte : bytes) {
    crc = static_cast<std::uint16_t>(crc ^ (static_cast<unsigned char>(byte) << 8));
    for (int bit = 0; bit < 8; ++bit)
      crc = static_cast<std::uint16_t>((crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1);
  }
  return crc;
}

std::optional<Address> node(const Reply& reply, const Address& asked) {
  if (reply.kind != Reply::Kind::kArray || reply.items.size() < 2 ||
      reply.items[1].kind != Reply::Kind::kInteger)
    return std::nullopt;
  const std::string& host = reply.items[0].text;
  return Address{.host = host.empty() || host == "?" ? asked.host : host,
                 .port = std::to_string(reply.items[1].integer)};
}

}  // namespace

std::size_t slot_of(std::string_view key) {
  const auto open = key.find('{');
  if (open != std::string_view::npos) {
    const auto close = key.find('}', open + 1);
    if (close != std::string_view::npos && close > open + 1) key = key.substr(open + 1, close - open - 1);
  }
  return crc16(key) % kSlots;
}

const Shard* SlotMap::find(std::size_t slot) const {
  const auto at = shard_of.at(slot);
  return at < 0 ? nullptr : &shards[static_cast<std::size_t>(at)];
}

std::optional<SlotMap> read_slot_map(const Reply& reply, const Address& asked) {
  if (reply.kind != Reply::Kind::kArray || reply.items.empty()) return std::nullopt;
  SlotMap map;
  map.shard_of.fill(-1);
  for (const Reply& range : reply.items) {
    if (range.kind != Reply::Kind::kArray || range.items.size() < 3) return std::nullopt;
    const auto first = range.items[0].integer, last = range.items[1].integer;
    const auto master = node(range.items[2], asked);
    if (!master || first < 0 || last < first || last >= static_cast<std::int64_t>(kSlots))
      return std::nullopt;
    Shard shard{.master = *master, .replicas = {}};
    for (std::size_t i = 3; i < range.items.size(); ++i)
      if (const auto replica = node(range.items[i], asked)) shard.replicas.push_back(*replica);
    const auto number = static_cast<std::int16_t>(map.shards.size());
    map.shards.push_back(std::move(shard));
    for (auto slot = first; slot <= last; ++slot) map.shard_of.at(static_cast<std::size_t>(slot)) = number;
  }
  return map;
}

std::optional<Address> redirection(const Reply& reply, const Address& asked) {
  if (!reply.is_error("MOVED ") && !reply.is_error("ASK ")) return std::nullopt;
  const std::string_view to = std::string_view(reply.text).substr(reply.text.rfind(' ') + 1);
  const auto colon = to.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  return Address{.host = colon == 0 ? asked.host : std::string(to.substr(0, colon)),
                 .port = std::string(to.substr(colon + 1))};
}

}  // namespace gannet::store::redis
