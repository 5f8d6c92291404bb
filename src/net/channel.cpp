#include "net/channel.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>

#include "base/assert.h"
#include "net/tls_info.h"
#include "observe/log.h"

namespace gannet::net::internal {
namespace {

namespace asio = boost::asio;

constexpr Duration kFirstDeadline = std::chrono::minutes(1);
constexpr Duration kLinger = std::chrono::seconds(2);

std::atomic<std::uint64_t> next_id{1};

std::shared_ptr<const ListenerState> outgoing() {
  static const auto state = std::make_shared<const ListenerState>();
  return state;
}

Attempt attempt_of_errno(int error, Attempt want) {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR ? want : Attempt::kReset;
}

// Takes some of what the peer has sent, without looking at it. Whether more may come.
bool discard_input(int socket) {
  char buffer[4096];
  for (int i = 0; i < 16; ++i) {
    auto n = ::recv(socket, buffer, sizeof buffer, MSG_DONTWAIT);
    if (n == 0) return false;
    if (n < 0) return i > 0 && (errno == EAGAIN || errno == EINTR);
  }
  return true;
}

}  // namespace

Channel::Channel(Loop& loop, UniqueFd socket, Endpoint from, Endpoint to,
                 std::shared_ptr<const ListenerState> listener)
    : peer(from),
      local(to),
      loop_(loop),
      socket_(loop.executor()),
      listener_(listener ? std::move(listener) : outgoing()),
      deadline_(loop.now() + kFirstDeadline),
      id_(next_id.fetch_add(1, std::memory_order_relaxed)),
      outgoing_(listener_ == outgoing()) {
  boost::system::error_code error;
  socket_.assign(socket.get(), error);
  if (error) {
    usable_ = false;
  } else {
    socket.release();
  }
  loop_.add(*this);
}

Channel::~Channel() {
  loop_.remove(*this);
  if (wakeup_) {
    std::lock_guard lock(wakeup_->mutex);
    wakeup_->loop = nullptr;
    wakeup_->channel = nullptr;
  }
  SSL_free(ssl_);
}

Attempt Channel::tls_attempt(int returned) {
  switch (SSL_get_error(ssl_, returned)) {
    case SSL_ERROR_NONE:
      return Attempt::kDone;
    case SSL_ERROR_WANT_READ:
      return Attempt::kWantRead;
    case SSL_ERROR_WANT_WRITE:
      return Attempt::kWantWrite;
    case SSL_ERROR_ZERO_RETURN:
      return Attempt::kEof;
    case SSL_ERROR_SYSCALL:
      usable_ = false;
      return errno == 0 ? Attempt::kEof : Attempt::kReset;
    default:
      break;
  }
  usable_ = false;
  tls_error_ = openssl_error("TLS failure");
  return Attempt::kTls;
}

Attempt Channel::try_read(char* to, std::size_t size, std::size_t& got) {
  got = 0;
  if (ssl_) {
    ERR_clear_error();
    errno = 0;
    return tls_attempt(SSL_read_ex(ssl_, to, size, &got));
  }
  auto n = ::recv(socket_.native_handle(), to, size, MSG_DONTWAIT);
  if (n < 0) return attempt_of_errno(errno, Attempt::kWantRead);
  got = static_cast<std::size_t>(n);
  return n == 0 ? Attempt::kEof : Attempt::kDone;
}

Attempt Channel::try_write(const char* from, std::size_t size, std::size_t& put) {
  put = 0;
  if (ssl_) {
    ERR_clear_error();
    errno = 0;
    return tls_attempt(SSL_write_ex(ssl_, from, size, &put));
  }
  auto n = ::send(socket_.native_handle(), from, size, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (n < 0) return attempt_of_errno(errno, Attempt::kWantWrite);
  put = static_cast<std::size_t>(n);
  return Attempt::kDone;
}

Attempt Channel::try_peek(char* to, std::size_t size, std::size_t& got) {
  got = 0;
  auto n = ::recv(socket_.native_handle(), to, size, MSG_DONTWAIT | MSG_PEEK);
  if (n < 0) return attempt_of_errno(errno, Attempt::kWantRead);
  got = static_cast<std::size_t>(n);
  return n == 0 ? Attempt::kEof : Attempt::kDone;
}

void Channel::skip(std::size_t size) {
  char buffer[1024];
  while (size > 0) {
    auto n = ::recv(socket_.native_handle(), buffer, std::min(size, sizeof buffer), MSG_DONTWAIT);
    if (n <= 0) return;
    size -= static_cast<std::size_t>(n);
  }
}

bool Channel::has_pending() const {
  return ssl_ && SSL_has_pending(ssl_);
}

Error Channel::error_of(Attempt attempt) const {
  if (attempt == Attempt::kEof) return Error(NetError::kEof, "the peer closed the connection");
  if (attempt == Attempt::kTls) return Error(NetError::kTls, "TLS failed").with_detail(tls_error_);
  return Error(NetError::kReset, "the connection was reset");
}

std::optional<Error> Channel::reason_to_stop(Waiting waiting) const {
  auto drain = loop_.drain();
  bool for_command = waiting != Waiting::kBody && !outgoing_;
  if (drain == Drain::kAll || (drain == Drain::kCommands && for_command)) {
    return Error(NetError::kShutdown, "the server is stopping", Retry::kCanHelp);
  }
  if (!usable_) return error_of(tls_error_.empty() ? Attempt::kReset : Attempt::kTls);
  if (loop_.now() >= deadline_) return Error(NetError::kTimeout, "the connection timed out");
  return std::nullopt;
}

Task<Result<>> Channel::wait(Attempt want, Waiting waiting) {
  GANNET_ASSERT(!waiting_);
  for (;;) {
    if (auto reason = reason_to_stop(waiting)) co_return std::unexpected(std::move(*reason));
    if (waiting == Waiting::kNotified && notified_) co_return Result<>();
    waiting_ = true;
    auto [error] =
        co_await socket_.async_wait(want == Attempt::kWantWrite ? socket_.wait_write : socket_.wait_read,
                                    asio::as_tuple(asio::use_awaitable));
    waiting_ = false;
    if (!error) co_return Result<>();
    if (error != asio::error::operation_aborted) co_return std::unexpected(error_of(Attempt::kReset));
  }
}

Task<Result<>> Channel::pause(Duration duration) {
  asio::steady_timer timer(loop_.context(), duration);
  for (;;) {
    if (auto reason = reason_to_stop(Waiting::kCommand)) co_return std::unexpected(std::move(*reason));
    pausing_ = &timer;
    auto [error] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    pausing_ = nullptr;
    if (!error) co_return Result<>();
  }
}

void Channel::interrupt() {
  if (waiting_) socket_.cancel();
  if (pausing_) pausing_->cancel();
}

Task<Result<>> Channel::handshake(SSL* ssl, bool server, Duration timeout) {
  if (ssl_ || !ssl) {
    SSL_free(ssl);
    co_return fail(NetError::kTls, "TLS cannot be started here", ssl ? "it is on already" : "no memory");
  }
  ssl_ = ssl;
  auto session_deadline = deadline_;
  deadline_ = std::min(loop_.now() + timeout, session_deadline);
  auto result = co_await run_handshake(server);
  if (result) {
    deadline_ = session_deadline;
    co_return result;
  }
  usable_ = false;
  if (server && listener_->metrics) listener_->metrics->tls_failures.add();
  observe::info("net.tls-failed", {{"listener", listener_->info.id},
                                   {"remote-ip", peer.ip.to_string()},
                                   {"server-side", server},
                                   {"reason", result.error()}});
  co_return result;
}

Task<Result<>> Channel::run_handshake(bool server) {
  if (SSL_set_fd(ssl_, socket_.native_handle()) != 1) {
    co_return fail(NetError::kTls, "TLS cannot be started here", openssl_error("?"));
  }
  for (;;) {
    ERR_clear_error();
    errno = 0;
    auto attempt = tls_attempt(server ? SSL_accept(ssl_) : SSL_connect(ssl_));
    if (attempt == Attempt::kDone) co_return Result<>();
    if (attempt != Attempt::kWantRead && attempt != Attempt::kWantWrite) {
      co_return std::unexpected(error_of(attempt));
    }
    // Not a command in hand: a stopping server does not wait for it.
    CO_TRY(co_await wait(attempt, Waiting::kCommand));
  }
}

Task<void> Channel::close_gracefully() {
  if (!socket_.is_open()) co_return;
  deadline_ = loop_.now() + kLinger;
  if (ssl_ && usable_ && !SSL_in_init(ssl_)) {
    ERR_clear_error();
    SSL_shutdown(ssl_);
  }
  // Closing while input is unread makes the kernel send a reset, which can destroy the last reply before the
  // peer has read it. So take what comes, if anything does.
  bool was_usable = std::exchange(usable_, true);
  bool more = was_usable && discard_input(socket_.native_handle());
  if (more) ::shutdown(socket_.native_handle(), SHUT_WR);
  while (more) {
    if (!co_await wait(Attempt::kWantRead, Waiting::kBody)) break;
    more = discard_input(socket_.native_handle());
  }
  usable_ = false;
  boost::system::error_code ignored;
  socket_.close(ignored);
}

void Channel::notify() {
  notified_ = true;
  interrupt();
}

bool Channel::take_notified() {
  return std::exchange(notified_, false);
}

std::shared_ptr<Wakeup> Channel::wakeup() {
  if (!wakeup_) {
    wakeup_ = std::make_shared<Wakeup>();
    wakeup_->loop = &loop_;
    wakeup_->channel = this;
  }
  return wakeup_;
}

}  // namespace gannet::net::internal
