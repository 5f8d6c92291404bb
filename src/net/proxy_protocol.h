// The header by which a proxy in front tells whom it speaks for: PROXY protocol versions 1 and 2 (HAProxy's
// proxy-protocol.txt, revision of 2020/03/05).
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/ip.h"

namespace gannet::net {

struct ProxyHeader {
  enum class State {
    kNeedMore,  // the start of a header
    kInvalid,
    kDone,
  };
  State state = State::kNeedMore;
  std::size_t size = 0;  // of the header in the input, when done
  // The real ends of the connection. Both empty for a health check of the proxy itself (LOCAL, UNKNOWN, and
  // families other than TCP over IP): then the socket's own are right.
  std::optional<Endpoint> source = std::nullopt;
  std::optional<Endpoint> destination = std::nullopt;
};

// Version 2 headers longer than this are refused.
inline constexpr std::size_t kMaxProxyHeader = 4096;

// Reads a header from the start of `in`, which may hold more than it.
ProxyHeader parse_proxy_header(std::string_view in);

}  // namespace gannet::net
