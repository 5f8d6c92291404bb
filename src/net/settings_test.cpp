#include "net/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace gannet::net {
namespace {

config::Config load(const std::string& text) {
  config::LoadOptions options;
  options.fragment = true;
  auto config = config::Config::load_text(text, "test.toml", options);
  if (!config) throw std::runtime_error(config.error().text());
  return *config;
}

TEST(NetSettings, AListenerInheritsWhatItDoesNotSet) {
  auto listeners = configured_listeners(load(R"(
[server]
max-connections = 500
proxy.trusted-networks = ["10.0.0.0/8"]
proxy.timeout = "3s"
outbox-size = "1mb"
[server.socket]
nodelay = false
backlog = 77
linger = "1500ms"
[server.listener.smtp]
bind = ["0.0.0.0:25", "[::]:25"]
protocol = "smtp"
max-connections = 20
max-connections-per-address = 3
socket.tos = 16
tls.disable-ciphers = ["TLS13_AES_128_GCM_SHA256"]
[server.listener.web]
bind = "127.0.0.1:8443"
protocol = "https"
proxy.trusted-networks = ["192.0.2.1"]
tls.timeout = "5s"
tls.disable-protocols = ["TLSv1.2"]
)"));
  ASSERT_EQ(listeners.size(), 2u);
  const auto& smtp = listeners[0].options;
  EXPECT_EQ(listeners[0].protocol, "smtp");
  EXPECT_EQ(smtp.id, "smtp");
  EXPECT_EQ(smtp.bind, (std::vector{*Endpoint::parse("0.0.0.0:25"), *Endpoint::parse("[::]:25")}));
  EXPECT_EQ(smtp.max_connections, 20u);
  EXPECT_EQ(smtp.max_per_address, 3u);
  EXPECT_EQ(smtp.proxy_timeout, std::chrono::seconds(3));
  EXPECT_EQ(smtp.outbox_limit, 1024u * 1024);
  EXPECT_EQ(smtp.trusted_proxies, std::vector{*IpNetwork::parse("10.0.0.0/8")});
  EXPECT_FALSE(smtp.socket.nodelay);
  EXPECT_TRUE(smtp.socket.reuse_addr);
  EXPECT_EQ(smtp.socket.backlog, 77);
  EXPECT_EQ(smtp.socket.linger, 2);
  EXPECT_EQ(smtp.socket.tos, 16);
  EXPECT_FALSE(smtp.socket.ttl);
  EXPECT_TRUE(smtp.tls.enable);
  EXPECT_FALSE(smtp.tls.implicit);
  EXPECT_EQ(smtp.tls.timeout, std::chrono::minutes(1));
  const auto& web = listeners[1].options;
  EXPECT_EQ(listeners[1].protocol, "http");
  EXPECT_TRUE(web.tls.implicit);
  EXPECT_EQ(web.max_connections, 500u);
  EXPECT_EQ(web.max_per_address, 0u);
  EXPECT_EQ(web.trusted_proxies, std::vector{*IpNetwork::parse("192.0.2.1")});
  EXPECT_EQ(web.tls.timeout, std::chrono::seconds(5));
  EXPECT_EQ(web.tls.disable_protocols, std::vector<std::string>{"TLSv1.2"});
}

TEST(NetSettings, TheProcessHasDefaults) {
  auto config = load("");
  EXPECT_EQ(edge_options(config).max_connections, 8192u);
  EXPECT_EQ(shutdown_timeout(config), std::chrono::seconds(10));
  EXPECT_EQ(worker_pool_options(config).queue_limit, 4096u);
  EXPECT_EQ(worker_pool_options(config).threads, 0u);
  EXPECT_EQ(runtime_options(config).threads, 0u);
  EXPECT_TRUE(configured_listeners(config).empty());
  EXPECT_TRUE(certificate_options(config).empty());
}

TEST(NetSettings, CertificatesKeepTheirFilesToBeWatched) {
  auto path = ::testing::TempDir() + "gannet-net-settings.pem";
  std::ofstream(path) << "-----BEGIN CERTIFICATE-----\n";
  auto certificates = certificate_options(
      load("[certificate.main]\ncert = \"file://" + path + "\"\nprivate-key = \"file://" + path + R"("
subjects = ["*.example.org"]
default = true
)"));
  std::filesystem::remove(path);
  ASSERT_EQ(certificates.size(), 1u);
  EXPECT_EQ(certificates[0].id, "main");
  EXPECT_EQ(certificates[0].certificate, "file://" + path);
  EXPECT_EQ(certificates[0].private_key.reveal(), "file://" + path);
  EXPECT_EQ(certificates[0].subjects, std::vector<std::string>{"*.example.org"});
  EXPECT_TRUE(certificates[0].is_default);
}

}  // namespace
}  // namespace gannet::net
