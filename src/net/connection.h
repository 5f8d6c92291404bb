// One accepted or outgoing socket, plain or TLS, as a protocol session sees it.
//
// Invariants:
// - A connection lives and dies on one event loop; every member is called on that loop's thread only. The one
//   exception is a Notifier, which any thread may use.
// - One coroutine at a time reads and writes. Server push never writes to another session's connection: it
//   wakes the session by its Notifier, and the session writes for itself.
// - There is one deadline, moved by the session. A wait beyond it ends with kTimeout, reading or writing.
// - Input and outbox hold no memory while they are empty, so an idle session costs its coroutine frames and,
//   under TLS, OpenSSL's state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/ip.h"
#include "base/result.h"
#include "net/errors.h"
#include "net/listener.h"
#include "net/task.h"
#include "net/tls.h"

namespace gannet::net {

namespace internal {
class Channel;
struct Wakeup;
enum class Waiting : unsigned char;
}  // namespace internal

// What ends a line.
enum class LineMode {
  kStrictCrlf,  // only CRLF (SMTP, RFC 5321 2.3.8); a bare CR or LF stays in the text and is flagged
  kAllowLf,     // LF with or without a CR before it (IMAP, POP3, ManageSieve as clients speak them)
};

struct Line {
  std::string text;   // without its end
  bool bare = false;  // the text holds a CR or an LF
  bool crlf = true;   // it ended with CRLF; false only under kAllowLf
};

// Wakes the session of one connection that waits in read_line_or_notified(). Copies are cheap and may outlive
// the connection; then notify() does nothing. Any thread.
class Notifier {
 public:
  Notifier() = default;
  // Wake-ups that come before the session has seen the last one are one wake-up.
  void notify() const;

 private:
  friend class Connection;
  explicit Notifier(std::shared_ptr<internal::Wakeup> wakeup) : wakeup_(std::move(wakeup)) {}
  std::shared_ptr<internal::Wakeup> wakeup_;
};

// Every awaited function fails with kEof, kReset, kTimeout, kShutdown or kTls as errors.h says, and then the
// connection can only be closed; kTooLong and, before the outbox is over its limit, nothing else lets it go
// on.
class Connection {
 public:
  explicit Connection(std::unique_ptr<internal::Channel> channel);
  // Closes at once, unsent replies are lost; see close().
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // ---- Reading. Each first sends what is in the outbox if it has to wait; so the replies to pipelined
  // commands leave in one segment (RFC 2920 3.2) without the session caring.

  // The next line. `max` bounds its octets, line end not counted; a longer one gives kTooLong at once, and
  // what is left of it is skipped by the next read_line(). When the server is stopping, complete lines that
  // have come in are still returned; waiting for more gives kShutdown.
  Task<Result<Line>> read_line(std::size_t max, LineMode mode = LineMode::kStrictCrlf);
  // The first octets, at most 128, of the line that gave kTooLong last: for a reply that names it (an IMAP
  // command's tag). Empties it.
  std::string take_long_line_start() { return std::exchange(long_line_start_, {}); }
  // The same, or nothing when the Notifier was used and no whole line is there. For IMAP IDLE (RFC 2177).
  Task<Result<std::optional<Line>>> read_line_or_notified(std::size_t max,
                                                          LineMode mode = LineMode::kAllowLf);
  // Until at least one octet is there, ending as read_line() does. For a protocol that parses buffered() by
  // itself: this between two requests, read_some() within one.
  Task<Result<>> wait_for_command();
  // Exactly `size` octets. The caller has checked `size` against its limit. Goes on while the server is
  // stopping, until the grace time ends: it is a part of a command.
  Task<Result<std::string>> read_exact(std::size_t size);
  // What is there, at least one octet, as a view into the input: take from it, consume() what was taken, call
  // again when all is consumed or when more is needed. While some input is unconsumed, `more` waits for
  // additional octets (the caller must bound how far that goes). The view ends with the next call of any
  // member that reads or consumes. For DATA, BDAT and large literals. Goes on while the server is stopping,
  // as read_exact().
  Task<Result<std::string_view>> read_some(bool more = false);
  void consume(std::size_t size);
  // What has come in and is not consumed. The view ends as for read_some().
  std::string_view buffered() const;
  // Forgets it; returns how much it was. start_tls() does so by itself: nothing sent before TLS is used after
  // it.
  std::size_t discard_buffered();

  // ---- Writing.

  // Adds to the outbox without waiting; it is sent by the next read that waits, by flush() or by write().
  // kTooSlow when the outbox would exceed its limit: then nothing was added.
  Result<> queue(std::string_view data);
  // Adds to the outbox, and sends once more than 64 KiB wait there, until at most that is left. Never
  // kTooSlow: it waits for the peer up to the deadline.
  Task<Result<>> write(std::string data);
  // Sends all of the outbox.
  Task<Result<>> flush();
  // Octets that queue() would still take before kTooSlow.
  std::size_t outbox_room() const;
  void set_outbox_limit(std::size_t octets);

  // ---- Deadline.

  // Counts from now; checked about once per Runtime's tick (1 s), so an idle connection needs no timer of its
  // own. The deadline that a session starts with is one minute.
  void set_deadline(Duration from_now);
  // Lets the session rest, to slow down a guesser. Ends early with kShutdown, kTimeout.
  Task<Result<>> pause(Duration duration);

  // ---- TLS (tls.h).

  // Whether start_tls() can work here: the listener has TLS enabled and this connection is plain.
  bool can_start_tls() const;
  // The server's side of STARTTLS: sends the outbox, forgets buffered input (RFC 3207 4.2, RFC 9051 11.1),
  // and shakes hands within the listener's tls.timeout. The session forgets what it learned before.
  Task<Result<>> start_tls();
  // The client's side. `context` lives as long as the process or is shared.
  Task<Result<>> start_tls_client(std::shared_ptr<const ClientTls> context, std::string server_name);
  bool is_tls() const;
  // Empty on a plain connection.
  TlsInfo tls_info() const;
  // For SCRAM-*-PLUS (RFC 5802 6, RFC 5929, RFC 9266). Nothing when there is no TLS or the type cannot be
  // had.
  std::optional<std::string> channel_binding(ChannelBinding type) const;
  // All that can be had, with their registered names ("tls-exporter").
  std::vector<std::pair<std::string, std::string>> channel_bindings() const;

  // ---- Ending.

  // Sends the outbox and TLS' close_notify, closes this side, and takes what the peer still sends for a
  // moment, lest the last reply is lost by a reset. Bounded by two seconds. The connection is unusable
  // afterwards.
  Task<void> close();
  // Whether the server is stopping; a session that has been busy looks here before it starts something long.
  bool stopping() const;

  // ---- Who and what.

  // A number that no other connection of this process has: for logs.
  std::uint64_t id() const;
  // The client's address: from the PROXY header where a trusted proxy sent one.
  const Endpoint& peer() const;
  const Endpoint& local() const;
  // The listener that accepted it; an outgoing connection has one with an empty id.
  const ListenerInfo& listener() const;
  // The protocol's octets, without TLS' own.
  std::uint64_t bytes_read() const;
  std::uint64_t bytes_written() const;

  Notifier notifier();

 private:
  // Takes in at least one octet more.
  Task<Result<>> fill(internal::Waiting waiting);
  // Sends until at most `keep` octets are left.
  Task<Result<>> send_down_to(std::size_t keep);
  std::optional<Result<Line>> take_line(std::size_t max, LineMode mode);
  bool skip_long_line(LineMode mode);

  std::unique_ptr<internal::Channel> channel_;
  std::string input_;
  std::size_t input_begin_ = 0;  // consumed up to here
  std::size_t scanned_ = 0;      // no line end before here, counted from input_begin_
  std::string outbox_;
  std::size_t outbox_begin_ = 0;  // sent up to here
  std::size_t outbox_limit_ = 8 * 1024 * 1024;
  bool skipping_ = false;        // the rest of a line that was too long
  std::string long_line_start_;  // see take_long_line_start()
  std::uint64_t bytes_read_ = 0;
  std::uint64_t bytes_written_ = 0;
};

}  // namespace gannet::net
