// Internal: a non-blocking socket with optional TLS, and the one place where a connection waits.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/ip.h"
#include "base/result.h"
#include "net/listener.h"
#include "net/loop.h"
#include "net/metrics.h"
#include "net/task.h"
#include "net/unique_fd.h"

namespace gannet::net::internal {

class Channel;

// What a Notifier shares with its channel.
struct Wakeup {
  std::mutex mutex;
  Loop* loop = nullptr;        // null once the channel is gone
  Channel* channel = nullptr;  // used on the loop only
  bool posted = false;
};

// What one listener's connections share.
struct ListenerState {
  ListenerOptions options;
  Protocol protocol;
  ListenerInfo info;
  std::shared_ptr<const ServerTls> tls;    // null: none
  std::optional<ListenerMetrics> metrics;  // none for outgoing connections
};

// What a wait is for, and so what may end it early.
enum class Waiting : unsigned char {
  kCommand,   // ends when the server begins to stop
  kNotified,  // the same, and by a Notifier; then it succeeds and notified() tells
  kBody,      // ends only when the server's grace time is over
};

// How an attempt that does not block went.
enum class Attempt : unsigned char { kDone, kWantRead, kWantWrite, kEof, kReset, kTls };

class Channel {
 public:
  // On the loop's thread. `listener` null: an outgoing connection, which a stopping server lets finish.
  Channel(Loop& loop, UniqueFd socket, Endpoint peer, Endpoint local,
          std::shared_ptr<const ListenerState> listener);
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  Attempt try_read(char* to, std::size_t size, std::size_t& got);
  Attempt try_write(const char* from, std::size_t size, std::size_t& put);
  // What has come in, without taking it, and taking it; for what precedes TLS.
  Attempt try_peek(char* to, std::size_t size, std::size_t& got);
  void skip(std::size_t size);
  // Whether TLS holds octets that a wait for the socket would not see.
  bool has_pending() const;
  // The error that ends a connection for an attempt that neither succeeded nor wants to wait.
  Error error_of(Attempt attempt) const;

  // Until the socket is ready, or an error that ends the connection. May also return early with nothing
  // ready.
  Task<Result<>> wait(Attempt want, Waiting waiting);
  Task<Result<>> pause(Duration duration);
  // Ends the wait or pause that is going on, so that it looks at its reasons again.
  void interrupt();

  // Takes `ssl`; null is an error of its own.
  Task<Result<>> handshake(SSL* ssl, bool server, Duration timeout);
  // After this side's last octet: see Connection::close().
  Task<void> close_gracefully();

  SteadyTime deadline() const { return deadline_; }
  void set_deadline(SteadyTime deadline) { deadline_ = deadline; }
  void notify();
  // Whether a Notifier was used since the last call.
  bool take_notified();
  bool notified() const { return notified_; }
  std::shared_ptr<Wakeup> wakeup();

  Loop& loop() { return loop_; }
  const Loop& loop() const { return loop_; }
  SSL* ssl() const { return ssl_; }
  // Lives as long as the channel.
  const ListenerState& listener() const { return *listener_; }
  std::uint64_t id() const { return id_; }
  bool usable() const { return usable_; }

  Endpoint peer;
  Endpoint local;

 private:
  friend class gannet::net::Loop;
  std::optional<Error> reason_to_stop(Waiting waiting) const;
  Task<Result<>> run_handshake(bool server);
  Attempt tls_attempt(int returned);

  Loop& loop_;
  Channel* previous_ = nullptr;
  Channel* next_ = nullptr;
  boost::asio::posix::basic_stream_descriptor<Loop::Executor> socket_;
  SSL* ssl_ = nullptr;
  boost::asio::steady_timer* pausing_ = nullptr;  // in the frame of pause()
  std::shared_ptr<const ListenerState> listener_;
  std::shared_ptr<Wakeup> wakeup_;
  std::string tls_error_;
  SteadyTime deadline_;
  const std::uint64_t id_;
  const bool outgoing_;
  bool waiting_ = false;
  bool notified_ = false;
  bool usable_ = true;  // false after close, a reset or a TLS failure
};

}  // namespace gannet::net::internal
