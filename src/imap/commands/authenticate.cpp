#include "base/encoding.h"
#include "base/unicode.h"
#include "imap/commands/commands.h"
#include "imap/link.h"

namespace gannet::imap {
namespace {

// RFC 4616 2: [authzid] NUL authcid NUL passwd
std::optional<directory::Credentials> plain_credentials(std::string_view message) {
  const auto first = message.find('\0');
  if (first == std::string_view::npos) return std::nullopt;
  const auto second = message.find('\0', first + 1);
  if (second == std::string_view::npos || message.find('\0', second + 1) != std::string_view::npos)
    return std::nullopt;
  directory::Credentials credentials;
  credentials.authorize_as = std::string(message.substr(0, first));
  credentials.login = std::string(message.substr(first + 1, second - first - 1));
  credentials.password = std::string(message.substr(second + 1));
  if (credentials.login.empty()) return std::nullopt;
  return credentials;
}

// The initial response (RFC 4959 3), where "=" is an empty one; nothing when there is none.
Result<std::optional<std::string>> parse_initial(Scanner& in) {
  if (!in.skip(' ')) {
    TRY(in.end());
    return std::nullopt;
  }
  std::string text(in.take_while([](char c) { return c > ' ' && c < 0x7f; }));
  if (text.empty()) return in.expected("an initial response in Base64");
  TRY(in.end());
  return text == "=" ? std::string() : text;
}

}  // namespace

// RFC 9051 6.2.2
net::Task<SpecialReply> run_authenticate(Link* command, Scanner in) {
  Link& link = *command;
  auto& session = link.session;
  if (const auto space = in.space(); !space) co_return reply_to(space.error());
  const auto mechanism = in.atom("a SASL mechanism");
  if (!mechanism) co_return reply_to(mechanism.error());
  auto response = parse_initial(in);
  if (!response) co_return reply_to(response.error());
  if (!equal_ignoring_ascii_case(*mechanism, "PLAIN"))
    co_return no("Of the SASL mechanisms there is PLAIN", "CANNOT");
  if (!session.may_log_in()) {
    co_return no("Passwords are taken under TLS only: use STARTTLS first", "PRIVACYREQUIRED");
  }
  if (!*response) {
    CO_TRY(link.connection.queue("+ \r\n"));
    auto line =
        co_await link.connection.read_line(session.settings().max_anonymous_size, net::LineMode::kAllowLf);
    if (!line && !line.error().is(net::NetError::kTooLong))
      co_return std::unexpected(std::move(line).error());
    if (!line) co_return bad("The response is too long");
    if (line->text == "*") co_return bad("AUTHENTICATE cancelled");
    *response = std::move(line->text);
  }
  const auto message = base64_decode(**response);
  if (!message) co_return bad("The response is not in Base64 (RFC 4648 4)");
  auto credentials = plain_credentials(*message);
  if (!credentials)
    co_return bad("The response is no PLAIN message: [authzid] NUL authcid NUL password (RFC 4616 2)");
  auto reply = co_await link.workers.run([&] { return log_in(session, std::move(*credentials)); });
  if (!reply) {
    if (reply.error().is(net::NetError::kShutdown)) co_return std::unexpected(std::move(reply).error());
    co_return reply_to(reply.error());
  }
  co_return std::optional<Reply>(*std::move(reply));
}

}  // namespace gannet::imap
