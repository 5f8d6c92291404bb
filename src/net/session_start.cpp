// From a listening socket to a protocol's session: accept, limits, PROXY header, implicit TLS.
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <cstring>

#include "base/assert.h"
#include "net/connection.h"
#include "net/edge_state.h"
#include "net/proxy_protocol.h"
#include "observe/log.h"

namespace gannet::net {

namespace asio = boost::asio;
using internal::Attempt;
using internal::Channel;
using internal::ListenerState;
using internal::Waiting;

namespace {

constexpr Duration kAcceptPause = std::chrono::milliseconds(100);
constexpr int kAcceptBurst = 64;
constexpr Duration kAcceptErrorEvery = std::chrono::seconds(10);  // in the log

// Takes what has come of the header into `start`, and nothing after it: that may be a TLS handshake, which
// OpenSSL reads from the socket itself.
ProxyHeader take_proxy_header(Channel& channel, std::string& start, Attempt& attempt) {
  char peeked[kMaxProxyHeader];
  std::size_t got = 0;
  attempt = channel.try_peek(peeked, sizeof peeked, got);
  if (attempt != Attempt::kDone) return {};
  auto before = start.size();
  start.append(peeked, got);
  auto header = parse_proxy_header(start);
  if (header.state == ProxyHeader::State::kInvalid) return header;
  // While more is needed, all that came belongs to the header.
  if (header.state == ProxyHeader::State::kDone) start.resize(header.size);
  channel.skip(start.size() - before);
  return header;
}

Task<Result<>> read_proxy_header(Channel* channel) {
  channel->set_deadline(channel->loop().now() + channel->listener().options.proxy_timeout);
  std::string start;
  for (;;) {
    CO_TRY(co_await channel->wait(Attempt::kWantRead, Waiting::kCommand));
    auto attempt = Attempt::kDone;
    auto header = take_proxy_header(*channel, start, attempt);
    if (attempt != Attempt::kDone && attempt != Attempt::kWantRead) {
      co_return std::unexpected(channel->error_of(attempt));
    }
    if (header.state == ProxyHeader::State::kInvalid) {
      co_return fail(NetError::kProxy, "a trusted proxy sent no valid PROXY header",
                     channel->peer.to_string());
    }
    if (header.state == ProxyHeader::State::kDone) {
      if (header.source) channel->peer = *header.source;
      if (header.destination) channel->local = *header.destination;
      co_return Result<>();
    }
  }
}

bool is_trusted_proxy(const ListenerState& listener, const IpAddress& address) {
  return std::ranges::any_of(listener.options.trusted_proxies,
                             [&](const auto& network) { return network.contains(address); });
}

void count_refusal(EdgeState& edge, const ListenerState& listener, const IpAddress& address,
                   const char* limit) {
  edge.refused.fetch_add(1, std::memory_order_relaxed);
  listener.metrics->refused.add();
  observe::info("net.connection-refused",
                {{"listener", listener.info.id}, {"remote-ip", address.to_string()}, {"limit", limit}});
}

Task<void> refuse(std::unique_ptr<Channel> channel) {
  const auto& listener = channel->listener();
  auto text = listener.info.implicit_tls ? std::string() : listener.protocol.refusal;
  Connection connection(std::move(channel));
  if (!text.empty()) [[maybe_unused]]
    auto queued = connection.queue(text);
  co_await connection.close();
}

enum class Prepared { kReady, kGone, kRefuse };

// What comes before the session. Both live in the caller's frame.
Task<Prepared> prepare(Channel* channel, Slot* slot) {
  auto& edge = *slot->edge();
  const auto& listener = channel->listener();
  if (is_trusted_proxy(listener, channel->peer.ip)) {
    if (auto header = co_await read_proxy_header(channel); !header) {
      edge.proxy_errors.fetch_add(1, std::memory_order_relaxed);
      listener.metrics->proxy_errors.add();
      observe::warn("net.proxy-header-invalid", {{"listener", listener.info.id},
                                                 {"remote-ip", channel->peer.ip.to_string()},
                                                 {"reason", header.error()}});
      co_return Prepared::kGone;
    }
  }
  edge.accepted.fetch_add(1, std::memory_order_relaxed);
  listener.metrics->accepted.add();
  if (edge.options.admits && !edge.options.admits(channel->peer.ip)) {
    count_refusal(edge, listener, channel->peer.ip, "banned");
    co_return Prepared::kGone;
  }
  if (!slot->take_address(channel->peer.ip)) {
    count_refusal(edge, listener, channel->peer.ip, "max-connections-per-address");
    co_return Prepared::kRefuse;
  }
  if (!listener.info.implicit_tls) co_return Prepared::kReady;
  channel->set_deadline(channel->loop().now() + listener.tls->timeout());
  auto shaken = co_await channel->handshake(listener.tls->new_session(), true, listener.tls->timeout());
  if (shaken) co_return Prepared::kReady;
  edge.tls_errors.fetch_add(1, std::memory_order_relaxed);
  co_return Prepared::kGone;
}

constexpr Duration kSessionStart = std::chrono::minutes(1);

Task<void> run_session(Slot slot, std::unique_ptr<Channel> channel) {
  auto prepared = co_await prepare(channel.get(), &slot);
  if (prepared == Prepared::kGone) co_return;
  if (prepared == Prepared::kRefuse) {
    co_await refuse(std::move(channel));
    co_return;
  }
  channel->set_deadline(channel->loop().now() + kSessionStart);
  const auto& run = channel->listener().protocol.run_session;
  co_await run(std::make_unique<Connection>(std::move(channel)));
}

// Sessions end by returning. An exception is a bug in one of them, and ends only that one.
void report_exception(const std::exception_ptr& error) {
  if (!error) return;
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    GANNET_BUG((std::string("a session ended by an exception: ") + e.what()).c_str());
  }
}

Endpoint local_of(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  return Endpoint::from_sockaddr(address);
}

// Without a session there is nobody to wait for the client: what fits into the socket's buffer is sent.
void turn_away(const ListenerState& listener, const UniqueFd& socket) {
  if (listener.info.implicit_tls) return;
  const auto& text = listener.protocol.refusal;
  [[maybe_unused]] auto sent = ::send(socket.get(), text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  ::shutdown(socket.get(), SHUT_WR);
}

// False: nobody more now.
bool accept_one(const std::shared_ptr<EdgeState>& edge, const Acceptor& acceptor) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  UniqueFd socket(::accept4(acceptor.bound.socket.get(), reinterpret_cast<sockaddr*>(&address), &size,
                            SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!socket) return false;
  set_connection_options(socket.get(), acceptor.listener->options.socket);
  begin_session(edge, acceptor.listener, std::move(socket), Endpoint::from_sockaddr(address));
  return true;
}

}  // namespace

void begin_session(const std::shared_ptr<EdgeState>& edge, const std::shared_ptr<ListenerState>& listener,
                   UniqueFd socket, Endpoint peer) {
  auto& loop = edge->runtime.least_loaded();
  auto slot = Slot::take(edge, listener, loop);
  if (!slot) {
    count_refusal(*edge, *listener, peer.ip, "max-connections");
    return turn_away(*listener, socket);
  }
  auto start = [&loop, listener, peer, socket = std::move(socket), place = std::move(*slot)]() mutable {
    auto local = local_of(socket.get());
    auto channel = std::make_unique<Channel>(loop, std::move(socket), peer, local, listener);
    asio::co_spawn(loop.executor(), run_session(std::move(place), std::move(channel)), &report_exception);
  };
  if (&loop == Loop::current()) return start();
  loop.post(std::move(start));
}

Task<void> run_accept(std::shared_ptr<EdgeState> edge, std::shared_ptr<Acceptor> acceptor) {
  auto& loop = *Loop::current();
  asio::posix::basic_stream_descriptor<Loop::Executor> watched(loop.executor(), acceptor->bound.socket.get());
  SteadyTime quiet_until{};
  for (;;) {
    auto [error] = co_await watched.async_wait(watched.wait_read, asio::as_tuple(asio::use_awaitable));
    if (error) break;
    int left = kAcceptBurst;
    errno = 0;
    while (left > 0 && accept_one(edge, *acceptor)) --left;
    int reason = left > 0 ? errno : EAGAIN;
    // The client went away before it was accepted: RFC-conformant and frequent.
    if (reason == EAGAIN || reason == ECONNABORTED || reason == EINTR || reason == EPROTO) continue;
    // No descriptors, no memory: clients wait in the backlog until sessions have ended.
    edge->accept_errors.fetch_add(1, std::memory_order_relaxed);
    if (loop.now() >= quiet_until) {
      quiet_until = loop.now() + kAcceptErrorEvery;
      observe::warn("net.accept-failed",
                    {{"listener", acceptor->listener->info.id}, {"reason", std::strerror(reason)}});
    }
    co_await sleep_for(kAcceptPause);
  }
  watched.release();
}

}  // namespace gannet::net
