#include <fmt/format.h>

#include <cstring>

#include "imap/commands/commands.h"
#include "imap/mailbox_name.h"
#include "imap/parser/date.h"
#include "imap/parser/flags.h"

namespace gannet::imap {
namespace {

struct Append {
  std::string path;
  std::vector<std::string> flags;
  std::optional<WallTime> received;
  std::string_view message;  // in the command's text
};

// Lines of a message end with CRLF (RFC 5322 2.1); a client that sends LF alone means the same.
std::optional<std::string> with_crlf(std::string_view message) {
  std::size_t bare = 0;
  for (std::size_t at = 0; (at = message.find('\n', at)) != std::string_view::npos; ++at) {
    if (at == 0 || message[at - 1] != '\r') ++bare;
  }
  if (bare == 0) return std::nullopt;
  std::string fixed;
  fixed.reserve(message.size() + bare);
  for (std::size_t i = 0; i < message.size(); ++i) {
    if (message[i] == '\n' && (i == 0 || message[i - 1] != '\r')) fixed += '\r';
    fixed += message[i];
  }
  return fixed;
}

Result<std::optional<mailbox::MailboxId>> find_target(Session& session, const std::string& path) {
  const auto view = TRY(session.accounts().view(session.account));
  const auto lock = view->lock();
  const auto* mailbox = view->find_mailbox(path);
  if (mailbox == nullptr) return std::nullopt;
  return mailbox->id;
}

Result<Reply> append(Session& session, const Append& command) {
  if (command.message.empty()) return no("A message of no octets cannot be stored");
  if (command.message.size() > session.settings().max_message_size) {
    return no(fmt::format("The message is larger than {} octets", session.settings().max_message_size),
              "TOOBIG");
  }
  const auto target = TRY(find_target(session, command.path));
  // RFC 9051 6.3.12: only a CREATE by the client makes the mailbox.
  if (!target) return no("There is no such mailbox; CREATE it first", "TRYCREATE");
  const auto fixed = with_crlf(command.message);
  mailbox::IncomingMessage message;
  message.content = fixed ? std::string_view(*fixed) : command.message;
  message.received = command.received.value_or(session.services->clock->now());
  mailbox::Destination destination;
  destination.account = session.account;
  destination.quota = session.quota;
  destination.mailboxes = {*target};
  destination.keywords = command.flags;
  const auto stored =
      TRY(session.accounts().store(message, std::span<const mailbox::Destination>(&destination, 1)));
  if (stored.size() != 1 || !stored[0].stored || stored[0].places.empty()) {
    if (stored.size() == 1 && stored[0].error) return reply_to(*stored[0].error);
    return no("The message was not stored", "UNAVAILABLE");
  }
  const auto& place = stored[0].places.front();
  // RFC 4315 3.
  return ok("APPEND completed", fmt::format("APPENDUID {} {}", place.uid_validity, place.uid));
}

}  // namespace

// RFC 9051 6.3.12
ParsedTask parse_append(Arguments arguments) {
  auto& in = arguments.in;
  Append command;
  TRY(in.space());
  command.path = TRY(parse_mailbox(in));
  TRY(in.space());
  if (in.peek() == '(') {
    command.flags = TRY(parse_flag_list(in));
    TRY(in.space());
  }
  if (in.peek() == '"') {
    command.received = TRY(parse_date_time(in));
    TRY(in.space());
  }
  command.message = TRY(in.literal("the message as a literal"));
  TRY(in.end());
  return make_task(
      [command = std::move(command)](Session& session, std::string&) { return append(session, command); });
}

}  // namespace gannet::imap
