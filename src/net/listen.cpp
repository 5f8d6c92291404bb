#include "net/listen.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace gannet::net {
namespace {

bool set_int(int socket, int level, int name, int value) {
  return ::setsockopt(socket, level, name, &value, sizeof value) == 0;
}

// What the operator can do about it.
std::string explain(int error, const Endpoint& endpoint) {
  std::string text = std::strerror(error);
  if (error == EADDRINUSE) return text + ": stop the program that listens there, or choose another port";
  if (error == EADDRNOTAVAIL) return text + ": this machine has no such address";
  if (error == EACCES && endpoint.port < 1024) {
    return text + ": ports below 1024 need root or the capability CAP_NET_BIND_SERVICE";
  }
  return text;
}

Result<BoundSocket> bind_one(const ListenerOptions& options, Endpoint endpoint, bool v4_separate) {
  auto failed = [&](const char* what) {
    int error = errno;
    return fail(NetError::kListen, "server.listener." + options.id + ".bind: cannot " + what + " " +
                                       endpoint.to_string() + ": " + explain(error, endpoint));
  };
  int family = endpoint.ip.is_v4() ? AF_INET : AF_INET6;
  BoundSocket bound;
  bound.socket.reset(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!bound.socket && errno == EAFNOSUPPORT && endpoint.ip == IpAddress() && !v4_separate) {
    // A machine without IPv6: "[::]" was to mean every address.
    endpoint.ip = *IpAddress::parse("0.0.0.0");
    return bind_one(options, endpoint, false);
  }
  if (!bound.socket) return failed("open");
  int fd = bound.socket.get();
  const auto& socket = options.socket;
  if (socket.reuse_addr) set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  if (socket.reuse_port && !set_int(fd, SOL_SOCKET, SO_REUSEPORT, 1)) return failed("set reuse-port on");
  if (family == AF_INET6) set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, v4_separate ? 1 : 0);
  // Before listen(): accepted sockets inherit them, and the window scale is chosen from the buffer's size.
  if (socket.send_buffer_size) set_int(fd, SOL_SOCKET, SO_SNDBUF, *socket.send_buffer_size);
  if (socket.recv_buffer_size) set_int(fd, SOL_SOCKET, SO_RCVBUF, *socket.recv_buffer_size);

  sockaddr_storage address;
  auto size = endpoint.to_sockaddr(address);
  if (::bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0) return failed("bind");
  if (::listen(fd, std::max(1, socket.backlog)) != 0) return failed("listen on");
  size = sizeof address;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  bound.endpoint = Endpoint::from_sockaddr(address);
  return bound;
}

}  // namespace

Result<std::vector<BoundSocket>> bind_listener(const ListenerOptions& options) {
  const auto& endpoints = options.bind;
  if (endpoints.empty())
    return fail(NetError::kInvalid, "server.listener." + options.id + ".bind: no address is set");

  std::vector<BoundSocket> bound;
  for (const auto& endpoint : endpoints) {
    bool v4_separate = std::ranges::any_of(endpoints, [&](const auto& other) {
      return other.ip.is_v4() && other.port == endpoint.port && other.port != 0;
    });
    bound.push_back(TRY(bind_one(options, endpoint, v4_separate)));
  }
  return bound;
}

void set_connection_options(int socket, const SocketOptions& options) {
  if (options.nodelay) set_int(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  if (options.ttl) {
    set_int(socket, IPPROTO_IP, IP_TTL, *options.ttl);
    set_int(socket, IPPROTO_IPV6, IPV6_UNICAST_HOPS, *options.ttl);
  }
  if (options.tos) {
    set_int(socket, IPPROTO_IP, IP_TOS, *options.tos);
    set_int(socket, IPPROTO_IPV6, IPV6_TCLASS, *options.tos);
  }
  if (options.linger) {
    linger value{.l_onoff = 1, .l_linger = *options.linger};
    ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &value, sizeof value);
  }
}

}  // namespace gannet::net
