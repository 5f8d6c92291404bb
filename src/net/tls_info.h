// Internal: what can be said about a finished handshake.
#pragma once

#include <optional>
#include <string>

#include "net/tls.h"

namespace gannet::net {

TlsInfo describe_tls(SSL* ssl);
std::optional<std::string> tls_channel_binding(SSL* ssl, ChannelBinding type);
// The newest entry of OpenSSL's error queue in words; `otherwise` when it is empty.
std::string openssl_error(const char* otherwise);

}  // namespace gannet::net
