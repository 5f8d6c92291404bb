// Who the client of a request is, when proxies stand between it and this server: each adds the address that it was
// asked from behind those that the request named already. So what stands first may be the client's own invention, and
// the list is read from its end, as far as the proxies are our own.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/ip.h"

namespace gannet::http {

struct ForwardedOptions {
  enum class Field : std::uint8_t { kXForwardedFor, kForwarded };

  bool use = false;  // server.http.use-x-forwarded
  Field field =
      Field::kXForwardedFor;  // server.http.forwarded-field: the other is never read, since a proxy that
                              // does not write it hands on what the client wrote there
  std::vector<IpNetwork>
      trusted;  // server.http.trusted-proxies; empty: whoever connects, and nobody behind it
};

// Whether a connection from `peer` is one of a proxy that is believed.
bool is_proxy(const IpAddress& peer, const ForwardedOptions& options);

// The address that the nearest proxy of ours has seen of somebody who is none; `peer` itself where it is not believed,
// or names nobody: "unknown", an obfuscated name, or what cannot be read. A client that only says that it is this
// machine is not: loopback is believed of a loopback `peer` alone. `headers` have lower-case names.
IpAddress client_address(const IpAddress& peer, const ForwardedOptions& options,
                         const std::vector<std::pair<std::string, std::string>>& headers);

}  // namespace gannet::http
