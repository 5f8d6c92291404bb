// The PROXY header parser: never reads beyond its input, and never asks for more than a header can hold.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "net/proxy_protocol.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using gannet::net::ProxyHeader;
  std::string_view in(reinterpret_cast<const char*>(data), size);
  auto header = gannet::net::parse_proxy_header(in);
  switch (header.state) {
    case ProxyHeader::State::kDone:
      if (header.size > in.size() || header.source.has_value() != header.destination.has_value())
        std::abort();
      // The header alone reads the same, and each shorter start of it asks for more.
      if (gannet::net::parse_proxy_header(in.substr(0, header.size)).source != header.source) std::abort();
      if (gannet::net::parse_proxy_header(in.substr(0, header.size - 1)).state !=
          ProxyHeader::State::kNeedMore) {
        std::abort();
      }
      break;
    case ProxyHeader::State::kNeedMore:
      if (in.size() >= gannet::net::kMaxProxyHeader) std::abort();
      break;
    case ProxyHeader::State::kInvalid:
      break;
  }
  return 0;
}
