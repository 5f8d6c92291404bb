#include "base/encoding.h"
#include "imap/commands/commands.h"
#include "imap/link.h"
#include "login/exchange.h"

namespace gannet::imap {
namespace {

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

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - ('a' - 'A'));
  return out;
}

// The client's answer to a challenge, decoded; when there is none, what to say to that (RFC 9051 6.2.2).
struct Answer {
  std::optional<std::string> message;
  Reply refusal;
};
net::Task<Result<Answer>> ask(Link* link, std::string challenge) {
  auto& connection = link->connection;
  CO_TRY(connection.queue("+ " + base64_encode(challenge) + "\r\n"));
  auto line = co_await connection.read_line(link->session.settings().max_auth_line, net::LineMode::kAllowLf);
  if (!line && !line.error().is(net::NetError::kTooLong)) co_return std::unexpected(std::move(line).error());
  if (!line) co_return Answer{std::nullopt, bad("The response is too long")};
  if (line->text == "*") co_return Answer{std::nullopt, bad("AUTHENTICATE cancelled")};
  auto decoded = base64_decode(line->text);
  if (!decoded) co_return Answer{std::nullopt, bad("The response is not in Base64 (RFC 4648 4)")};
  co_return Answer{std::move(decoded), {}};
}

// Runs one step of the exchange on a worker; where it ends, so does the login.
struct Stepped {
  std::optional<std::string> challenge;
  Reply reply;
};
net::Task<Result<Stepped>> step(Link* link, login::Exchange* exchange, bool first,
                                std::optional<std::string> message) {
  auto& session = link->session;
  co_return co_await link->workers.run([&]() -> Result<Stepped> {
    auto done = first ? exchange->start(std::move(message)) : exchange->next(*std::move(message));
    if (!done)
      return Stepped{std::nullopt, finish_login(session, {{}, exchange->mechanism()},
                                                std::unexpected(std::move(done).error()))};
    if (done->challenge) return Stepped{std::move(done->challenge), {}};
    if (!done->outcome) return Stepped{std::nullopt, bad(std::move(done->malformed))};
    return Stepped{std::nullopt,
                   finish_login(session, {done->login, exchange->mechanism()}, *std::move(done->outcome))};
  });
}

}  // namespace

// RFC 9051 6.2.2
net::Task<SpecialReply> run_authenticate(Link* command, Scanner in) {
  Link& link = *command;
  auto& session = link.session;
  if (const auto space = in.space(); !space) co_return reply_to(space.error());
  const auto mechanism = in.atom("a SASL mechanism");
  if (!mechanism) co_return reply_to(mechanism.error());
  auto initial = parse_initial(in);
  if (!initial) co_return reply_to(initial.error());
  if (!session.may_log_in())
    co_return no("Passwords are taken under TLS only: use STARTTLS first", "PRIVACYREQUIRED");
  const auto offered = session.mechanisms();
  const auto exchange = login::Exchange::begin(
      upper(*mechanism), offered,
      {.remote_ip = session.remote_ip,
       .protocol = "imap",
       .bindings = session.tls ? link.connection.channel_bindings() : login::ChannelBindings(),
       .certificate_emails = session.certificate_emails},
      session.services->directory, session.services->gate);
  if (!exchange) co_return no("Of the SASL mechanisms there are here: " + joined(offered), "CANNOT");
  std::optional<std::string> message;
  if (*initial) {
    message = base64_decode(**initial);
    if (!message) co_return bad("The response is not in Base64 (RFC 4648 4)");
  }
  for (bool first = true;; first = false) {
    auto stepped = co_await step(&link, exchange.get(), first, std::move(message));
    if (!stepped && stepped.error().is(net::NetError::kShutdown))
      co_return std::unexpected(std::move(stepped).error());
    if (!stepped) co_return reply_to(stepped.error());
    if (!stepped->challenge) co_return std::optional<Reply>(std::move(stepped->reply));
    auto answer = CO_TRY(co_await ask(&link, *std::move(stepped->challenge)));
    if (!answer.message) co_return std::optional<Reply>(std::move(answer.refusal));
    message = std::move(answer.message);
  }
}

}  // namespace gannet::imap
