// Literals (RFC 9051 4.3, RFC 7888): which are taken, which refused, and how what is refused is skipped.
#include <algorithm>
#include <charconv>

#include "base/unicode.h"
#include "imap/link.h"

namespace gannet::imap {
namespace {

// Commands other than APPEND have no use for more.
constexpr std::uint64_t kMaxOtherSize = 1024 * 1024;
// A refused literal that was sent without asking is read and dropped up to this multiple of the limit.
constexpr std::uint64_t kSkipFactor = 4;

struct Announced {
  std::uint64_t size = 0;
  bool waits = true;  // the client waits for "+" (not LITERAL+)
};

// "{12}", "{12+}" or "~{12}" at the end of a line.
std::optional<Announced> announced_literal(std::string_view line) {
  if (!line.ends_with('}')) return std::nullopt;
  const auto open = line.rfind('{');
  if (open == std::string_view::npos) return std::nullopt;
  auto digits = line.substr(open + 1, line.size() - open - 2);
  Announced literal;
  if (digits.ends_with('+')) {
    literal.waits = false;
    digits.remove_suffix(1);
  }
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), literal.size);
  if (digits.empty() || end != digits.data() + digits.size()) return std::nullopt;
  if (error != std::errc{}) literal.size = UINT64_MAX;
  return literal;
}

std::string_view tag_of(std::string_view text) {
  return text.substr(0, std::min(text.find(' '), std::size_t{100}));
}

bool is_append(std::string_view text) {
  const auto after_tag = text.find(' ');
  return after_tag != std::string_view::npos &&
         equal_ignoring_ascii_case(text.substr(after_tag + 1, 7), "APPEND ");
}

std::uint64_t limit_for(const Session& session, std::string_view text) {
  const auto& settings = session.settings();
  if (session.state == State::kNotAuthenticated) return settings.max_anonymous_size;
  return is_append(text) ? settings.max_request_size : std::min(settings.max_request_size, kMaxOtherSize);
}

// A tag may be echoed only where it is one.
bool is_tag(std::string_view tag) {
  return !tag.empty() && tag != "+" && std::ranges::all_of(tag, is_astring_char);
}

// `text` is what has come of the command.
net::Task<Result<>> answer(net::Connection* connection, std::string_view text, Reply reply) {
  std::string out;
  const auto tag = tag_of(text);
  append_reply(out, is_tag(tag) ? tag : "*", reply);
  co_return co_await connection->write(std::move(out));
}

net::Task<Result<>> skip(net::Connection* connection, std::uint64_t size) {
  while (size > 0) {
    const auto in = CO_TRY(co_await connection->read_some());
    const auto part = std::min<std::uint64_t>(size, in.size());
    connection->consume(part);
    size -= part;
  }
  co_return Result<>();
}

// The rest of a command whose literal is refused. The client that asked first sends nothing more of it.
net::Task<Result<>> skip_command(Link* command, Announced literal, std::uint64_t limit) {
  Link& link = *command;
  auto room = limit * kSkipFactor;
  std::optional<Announced> next = literal;
  while (next && !next->waits) {
    if (next->size > room) {
      // RFC 7888 3: the connection may be closed instead.
      (void)link.connection.queue("* BYE The literal is far too large\r\n");
      link.session.broken = true;
      co_return Result<>();
    }
    room -= next->size;
    CO_TRY(co_await skip(&link.connection, next->size));
    const auto line =
        co_await link.connection.read_line(link.session.settings().max_line_size, net::LineMode::kAllowLf);
    if (!line && !line.error().is(net::NetError::kTooLong)) co_return std::unexpected(line.error());
    next = line ? announced_literal(line->text) : std::nullopt;
    room -= std::min<std::uint64_t>(room, line ? line->text.size() : 0);
  }
  co_return Result<>();
}

Reply refusal(const Session& session, std::string_view text, std::uint64_t limit) {
  auto reply = no("The command is larger than " + std::to_string(limit) + " octets", "TOOBIG");
  if (session.state == State::kNotAuthenticated) {
    reply = bad("Before the login a command may have " + std::to_string(limit) + " octets");
  } else if (!is_append(text)) {
    reply.status = Reply::Status::kBad;
    reply.code.clear();
  }
  return reply;
}

// Appended as it comes, so that the memory in use is what was really sent.
net::Task<Result<>> read_into(net::Connection* connection, std::string* text, std::uint64_t size) {
  while (size > 0) {
    const auto in = CO_TRY(co_await connection->read_some());
    const auto part = std::min<std::uint64_t>(size, in.size());
    text->append(in.substr(0, part));
    connection->consume(part);
    size -= part;
  }
  co_return Result<>();
}

}  // namespace

net::Task<Result<std::optional<std::string>>> read_literals(Link* command, std::string line) {
  Link& link = *command;
  auto& connection = link.connection;
  auto text = std::move(line);
  std::size_t line_begin = 0;
  for (;;) {
    const auto literal = announced_literal(std::string_view(text).substr(line_begin));
    if (!literal) co_return std::move(text);
    const auto limit = limit_for(link.session, text);
    const auto with_lines = limit + link.session.settings().max_line_size;
    if (literal->size > limit || text.size() + literal->size > with_lines) {
      auto reply = refusal(link.session, text, limit);
      CO_TRY(co_await skip_command(&link, *literal, limit));
      if (link.session.broken) co_return std::optional<std::string>();
      CO_TRY(co_await answer(&connection, text, std::move(reply)));
      co_return std::optional<std::string>();
    }
    if (literal->waits) CO_TRY(connection.queue("+ Ready for the literal\r\n"));
    text += "\r\n";
    CO_TRY(co_await read_into(&connection, &text, literal->size));
    line_begin = text.size();
    auto rest = co_await connection.read_line(link.session.settings().max_line_size, net::LineMode::kAllowLf);
    if (!rest && rest.error().is(net::NetError::kTooLong)) {
      CO_TRY(co_await answer(&connection, text, bad("The line is too long")));
      co_return std::optional<std::string>();
    }
    if (!rest) co_return std::unexpected(std::move(rest).error());
    text += rest->text;
    move_deadline(link);
  }
}

}  // namespace gannet::imap
