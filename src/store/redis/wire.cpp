#include "store/redis/wire.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace gannet::store::redis {
namespace {

std::unexpected<Error> lost(const std::string& why) {
  return fail(StoreError::kUnavailable, "the Redis server cannot be reached", why, Retry::kCanHelp);
}

Result<void> wait_for(int fd, short events, Deadline deadline) {
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now())
            .count();
    if (left <= 0) return lost("it did not answer in time");
    pollfd wait{.fd = fd, .events = events, .revents = 0};
    const int ready = ::poll(&wait, 1, static_cast<int>(std::min<long>(left, 60'000)));
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return lost(std::strerror(errno));
  }
}

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

Result<net::UniqueFd> connect_to(const addrinfo& address, Deadline deadline) {
  net::UniqueFd fd(::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return lost(std::strerror(errno));
  const int on = 1;
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(fd.get(), address.ai_addr, address.ai_addrlen) == 0) return fd;
  if (errno != EINPROGRESS) return lost(std::strerror(errno));
  TRY(wait_for(fd.get(), POLLOUT, deadline));
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return lost(std::strerror(error));
  return fd;
}

}  // namespace

Socket::~Socket() {
  SSL_free(ssl_);
}

Result<std::unique_ptr<Socket>> Socket::connect(const std::string& host, const std::string& port,
                                                const net::ClientTls* tls, Deadline deadline) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (const int code = ::getaddrinfo(host.c_str(), port.c_str(), &wanted, &list); code != 0)
    return lost(host + ": " + ::gai_strerror(code));
  const std::unique_ptr<addrinfo, FreeAddresses> addresses(list);
  Result<net::UniqueFd> connected = lost("it has no address");
  for (const addrinfo* one = list; one && !connected; one = one->ai_next)
    connected = connect_to(*one, deadline);
  if (!connected) return lost(host + ":" + port + ": " + connected.error().detail());
  std::unique_ptr<Socket> out(new Socket);
  out->fd_ = *std::move(connected);
  if (tls) TRY(out->shake_hands(*tls, host, deadline));
  return out;
}

Result<void> Socket::shake_hands(const net::ClientTls& tls, const std::string& host, Deadline deadline) {
  ssl_ = tls.new_session(host);
  if (!ssl_ || SSL_set_fd(ssl_, fd_.get()) != 1) return lost("memory is out");
  for (;;) {
    ERR_clear_error();
    const int result = SSL_connect(ssl_);
    if (result == 1) return {};
    if (const long verified = SSL_get_verify_result(ssl_); verified != X509_V_OK) {
      const int error = SSL_get_error(ssl_, result);
      if (error == SSL_ERROR_SSL)
        return wrong_setting("tls.ca-file", "the Redis server's certificate is not good",
                             X509_verify_cert_error_string(verified));
    }
    TRY(wait_for_tls(result, deadline));
  }
}

Result<void> Socket::wait_for_tls(int result, Deadline deadline) {
  switch (SSL_get_error(ssl_, result)) {
    case SSL_ERROR_WANT_READ:
      return wait_for(fd_.get(), POLLIN, deadline);
    case SSL_ERROR_WANT_WRITE:
      return wait_for(fd_.get(), POLLOUT, deadline);
    default: {
      const char* reason = ERR_reason_error_string(ERR_peek_error());
      return lost(reason ? std::string("TLS: ") + reason : "the connection was closed");
    }
  }
}

Result<void> Socket::send(std::string_view data, Deadline deadline) {
  while (!data.empty()) {
    if (ssl_) {
      ERR_clear_error();
      const int sent =
          SSL_write(ssl_, data.data(), static_cast<int>(std::min<std::size_t>(data.size(), 1 << 20)));
      if (sent > 0)
        data.remove_prefix(static_cast<std::size_t>(sent));
      else
        TRY(wait_for_tls(sent, deadline));
      continue;
    }
    const ssize_t sent = ::send(fd_.get(), data.data(), data.size(), MSG_NOSIGNAL);
    if (sent > 0)
      data.remove_prefix(static_cast<std::size_t>(sent));
    else if (errno == EAGAIN || errno == EWOULDBLOCK)
      TRY(wait_for(fd_.get(), POLLOUT, deadline));
    else if (errno != EINTR)
      return lost(std::strerror(errno));
  }
  return {};
}

Result<std::size_t> Socket::receive(std::span<char> into, Deadline deadline) {
  for (;;) {
    if (ssl_) {
      ERR_clear_error();
      const int got = SSL_read(ssl_, into.data(), static_cast<int>(into.size()));
      if (got > 0) return static_cast<std::size_t>(got);
      TRY(wait_for_tls(got, deadline));
      continue;
    }
    const ssize_t got = ::recv(fd_.get(), into.data(), into.size(), 0);
    if (got > 0) return static_cast<std::size_t>(got);
    if (got == 0) return lost("the connection was closed");
    if (errno == EAGAIN || errno == EWOULDBLOCK)
      TRY(wait_for(fd_.get(), POLLIN, deadline));
    else if (errno != EINTR)
      return lost(std::strerror(errno));
  }
}

}  // namespace gannet::store::redis
