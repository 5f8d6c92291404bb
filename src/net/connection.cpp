#include "net/connection.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "net/channel.h"
#include "net/tls_info.h"

namespace gannet::net {

using internal::Attempt;
using internal::Waiting;

namespace {

// More than one TLS record, so that a bulk sender is read in few calls. Shared by all connections of the
// thread.
constexpr std::size_t kReadSize = 64 * 1024;
thread_local std::array<char, kReadSize> read_space;

constexpr std::size_t kLongLineStart = 128;
constexpr std::size_t kWriteSize = 16 * 1024;       // one TLS record
constexpr std::size_t kOutboxLowWater = 64 * 1024;  // write() waits above it

void release(std::string& buffer) {
  if (buffer.capacity() > std::string().capacity()) std::string().swap(buffer);
}

}  // namespace

void Notifier::notify() const {
  if (!wakeup_) return;
  std::lock_guard lock(wakeup_->mutex);
  if (!wakeup_->loop || wakeup_->posted) return;
  wakeup_->posted = true;
  wakeup_->loop->post([wakeup = wakeup_] {
    internal::Channel* channel;
    {
      std::lock_guard again(wakeup->mutex);
      wakeup->posted = false;
      channel = wakeup->channel;
    }
    if (channel) channel->notify();
  });
}

Connection::Connection(std::unique_ptr<internal::Channel> channel) : channel_(std::move(channel)) {
  const auto& listener = channel_->listener();
  if (!listener.options.id.empty()) outbox_limit_ = listener.options.outbox_limit;
}

Connection::~Connection() = default;

// ---- Reading.

std::string_view Connection::buffered() const {
  return std::string_view(input_).substr(input_begin_);
}

void Connection::consume(std::size_t size) {
  input_begin_ += std::min(size, input_.size() - input_begin_);
  scanned_ = 0;
  if (input_begin_ == input_.size()) {
    input_.clear();
    input_begin_ = 0;
  }
}

std::size_t Connection::discard_buffered() {
  auto size = buffered().size();
  consume(size);
  skipping_ = false;
  return size;
}

Task<Result<>> Connection::fill(Waiting waiting) {
  if (input_begin_ > 0) {
    input_.erase(0, input_begin_);
    input_begin_ = 0;
  }
  if (outbox_.size() > outbox_begin_) CO_TRY(co_await send_down_to(0));
  Attempt want = Attempt::kWantRead;
  bool try_first = channel_->has_pending();
  for (;;) {
    if (!try_first) {
      if (input_.empty()) release(input_);
      CO_TRY(co_await channel_->wait(want, waiting));
      // Nothing may be there to read: the caller looks at both.
      if (waiting == Waiting::kNotified && channel_->notified()) co_return Result<>();
    }
    try_first = false;
    std::size_t got = 0;
    auto attempt = channel_->try_read(read_space.data(), read_space.size(), got);
    if (attempt == Attempt::kDone) {
      bytes_read_ += got;
      input_.append(read_space.data(), got);
      co_return Result<>();
    }
    if (attempt != Attempt::kWantRead && attempt != Attempt::kWantWrite) {
      co_return std::unexpected(channel_->error_of(attempt));
    }
    want = attempt;
  }
}

std::optional<Result<Line>> Connection::take_line(std::size_t max, LineMode mode) {
  auto in = buffered();
  std::size_t end = 0;
  for (auto from = scanned_;; from = end + 1) {
    end = in.find('\n', from);
    if (end == std::string_view::npos) break;
    if (mode == LineMode::kAllowLf || (end > 0 && in[end - 1] == '\r')) break;
  }
  Error too_long(NetError::kTooLong, "the line is too long");
  if (end == std::string_view::npos) {
    scanned_ = in.size();
    // One octet more than `max` may be the CR of its end.
    if (in.size() <= max + 1) return std::nullopt;
    long_line_start_ = in.substr(0, kLongLineStart);
    skipping_ = true;
    skip_long_line(mode);
    return std::unexpected(std::move(too_long));
  }
  bool crlf = end > 0 && in[end - 1] == '\r';
  auto text = in.substr(0, crlf ? end - 1 : end);
  if (text.size() > max) {
    long_line_start_ = text.substr(0, kLongLineStart);
    consume(end + 1);
    return std::unexpected(std::move(too_long));
  }
  Line line{
      .text = std::string(text), .bare = text.find_first_of("\r\n") != std::string_view::npos, .crlf = crlf};
  consume(end + 1);
  return line;
}

bool Connection::skip_long_line(LineMode mode) {
  auto in = buffered();
  for (std::size_t from = 0;;) {
    auto end = in.find('\n', from);
    if (end == std::string_view::npos) break;
    if (mode == LineMode::kAllowLf || (end > 0 && in[end - 1] == '\r')) {
      consume(end + 1);
      skipping_ = false;
      return true;
    }
    from = end + 1;
  }
  // A CR at the end may be the first half of the line's end.
  consume(in.ends_with('\r') ? in.size() - 1 : in.size());
  return false;
}

Task<Result<Line>> Connection::read_line(std::size_t max, LineMode mode) {
  for (;;) {
    if (!skipping_ || skip_long_line(mode)) {
      if (auto line = take_line(max, mode)) co_return std::move(*line);
    }
    CO_TRY(co_await fill(Waiting::kCommand));
  }
}

Task<Result<std::optional<Line>>> Connection::read_line_or_notified(std::size_t max, LineMode mode) {
  for (;;) {
    if (!skipping_ || skip_long_line(mode)) {
      if (auto line = take_line(max, mode)) {
        if (!*line) co_return std::unexpected(std::move(*line).error());
        co_return std::move(**line);
      }
    }
    if (channel_->take_notified()) co_return std::nullopt;
    CO_TRY(co_await fill(Waiting::kNotified));
  }
}

Task<Result<>> Connection::wait_for_command() {
  if (buffered().empty()) CO_TRY(co_await fill(Waiting::kCommand));
  co_return Result<>();
}

Task<Result<std::string>> Connection::read_exact(std::size_t size) {
  std::string out;
  out.reserve(std::min<std::size_t>(size, 1024 * 1024));
  while (out.size() < size) {
    auto in = CO_TRY(co_await read_some());
    auto part = in.substr(0, size - out.size());
    out.append(part);
    consume(part.size());
  }
  co_return out;
}

Task<Result<std::string_view>> Connection::read_some(bool more) {
  if (buffered().empty() || more) CO_TRY(co_await fill(Waiting::kBody));
  co_return buffered();
}

// ---- Writing.

Result<> Connection::queue(std::string_view data) {
  if (data.size() > outbox_room()) {
    return fail(NetError::kTooSlow, "the peer reads too slowly", Retry::kCanHelp);
  }
  outbox_.append(data);
  return {};
}

std::size_t Connection::outbox_room() const {
  auto used = outbox_.size() - outbox_begin_;
  return used < outbox_limit_ ? outbox_limit_ - used : 0;
}

void Connection::set_outbox_limit(std::size_t octets) {
  outbox_limit_ = octets;
}

Task<Result<>> Connection::write(std::string data) {
  if (outbox_.empty() && data.size() >= kOutboxLowWater) {
    outbox_ = std::move(data);
  } else {
    outbox_.append(data);
    release(data);
  }
  if (outbox_.size() - outbox_begin_ <= kOutboxLowWater) co_return Result<>();
  co_return co_await send_down_to(kOutboxLowWater);
}

Task<Result<>> Connection::flush() {
  return send_down_to(0);
}

Task<Result<>> Connection::send_down_to(std::size_t keep) {
  while (outbox_.size() - outbox_begin_ > keep) {
    // OpenSSL wants a repeated write to be at least as long as the first: the outbox only grows, so it is.
    auto chunk = outbox_.size() - outbox_begin_;
    if (channel_->ssl()) chunk = std::min(chunk, kWriteSize);
    std::size_t put = 0;
    auto attempt = channel_->usable() ? channel_->try_write(outbox_.data() + outbox_begin_, chunk, put)
                                      : Attempt::kReset;
    if (attempt == Attempt::kDone) {
      outbox_begin_ += put;
      bytes_written_ += put;
    } else if (attempt == Attempt::kWantRead || attempt == Attempt::kWantWrite) {
      CO_TRY(co_await channel_->wait(attempt, Waiting::kBody));
    } else {
      co_return std::unexpected(channel_->error_of(attempt));
    }
  }
  if (outbox_begin_ == outbox_.size()) {
    release(outbox_);
    outbox_.clear();
    outbox_begin_ = 0;
  } else if (outbox_begin_ > outbox_.size() / 2) {
    outbox_.erase(0, outbox_begin_);
    outbox_begin_ = 0;
  }
  co_return Result<>();
}

// ---- Deadline.

void Connection::set_deadline(Duration from_now) {
  channel_->set_deadline(channel_->loop().now() + from_now);
}

Task<Result<>> Connection::pause(Duration duration) {
  return channel_->pause(duration);
}

// ---- TLS.

bool Connection::can_start_tls() const {
  const auto& listener = channel_->listener();
  return !is_tls() && listener.tls && (listener.options.tls.enable || listener.options.tls.implicit);
}

Task<Result<>> Connection::start_tls() {
  if (!can_start_tls()) co_return fail(NetError::kTls, "TLS is not available here");
  CO_TRY(co_await send_down_to(0));
  discard_buffered();
  const auto& tls = channel_->listener().tls;
  co_return co_await channel_->handshake(tls->new_session(), true, tls->timeout());
}

Task<Result<>> Connection::start_tls_client(std::shared_ptr<const ClientTls> context,
                                            std::string server_name) {
  CO_TRY(co_await send_down_to(0));
  discard_buffered();
  co_return co_await channel_->handshake(context->new_session(server_name), false, context->timeout());
}

bool Connection::is_tls() const {
  return channel_->ssl() != nullptr;
}

TlsInfo Connection::tls_info() const {
  return channel_->ssl() ? describe_tls(channel_->ssl()) : TlsInfo{};
}

std::vector<std::pair<std::string, std::string>> Connection::channel_bindings() const {
  std::vector<std::pair<std::string, std::string>> out;
  static constexpr std::pair<const char*, ChannelBinding> kTypes[] = {
      {"tls-exporter", ChannelBinding::kTlsExporter},
      {"tls-server-end-point", ChannelBinding::kTlsServerEndPoint},
      {"tls-unique", ChannelBinding::kTlsUnique}};
  for (const auto& [name, type] : kTypes)
    if (auto data = channel_binding(type)) out.emplace_back(name, *std::move(data));
  return out;
}

std::optional<std::string> Connection::channel_binding(ChannelBinding type) const {
  return channel_->ssl() ? tls_channel_binding(channel_->ssl(), type) : std::nullopt;
}

// ---- Ending.

Task<void> Connection::close() {
  set_deadline(std::chrono::seconds(2));
  if (channel_->usable()) {
    // What fails here fails for a peer that is gone.
    [[maybe_unused]] auto sent = co_await send_down_to(0);
  }
  release(outbox_);
  outbox_begin_ = 0;
  discard_buffered();
  co_await channel_->close_gracefully();
}

bool Connection::stopping() const {
  return channel_->loop().drain() != Drain::kNone;
}

// ---- Who and what.

std::uint64_t Connection::id() const {
  return channel_->id();
}

const Endpoint& Connection::peer() const {
  return channel_->peer;
}

const Endpoint& Connection::local() const {
  return channel_->local;
}

const ListenerInfo& Connection::listener() const {
  return channel_->listener().info;
}

std::uint64_t Connection::bytes_read() const {
  return bytes_read_;
}

std::uint64_t Connection::bytes_written() const {
  return bytes_written_;
}

Notifier Connection::notifier() {
  return Notifier(channel_->wakeup());
}

}  // namespace gannet::net
