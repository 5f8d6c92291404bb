// BDAT (RFC 3030 2)
#include <algorithm>
#include <utility>

#include "smtp/server_session.h"

namespace gannet::smtp {

net::Task<void> ServerSession::bdat(std::string_view arguments) {
  if (!options().chunking) co_return send(closing({502, {5, 5, 1}, "CHUNKING is not offered here"}));
  auto parsed = parse_bdat(arguments);
  // Where the chunk ends is not known, so what follows cannot be told from commands.
  if (!parsed) co_return send(closing(parsed.error()));
  if (parsed->size > options().transfer_limit)
    co_return send(closing({552, {5, 3, 4}, "The chunk is larger than a session may send"}));

  const bool ready = transaction_.open && transaction_.recipients != 0;
  if (ready && !transaction_.chunked) transaction_.share = MessageShare(options().memory);
  const bool room =
      transaction_.share.reach(transaction_.chunks.size() + std::min(parsed->size, options().data.size));
  const bool fits =
      parsed->size <= options().data.size && transaction_.chunks.size() <= options().data.size - parsed->size;
  if (ready && !transaction_.chunked) {
    transaction_.chunked = true;
    transaction_.checker = LineChecker(options().data.line);
  }
  // The octets of a chunk are never taken for commands, whatever its answer (RFC 3030 2).
  if (!co_await take_chunk(parsed->size, ready && fits && room)) co_return;
  if (!ready) {
    const bool refused = transaction_.open && transaction_.refused != 0;
    co_return send_error(refused ? Reply{554, {5, 5, 1}, "No valid recipients"}
                                 : Reply{503, {5, 5, 1}, "Say MAIL and RCPT first"});
  }
  Flaw flaw = Flaw::kNone;
  if (transaction_.body != Body::kBinaryMime) {
    flaw = transaction_.checker.check({});
    if (parsed->last) flaw = transaction_.checker.finish();
  }
  if (!fits || !room || flaw != Flaw::kNone) {
    // RFC 3030 2: after a failed chunk the transaction is over; what is left of it is answered 503.
    Reply refusal{552,
                  {5, 3, 4},
                  "The message is larger than " + std::to_string(options().data.size) +
                      " octets, which is the limit here"};
    if (fits && !room)
      refusal = {452, {4, 3, 1}, "The server takes in too many large messages: try again later"};
    if (flaw != Flaw::kNone)
      refusal = {550, {5, 5, 2}, "A line of the message ends in a lone CR or LF, or is too long: refused"};
    const bool each = info_.protocol == Protocol::kLmtp && parsed->last;
    const std::uint32_t replies = each ? transaction_.recipients : 1;
    for (std::uint32_t i = 0; i < replies; ++i) send(refusal);
    co_return reset_transaction();
  }
  if (!parsed->last) co_return send({250, {2, 0, 0}, std::to_string(parsed->size) + " octets received"});
  co_await deliver(std::move(transaction_.chunks));
}

net::Task<bool> ServerSession::take_chunk(std::uint64_t size, bool keep) {
  while (size != 0) {
    set_deadline();
    auto input = co_await connection_->read_some();
    if (!input) {
      end(input.error());
      co_return false;
    }
    const std::string_view piece = input->substr(0, std::min<std::uint64_t>(size, input->size()));
    if (keep && transaction_.body != Body::kBinaryMime && transaction_.checker.check(piece) != Flaw::kNone) {
      keep = false;
      std::string().swap(transaction_.chunks);
    }
    if (keep) transaction_.chunks.append(piece);
    size -= piece.size();
    connection_->consume(piece.size());
    if (transfer_exceeded()) co_return false;
  }
  co_return true;
}

}  // namespace gannet::smtp
