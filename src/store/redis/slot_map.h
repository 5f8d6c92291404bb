// Which node of a cluster answers for a key.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "store/redis/connection.h"

namespace gannet::store::redis {

inline constexpr std::size_t kSlots = 16'384;

// CRC-16 (XMODEM) of the key, or of what stands in its first braces.
std::size_t slot_of(std::string_view key);

struct Shard {
  Address master;
  std::vector<Address> replicas;
};

struct SlotMap {
  std::vector<Shard> shards;
  std::array<std::int16_t, kSlots> shard_of{};  // -1: nobody's

  const Shard* find(std::size_t slot) const;
};

// From the reply to CLUSTER SLOTS; nodes that give no host are on `asked`. Nothing if it cannot be read.
std::optional<SlotMap> read_slot_map(const Reply& reply, const Address& asked);

// "MOVED 3999 127.0.0.1:6381", "ASK ..."; nothing for any other error.
std::optional<Address> redirection(const Reply& reply, const Address& asked);

}  // namespace gannet::store::redis
