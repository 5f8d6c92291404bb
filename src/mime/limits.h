// How much of a message the parser looks at. What lies beyond a limit is still part of the message, byte for
// byte; it is only not taken apart, and ParsedMessage::flags says so.
#pragma once

#include <cstdint>

namespace gannet::mime {

struct Limits {
  // Multiparts and messages inside each other. One that lies deeper is an opaque leaf.
  std::uint32_t max_depth = 32;
  // Parts of one message, root included. Later ones belong to the body of the part before them.
  std::uint32_t max_parts = 2000;
  // Header fields of one message, all parts together, that are recorded.
  std::uint32_t max_headers = 10'000;
  // Octets of one header section in which fields are recorded.
  std::uint32_t max_header_size = 1024 * 1024;
  // Parameters of one Content-Type or Content-Disposition.
  std::uint32_t max_parameters = 64;
  // Addresses of one message's ENVELOPE, all fields together.
  std::uint32_t max_addresses = 5000;
};

}  // namespace gannet::mime
