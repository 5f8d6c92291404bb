#include "server/edge_options.h"

#include "server/errors.h"

namespace gannet::server {
namespace {

std::optional<int> small(const config::Section& section, const char* key) {
  auto value = section.find<std::int64_t>(key);
  return value ? std::optional<int>(static_cast<int>(*value)) : std::nullopt;
}
std::optional<int> octets(const config::Section& section, const char* key) {
  auto value = section.find<std::uint64_t>(key);
  return value ? std::optional<int>(static_cast<int>(*value)) : std::nullopt;
}

net::SocketOptions socket_from(const config::Section& listener) {
  net::SocketOptions socket;
  socket.reuse_addr = listener.flag("socket.reuse-addr");
  socket.reuse_port = listener.flag("socket.reuse-port");
  socket.backlog = static_cast<int>(listener.integer("socket.backlog"));
  socket.nodelay = listener.flag("socket.nodelay");
  socket.ttl = small(listener, "socket.ttl");
  if (auto linger = listener.find<Duration>("socket.linger"))
    socket.linger = static_cast<int>(std::chrono::duration_cast<std::chrono::seconds>(*linger).count());
  socket.tos = small(listener, "socket.tos");
  socket.send_buffer_size = octets(listener, "socket.send-buffer-size");
  socket.recv_buffer_size = octets(listener, "socket.recv-buffer-size");
  return socket;
}

}  // namespace

Result<std::vector<net::CertificateOptions>> certificates_from(const config::Config& config) {
  std::vector<net::CertificateOptions> out;
  for (const auto& id : config.ids("certificate")) {
    const auto section = config.at("certificate", id);
    out.push_back({.id = id,
                   .certificate = section.string("cert"),
                   .private_key = section.secret("private-key").reveal(),
                   .subjects = section.list("subjects"),
                   .is_default = section.flag("default")});
  }
  return out;
}

Result<net::ListenerOptions> listener_from(const config::Config& config, const std::string& id) {
  const auto section = config.at("server.listener", id);
  net::ListenerOptions options;
  options.id = id;
  for (const auto& address : section.addresses("bind")) options.bind.push_back(address.to_string());
  options.tls.enable = section.flag("tls.enable");
  options.tls.implicit = section.flag("tls.implicit");
  options.tls.timeout = section.duration("tls.timeout");
  options.tls.disable_protocols = section.list("tls.disable-protocols");
  options.tls.disable_ciphers = section.list("tls.disable-ciphers");
  options.tls.ignore_client_order = section.flag("tls.ignore-client-order");
  options.socket = socket_from(section);
  options.trusted_proxies = section.networks("proxy.trusted-networks");
  options.proxy_timeout = config.duration("server.proxy.timeout");
  options.outbox_limit = config.size("server.outbox-size");
  options.max_connections = static_cast<std::size_t>(section.integer("max-connections"));
  options.max_per_address = static_cast<std::size_t>(section.integer("max-connections-per-address"));
  return options;
}

}  // namespace gannet::server
