#include "net/connect.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <vector>

#include "net/channel.h"
#include "net/loop.h"

namespace gannet::net {

namespace asio = boost::asio;
using internal::Attempt;
using internal::Channel;
using internal::Waiting;

namespace {

std::unexpected<Error> cannot_connect(const Endpoint& to, int error) {
  return fail(NetError::kConnect, "cannot connect to " + to.to_string() + ": " + std::strerror(error),
              Retry::kCanHelp);
}

Result<UniqueFd> begin_connect(const Endpoint& to, const std::optional<IpAddress>& source) {
  UniqueFd socket(
      ::socket(to.ip.is_v4() ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return cannot_connect(to, errno);
  int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_storage address;
  if (source) {
    auto size = Endpoint{*source, 0}.to_sockaddr(address);
    if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size) != 0)
      return cannot_connect(to, errno);
  }
  auto size = to.to_sockaddr(address);
  if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 && errno != EINPROGRESS) {
    return cannot_connect(to, errno);
  }
  return socket;
}

Endpoint local_of(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  return Endpoint::from_sockaddr(address);
}

Task<Result<std::unique_ptr<Connection>>> connect_until(Endpoint to, ConnectOptions options,
                                                        SteadyTime deadline) {
  auto& loop = *Loop::current();
  auto socket = CO_TRY(begin_connect(to, options.source));
  int fd = socket.get();
  auto channel = std::make_unique<Channel>(loop, std::move(socket), to, Endpoint{}, nullptr);
  channel->set_deadline(deadline);
  CO_TRY(co_await channel->wait(Attempt::kWantWrite, Waiting::kBody));
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) co_return cannot_connect(to, error);
  channel->local = local_of(fd);
  auto connection = std::make_unique<Connection>(std::move(channel));
  if (options.tls) {
    auto name = options.server_name.empty() ? to.ip.to_string() : options.server_name;
    CO_TRY(co_await connection->start_tls_client(options.tls, name));
  }
  connection->set_deadline(options.timeout);
  co_return connection;
}

Task<Result<std::vector<Endpoint>>> look_up(std::string host, std::uint16_t port) {
  asio::ip::tcp::resolver resolver(Loop::current()->context());
  auto [error, found] =
      co_await resolver.async_resolve(host, std::to_string(port), asio::as_tuple(asio::use_awaitable));
  std::vector<Endpoint> endpoints;
  for (const auto& entry : found) {
    if (auto ip = IpAddress::parse(entry.endpoint().address().to_string())) endpoints.push_back({*ip, port});
  }
  if (error || endpoints.empty()) {
    co_return fail(NetError::kConnect, "cannot find the address of " + host, error.message(),
                   Retry::kCanHelp);
  }
  co_return endpoints;
}

}  // namespace

Task<Result<std::unique_ptr<Connection>>> connect(Endpoint to, ConnectOptions options) {
  co_return co_await connect_until(to, options, Loop::current()->now() + options.timeout);
}

Task<Result<std::unique_ptr<Connection>>> connect(std::string host_and_port, ConnectOptions options) {
  auto deadline = Loop::current()->now() + options.timeout;
  if (auto endpoint = Endpoint::parse(host_and_port))
    co_return co_await connect_until(*endpoint, options, deadline);
  auto colon = host_and_port.rfind(':');
  std::uint16_t port = 0;
  const char* end = host_and_port.data() + host_and_port.size();
  if (colon == std::string::npos || colon == 0 ||
      std::from_chars(host_and_port.data() + colon + 1, end, port).ptr != end || port == 0) {
    co_return fail(NetError::kInvalid, "\"" + host_and_port + "\" is no host and port");
  }
  auto host = host_and_port.substr(0, colon);
  if (options.server_name.empty()) options.server_name = host;
  auto endpoints = CO_TRY(co_await look_up(host, port));
  Result<std::unique_ptr<Connection>> result = fail(NetError::kConnect, "no address");
  for (const auto& endpoint : endpoints) {
    result = co_await connect_until(endpoint, options, deadline);
    if (result || !result.error().is(NetError::kConnect)) break;
  }
  co_return result;
}

}  // namespace gannet::net
