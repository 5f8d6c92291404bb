// For tests: the other end of a connection, blocking, with a deadline of ten seconds for every step. A step
// that fails throws, which ends the test.
#pragma once

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.h"
#include "net/unique_fd.h"

namespace gannet::net::testing {

struct PeerTls {
  std::string server_name;
  std::vector<std::string> alpn;
  int version = 0;  // TLS1_2_VERSION: that one only
};

class Peer {
 public:
  explicit Peer(UniqueFd socket) : socket_(std::move(socket)) {
    std::signal(SIGPIPE, SIG_IGN);
    timeval limit{.tv_sec = 10, .tv_usec = 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  }
  Peer(Peer&& other) noexcept
      : socket_(std::move(other.socket_)),
        input_(std::move(other.input_)),
        context_(std::exchange(other.context_, nullptr)),
        ssl_(std::exchange(other.ssl_, nullptr)) {}
  ~Peer() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
  }

  // `receive_buffer` in octets, for a peer that takes little; 0: the system's.
  static Peer connect(const Endpoint& to, int receive_buffer = 0) {
    sockaddr_storage address;
    auto size = to.to_sockaddr(address);
    UniqueFd socket(::socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (receive_buffer)
      ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), size) != 0) fail("connect");
    return Peer(std::move(socket));
  }

  // Without verifying the certificate.
  void start_tls(const PeerTls& options = {}) {
    context_ = SSL_CTX_new(TLS_client_method());
    if (options.version) {
      SSL_CTX_set_min_proto_version(context_, options.version);
      SSL_CTX_set_max_proto_version(context_, options.version);
    }
    ssl_ = SSL_new(context_);
    std::string alpn;
    for (const auto& name : options.alpn) alpn += static_cast<char>(name.size()) + name;
    if (!alpn.empty()) {
      SSL_set_alpn_protos(ssl_, reinterpret_cast<const unsigned char*>(alpn.data()),
                          static_cast<unsigned>(alpn.size()));
    }
    if (!options.server_name.empty()) SSL_set_tlsext_host_name(ssl_, options.server_name.c_str());
    SSL_set_fd(ssl_, socket_.get());
    if (SSL_connect(ssl_) != 1) fail("TLS handshake");
  }
  SSL* ssl() const { return ssl_; }
  int socket() const { return socket_.get(); }

  void send(std::string_view data) {
    while (!data.empty()) {
      auto n = ssl_ ? SSL_write(ssl_, data.data(), static_cast<int>(data.size()))
                    : static_cast<int>(::send(socket_.get(), data.data(), data.size(), MSG_NOSIGNAL));
      if (n <= 0) fail("send");
      data.remove_prefix(static_cast<std::size_t>(n));
    }
  }

  // A line without its CRLF or LF; "<eof>" when the other side has closed.
  std::string read_line() {
    for (;;) {
      if (auto end = input_.find('\n'); end != std::string::npos) {
        auto line = input_.substr(0, end);
        input_.erase(0, end + 1);
        if (line.ends_with('\r')) line.pop_back();
        return line;
      }
      if (!fill()) return input_.empty() ? "<eof>" : std::exchange(input_, {});
    }
  }
  std::string read(std::size_t size) {
    while (input_.size() < size && fill()) {
    }
    auto out = input_.substr(0, size);
    input_.erase(0, size);
    return out;
  }
  // All up to the end of file, or to a reset.
  std::string read_all() {
    while (fill()) {
    }
    return std::exchange(input_, {});
  }
  std::string ask(std::string_view line) {
    send(std::string(line) + "\r\n");
    return read_line();
  }
  void close_sending() { ::shutdown(socket_.get(), SHUT_WR); }
  void close() {
    SSL_free(std::exchange(ssl_, nullptr));
    socket_.reset();
  }

  // The common name in the server's certificate.
  std::string certificate_name() const {
    char name[256] = {};
    auto* certificate = SSL_get1_peer_certificate(ssl_);
    if (certificate)
      X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof name);
    X509_free(certificate);
    return name;
  }

 private:
  [[noreturn]] static void fail(const std::string& what) {
    char tls[160] = {};
    if (auto code = ERR_get_error()) ERR_error_string_n(code, tls, sizeof tls);
    throw std::runtime_error("peer: " + what + ": " + std::strerror(errno) + " " + tls);
  }

  bool fill() {
    char buffer[16 * 1024];
    errno = 0;
    auto n = ssl_ ? SSL_read(ssl_, buffer, sizeof buffer)
                  : static_cast<int>(::recv(socket_.get(), buffer, sizeof buffer, 0));
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) fail("nothing came for ten seconds");
    if (n <= 0) return false;
    input_.append(buffer, static_cast<std::size_t>(n));
    return true;
  }

  UniqueFd socket_;
  std::string input_;
  SSL_CTX* context_ = nullptr;
  SSL* ssl_ = nullptr;
};

}  // namespace gannet::net::testing
