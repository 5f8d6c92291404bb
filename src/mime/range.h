// A stretch of a message, in octets from its first one.
#pragma once

#include <cstdint>
#include <string_view>

namespace gannet::mime {

struct Range {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;  // past the last octet; never below begin

  std::uint32_t size() const { return end - begin; }
  bool empty() const { return begin == end; }
  // `message` must be the one that the range was made for, or a longer one.
  std::string_view in(std::string_view message) const { return message.substr(begin, end - begin); }
  friend bool operator==(const Range&, const Range&) = default;
};

}  // namespace gannet::mime
