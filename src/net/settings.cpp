#include "net/settings.h"

#include <algorithm>

namespace gannet::net {
namespace {

template <typename To, typename From>
std::optional<To> converted(const std::optional<From>& value) {
  return value ? std::optional<To>(static_cast<To>(*value)) : std::nullopt;
}

SocketOptions socket_options(const config::Section& listener) {
  SocketOptions options;
  options.reuse_addr = listener.flag("socket.reuse-addr");
  options.reuse_port = listener.flag("socket.reuse-port");
  options.backlog = static_cast<int>(listener.integer("socket.backlog"));
  options.nodelay = listener.flag("socket.nodelay");
  options.ttl = converted<int>(listener.find<std::int64_t>("socket.ttl"));
  options.tos = converted<int>(listener.find<std::int64_t>("socket.tos"));
  if (auto linger = listener.find<Duration>("socket.linger")) {
    options.linger = static_cast<int>(std::chrono::ceil<std::chrono::seconds>(*linger).count());
  }
  options.send_buffer_size = converted<int>(listener.find<std::uint64_t>("socket.send-buffer-size"));
  options.recv_buffer_size = converted<int>(listener.find<std::uint64_t>("socket.recv-buffer-size"));
  return options;
}

TlsOptions tls_options(const config::Section& listener) {
  TlsOptions options;
  options.enable = listener.flag("tls.enable");
  options.implicit = listener.flag("tls.implicit");
  options.timeout = listener.duration("tls.timeout");
  options.disable_protocols = listener.list("tls.disable-protocols");
  options.disable_ciphers = listener.list("tls.disable-ciphers");
  options.ignore_client_order = listener.flag("tls.ignore-client-order");
  using enum TlsOptions::ClientCertificate;
  const auto wanted = listener.string("tls.client-certificate");
  options.client_certificate = wanted == "require" ? kRequire : wanted == "request" ? kRequest : kNone;
  options.client_ca = listener.string("tls.client-ca");
  return options;
}

ConfiguredListener configured_listener(const config::Config& config, const std::string& id) {
  auto listener = config.at("server.listener", id);
  ConfiguredListener out;
  out.protocol = listener.string("protocol");
  out.options.id = id;
  out.options.bind = listener.addresses("bind");
  out.options.tls = tls_options(listener);
  if (out.protocol == "https") {
    out.protocol = "http";
    out.options.tls.implicit = true;
  }
  out.options.socket = socket_options(listener);
  out.options.trusted_proxies = listener.networks("proxy.trusted-networks");
  out.options.proxy_timeout = config.duration("server.proxy.timeout");
  out.options.max_connections = static_cast<std::size_t>(listener.integer("max-connections"));
  out.options.max_per_address = static_cast<std::size_t>(listener.integer("max-connections-per-address"));
  out.options.outbox_limit = config.size("server.outbox-size");
  return out;
}

}  // namespace

RuntimeOptions runtime_options(const config::Config& config) {
  return {.threads = static_cast<unsigned>(config.integer("global.thread-pool"))};
}

WorkerPoolOptions worker_pool_options(const config::Config& config) {
  return {.threads = static_cast<unsigned>(config.integer("server.workers.threads")),
          .queue_limit = static_cast<std::size_t>(config.integer("server.workers.queue"))};
}

EdgeOptions edge_options(const config::Config& config) {
  return {.max_connections = static_cast<std::size_t>(config.integer("server.max-connections"))};
}

std::vector<ConfiguredListener> configured_listeners(const config::Config& config) {
  std::vector<ConfiguredListener> out;
  for (const auto& id : config.ids("server.listener")) out.push_back(configured_listener(config, id));
  return out;
}

std::vector<CertificateOptions> certificate_options(const config::Config& config) {
  std::vector<CertificateOptions> out;
  for (const auto& id : config.ids("certificate")) {
    auto certificate = config.at("certificate", id);
    out.push_back({.id = id,
                   .certificate = certificate.string("cert"),
                   .private_key = certificate.secret("private-key"),
                   .subjects = certificate.list("subjects"),
                   .is_default = certificate.flag("default")});
  }
  return out;
}

std::vector<std::string> check_settings(const config::Config& config) {
  std::vector<std::string> wrong;
  SystemClock clock;
  const auto none = std::make_shared<CertificateStore>("localhost", "", clock);
  // Each alone, so that all that are wrong are named.
  for (auto& certificate : certificate_options(config))
    if (auto loaded = none->load({std::move(certificate)}); !loaded)
      wrong.push_back(loaded.error().describe());
  for (const auto& listener : configured_listeners(config)) {
    const TlsOptions& tls = listener.options.tls;
    if (!tls.enable && !tls.implicit) continue;
    if (auto made = ServerTls::create(tls, {}, none); !made)
      wrong.push_back(config::join_key("server.listener", listener.options.id) + "." +
                      made.error().describe());
  }
  return wrong;
}

Duration shutdown_timeout(const config::Config& config) {
  return config.duration("server.shutdown-timeout");
}

}  // namespace gannet::net
