#include "net/tls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "net/certificate_set.h"
#include "net/testing/server.h"

namespace gannet::net {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::loopback_listener;
using testing::Peer;
using testing::Server;

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = std::filesystem::temp_directory_path() / "gannet-tls-XXXXXX";
    path_ = ::mkdtemp(pattern.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  std::string write(const std::string& name, const std::string& text) const {
    auto path = path_ + "/" + name;
    std::ofstream(path + ".new") << text;
    std::filesystem::rename(path + ".new", path);
    return path;
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

SelfSigned make(const std::string& name) {
  return *make_self_signed(name, SystemClock().now());
}

CertificateOptions option(const std::string& id, const std::string& name,
                          std::vector<std::string> subjects = {}, bool is_default = false) {
  auto made = make(name);
  return {id, made.certificate, Secret(made.key), std::move(subjects), is_default};
}

// A session that says what it knows of its TLS, and starts it when asked to.
Task<void> run_tls_echo(std::unique_ptr<Connection> connection) {
  for (;;) {
    auto line = co_await connection->read_line(1000);
    if (!line) break;
    if (line->text == "STARTTLS") {
      if (!co_await connection->write(connection->can_start_tls() ? "go\r\n" : "no\r\n")) co_return;
      if (connection->can_start_tls() && !co_await connection->start_tls()) co_return;
    } else if (line->text == "INFO") {
      auto info = connection->tls_info();
      co_await connection->write(info.version + " " + info.cipher + " sni=" + info.server_name +
                                 " alpn=" + info.alpn + "\r\n");
    } else if (line->text == "BINDING") {
      auto binding = connection->channel_binding(ChannelBinding::kTlsExporter);
      auto end_point = connection->channel_binding(ChannelBinding::kTlsServerEndPoint);
      co_await connection->write(binding.value_or("none") + end_point.value_or("none"));
    } else {
      co_await connection->write("echo " + line->text + "\r\n");
    }
  }
  co_await connection->close();
}

Protocol tls_echo() {
  Protocol protocol;
  protocol.name = "echo";
  protocol.run_session = run_tls_echo;
  return protocol;
}

TEST(StartTls, ContinuesTheSessionUnderTls) {
  Server server(tls_echo());
  auto peer = server.connect();
  EXPECT_EQ(peer.ask("plain"), "echo plain");
  EXPECT_EQ(peer.ask("INFO"), "  sni= alpn=");
  EXPECT_EQ(peer.ask("STARTTLS"), "go");
  peer.start_tls({.server_name = "Mail.Example.ORG", .alpn = {}});
  EXPECT_EQ(peer.ask("secret"), "echo secret");
  EXPECT_THAT(peer.ask("INFO"), HasSubstr("TLSv1.3 TLS_AES_256_GCM_SHA384 sni=mail.example.org"));
  EXPECT_EQ(peer.ask("STARTTLS"), "no") << "it is on already";
}

TEST(StartTls, ForgetsWhatWasSentBeforeIt) {
  Server server(tls_echo());
  auto peer = server.connect();
  // RFC 3207 4.2: a man in the middle appends commands to STARTTLS; they must not be answered under TLS.
  peer.send("STARTTLS\r\ninjected\r\n");
  EXPECT_EQ(peer.read_line(), "go");
  peer.start_tls();
  EXPECT_EQ(peer.ask("mine"), "echo mine");
}

TEST(StartTls, IsNotOfferedWhereItIsOff) {
  auto listener = loopback_listener();
  listener.tls.enable = false;
  Server server(tls_echo(), listener);
  auto peer = server.connect();
  EXPECT_EQ(peer.ask("STARTTLS"), "no");
}

TEST(ImplicitTls, ShakesHandsFirst) {
  auto listener = loopback_listener();
  listener.tls.implicit = true;
  Server server(tls_echo(), listener);
  auto peer = server.connect();
  peer.start_tls({.server_name = "a.example.org", .alpn = {}, .version = TLS1_2_VERSION});
  EXPECT_THAT(peer.ask("INFO"), HasSubstr("TLSv1.2 TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"));
  auto plain = server.connect();
  plain.send("EHLO there\r\n");
  plain.read_all();
  peer.ask("x");
  EXPECT_EQ(server.edge.stats().tls_errors, 1u);
}

TEST(ImplicitTls, EndsAHandshakeThatTakesTooLong) {
  auto listener = loopback_listener();
  listener.tls.implicit = true;
  listener.tls.timeout = std::chrono::milliseconds(50);
  Server server(tls_echo(), listener);
  auto peer = server.connect();
  EXPECT_EQ(peer.read_all(), "");
}

TEST(ImplicitTls, AStoppingServerDoesNotWaitForHandshakes) {
  auto listener = loopback_listener();
  listener.tls.implicit = true;
  Server server(tls_echo(), listener);
  auto silent = server.connect();
  auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (server.edge.stats().accepted == 0) ASSERT_LT(std::chrono::steady_clock::now(), end);
  auto report = server.edge.drain(std::chrono::seconds(60));
  EXPECT_EQ(report.finished, 1u);
  EXPECT_LT(std::chrono::steady_clock::now(), end);
}

TEST(ImplicitTls, AgreesOnAProtocolByAlpn) {
  auto listener = loopback_listener();
  listener.tls.implicit = true;
  auto protocol = tls_echo();
  protocol.alpn = {"http/1.1"};
  Server server(protocol, listener);
  auto peer = server.connect();
  peer.start_tls({.server_name = "", .alpn = {"h2", "http/1.1"}});
  EXPECT_THAT(peer.ask("INFO"), HasSubstr("alpn=http/1.1"));
  auto other = server.connect();
  EXPECT_THROW(other.start_tls({.server_name = "", .alpn = {"imap"}}), std::runtime_error);
}

TEST(ChannelBinding, IsTheSameOnBothSides) {
  auto listener = loopback_listener();
  listener.tls.implicit = true;
  Server server(tls_echo(), listener);
  for (int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    auto peer = server.connect();
    peer.start_tls({.server_name = "", .alpn = {}, .version = version});
    unsigned char exported[32];
    ASSERT_EQ(
        SSL_export_keying_material(peer.ssl(), exported, 32, "EXPORTER-Channel-Binding", 24, nullptr, 0, 1),
        1);
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    auto* certificate = SSL_get1_peer_certificate(peer.ssl());
    X509_digest(certificate, EVP_sha256(), hash, &size);
    X509_free(certificate);
    peer.send("BINDING\r\n");
    EXPECT_EQ(peer.read(64), std::string(exported, exported + 32) + std::string(hash, hash + size));
  }
}

std::string served(const Server& server, const std::string& name) {
  auto peer = server.connect();
  peer.start_tls({.server_name = name, .alpn = {}});
  return peer.certificate_name();
}

TEST(Certificates, AreChosenByServerName) {
  auto listener = loopback_listener();
  listener.tls.implicit = true;
  Server server(tls_echo(), listener);
  EXPECT_EQ(served(server, "whatever.test"), "mail.example.org") << "the self-signed one";
  ASSERT_TRUE(server.certificates->load({option("one", "one.example"), option("two", "two.example", {}, true),
                                         option("wild", "wild.example", {"*.wild.example"})}));
  EXPECT_EQ(served(server, "one.example"), "one.example");
  EXPECT_EQ(served(server, "ONE.example"), "one.example");
  EXPECT_EQ(served(server, "a.wild.example"), "wild.example");
  EXPECT_EQ(served(server, "a.b.wild.example"), "two.example") << "a wildcard is one label";
  EXPECT_EQ(served(server, "unknown.example"), "two.example");
  EXPECT_EQ(served(server, ""), "two.example");
}

TEST(Certificates, AreReadAgainWhenTheirFilesChange) {
  TemporaryFolder folder;
  auto first = make("first.example");
  CertificateOptions files{.id = "f",
                           .certificate = "file://" + folder.write("cert.pem", first.certificate),
                           .private_key = Secret("file://" + folder.write("key.pem", first.key)),
                           .subjects = {},
                           .is_default = true};
  auto listener = loopback_listener();
  listener.tls.implicit = true;
  Server server(tls_echo(), listener,
                {.max_connections = 100, .certificate_check = std::chrono::milliseconds(5)});
  ASSERT_TRUE(server.certificates->load({files}));
  EXPECT_EQ(served(server, ""), "first.example");
  auto open = server.connect();
  open.start_tls();

  auto second = make("second.example");
  folder.write("cert.pem", second.certificate);
  // Until the key follows, the pair does not fit, and the first stays.
  EXPECT_FALSE(server.certificates->reload());
  EXPECT_EQ(served(server, ""), "first.example");
  folder.write("key.pem", second.key);
  auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (served(server, "") != "second.example") ASSERT_LT(std::chrono::steady_clock::now(), end);
  EXPECT_EQ(open.ask("still"), "echo still");
}

TEST(Certificates, ErrorsNameTheSettingAndTheFile) {
  SystemClock clock;
  CertificateStore store("mail.example.org", "", clock);
  auto one = make("one.example");
  auto two = make("two.example");
  auto text = [&](CertificateOptions options) {
    auto loaded = store.load({std::move(options)});
    return loaded ? "no error" : loaded.error().text();
  };
  EXPECT_EQ(text({"x", "file:///nowhere/cert.pem", Secret(one.key), {}, false}),
            "certificate.x.cert: cannot read /nowhere/cert.pem: No such file or directory");
  EXPECT_EQ(text({"x", "garbage", Secret(one.key), {}, false}),
            "certificate.x.cert: no PEM certificate found");
  EXPECT_EQ(text({"x", one.certificate, Secret("garbage"), {}, false}),
            "certificate.x.private-key: no unencrypted PEM private key found");
  EXPECT_EQ(text({"x", one.certificate, Secret(two.key), {}, false}),
            "certificate.x.private-key: does not belong to the certificate");
}

TEST(SelfSignedCertificate, SurvivesARestartInItsFile) {
  TemporaryFolder folder;
  auto path = folder.path() + "/self-signed.pem";
  SystemClock clock;
  auto load = [&](const std::string& name) {
    CertificateStore store(name, path, clock);
    EXPECT_TRUE(store.load({}));
    EXPECT_THAT(store.certificates().front().subjects, ElementsAre(name, "localhost"));
    return *read_file(path);
  };
  auto first = load("mail.example.org");
  EXPECT_EQ(load("mail.example.org"), first);
  EXPECT_NE(load("other.example.org"), first) << "another name needs another certificate";
  struct stat status;
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST(TlsOptions, DisableProtocolsAndCiphers) {
  auto listener = loopback_listener();
  listener.tls.implicit = true;
  listener.tls.disable_protocols = {"TLSv1.3"};
  listener.tls.disable_ciphers = {"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS13_AES_128_GCM_SHA256"};
  Server server(tls_echo(), listener);
  auto peer = server.connect();
  peer.start_tls();
  EXPECT_THAT(peer.ask("INFO"), HasSubstr("TLSv1.2 TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"));
  auto newer = server.connect();
  EXPECT_THROW(newer.start_tls({.server_name = "", .alpn = {}, .version = TLS1_3_VERSION}),
               std::runtime_error);
}

TEST(TlsOptions, SayWhatIsWrong) {
  SystemClock clock;
  Runtime runtime({.threads = 1}, clock);
  auto certificates = std::make_shared<CertificateStore>("h", "", clock);
  Edge edge(runtime, certificates, {});
  auto error = [&](TlsOptions tls) {
    auto listener = loopback_listener("imap");
    listener.tls = std::move(tls);
    auto result = edge.listen(listener, tls_echo());
    return result ? "no error" : result.error().text();
  };
  EXPECT_EQ(
      error({.disable_protocols = {"TLSv1.4"}, .disable_ciphers = {}}),
      "server.listener.imap.tls.disable-protocols: unknown protocol \"TLSv1.4\" (known: TLSv1.2, TLSv1.3)");
  EXPECT_EQ(error({.disable_protocols = {}, .disable_ciphers = {"ROT13"}}),
            "server.listener.imap.tls.disable-ciphers: unknown cipher \"ROT13\"");
  EXPECT_EQ(error({.disable_protocols = {"TLSv1.2", "TLSv1.3"}, .disable_ciphers = {}}),
            "server.listener.imap.tls.disable-protocols: nothing is left; keep TLSv1.2 or TLSv1.3");
}

}  // namespace
}  // namespace gannet::net
