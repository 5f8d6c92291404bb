// DATA (RFC 5321 4.1.1.4)
#include <utility>

#include "smtp/server_session.h"

namespace gannet::smtp {
namespace {

Reply refuse(Flaw flaw, const DataLimits& limits) {
  switch (flaw) {
    case Flaw::kNone:
      break;
    case Flaw::kLoneLineEnd:
      return {550, {5, 5, 2}, "A line of the message ends in a lone CR or LF (RFC 5321 2.3.8): refused"};
    case Flaw::kLineTooLong:
      return {554,
              {5, 6, 0},
              "A line of the message is longer than " + std::to_string(limits.line) +
                  " octets, which is the limit here"};
    case Flaw::kTooBig:
      return {
          552,
          {5, 3, 4},
          "The message is larger than " + std::to_string(limits.size) + " octets, which is the limit here"};
    case Flaw::kNoMemory:
      // RFC 5321 4.2.2
      return {452, {4, 3, 1}, "The server takes in too many large messages: try again later"};
  }
  return {};
}

}  // namespace

net::Task<void> ServerSession::data(std::string_view arguments) {
  if (!arguments.empty()) co_return send_error({501, {5, 5, 4}, "DATA takes no argument"});
  if (!transaction_.open) co_return send_error({503, {5, 5, 1}, "Say MAIL first"});
  // RFC 3030 3: BINARYMIME goes with BDAT only, and the two may not be mixed.
  if (transaction_.chunked) co_return send_error({503, {5, 5, 1}, "The message has begun with BDAT"});
  if (transaction_.body == Body::kBinaryMime)
    co_return send_error({503, {5, 5, 1}, "BODY=BINARYMIME needs BDAT"});
  if (transaction_.recipients == 0) {
    const Reply none = transaction_.refused != 0 ? Reply{554, {5, 5, 1}, "No valid recipients"}
                                                 : Reply{503, {5, 5, 1}, "Say RCPT first"};
    co_return send_error(none);
  }
  send({354, {}, "Send the message; end with a dot on a line of its own"});

  DataReader reader(options().data);
  transaction_.share = MessageShare(options().memory);
  std::string message;
  message.reserve(transaction_.expected_size);
  while (!reader.done()) {
    set_deadline();
    auto input = co_await connection_->read_some();
    if (!input) co_return end(input.error());
    connection_->consume(reader.feed(*input, message));
    if (!transaction_.share.reach(message.size())) reader.give_up(Flaw::kNoMemory);
    // What is refused anyway takes no memory.
    if (reader.flaw() != Flaw::kNone && message.capacity() > 4096) std::string().swap(message);
    if (transfer_exceeded()) co_return;
  }
  if (reader.flaw() != Flaw::kNone) {
    const Reply refusal = refuse(reader.flaw(), options().data);
    const std::uint32_t replies = info_.protocol == Protocol::kLmtp ? transaction_.recipients : 1;
    for (std::uint32_t i = 0; i < replies; ++i) send(refusal);
    co_return reset_transaction();
  }
  co_await deliver(std::move(message));
}

net::Task<void> ServerSession::deliver(std::string message) {
  ++messages_;
  // Whoever waits for the core waits for as long as it needs; it has time-outs of its own.
  connection_->set_deadline(std::chrono::hours(1));
  const std::vector<Reply> replies = co_await handler_->data(&info_, std::move(message));
  transaction_ = Transaction();
  for (const Reply& reply : replies) send(reply);
}

}  // namespace gannet::smtp
