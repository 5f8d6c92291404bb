#include "smtp/client.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/encoding.h"
#include "base/unicode.h"
#include "smtp/text.h"
#include "smtp/xtext.h"

namespace gannet::smtp {
namespace {

constexpr std::size_t kMaxReplyLine = 4096;
constexpr std::size_t kMaxReplyLines = 200;

// "5.1.1 " at the start of a reply's text (RFC 2034 4).
EnhancedCode take_enhanced(std::string_view& text, std::uint16_t code) {
  std::string_view rest = text;
  const std::string_view word = take_word(rest);
  EnhancedCode out;
  unsigned status = 0;
  const char* const end = word.data() + word.size();
  auto at = std::from_chars(word.data(), end, status);
  if (at.ec != std::errc() || status != code / 100U || at.ptr == end || *at.ptr != '.') return {};
  at = std::from_chars(at.ptr + 1, end, out.subject);
  if (at.ec != std::errc() || at.ptr == end || *at.ptr != '.') return {};
  at = std::from_chars(at.ptr + 1, end, out.detail);
  if (at.ec != std::errc() || at.ptr != end) return {};
  out.status = static_cast<std::uint8_t>(status);
  text = rest;
  return out;
}

std::unexpected<Error> no_smtp(std::string_view line) {
  return fail(SmtpError::kProtocol, "The other server's answer is no SMTP", std::string(line.substr(0, 200)));
}

}  // namespace

std::string stuff_dots(std::string_view message) {
  std::string out;
  out.reserve(message.size() + message.size() / 64 + 8);
  while (!message.empty()) {
    if (message.front() == '.') out.push_back('.');
    const std::size_t end = message.find("\r\n");
    const std::size_t size = end == std::string_view::npos ? message.size() : end + 2;
    out.append(message.substr(0, size));
    message.remove_prefix(size);
  }
  if (!out.empty() && !out.ends_with("\r\n")) out += "\r\n";
  return out += ".\r\n";
}

Client::Client(std::unique_ptr<net::Connection> connection, Protocol protocol, ClientTimeouts timeouts)
    : connection_(std::move(connection)), protocol_(protocol), timeouts_(timeouts) {}

net::Task<Result<Reply>> Client::read_reply(Duration timeout) {
  connection_->set_deadline(timeout);
  Reply reply;
  for (std::size_t lines = 0; lines < kMaxReplyLines; ++lines) {
    auto line = co_await connection_->read_line(kMaxReplyLine, net::LineMode::kAllowLf);
    if (!line) co_return std::unexpected(std::move(line).error());
    std::string_view text = line->text;
    std::uint16_t code = 0;
    const bool numbered =
        text.size() >= 3 && std::from_chars(text.data(), text.data() + 3, code).ptr == text.data() + 3;
    if (!numbered || code < 200 || code > 599 || (text.size() > 3 && text[3] != ' ' && text[3] != '-') ||
        (lines != 0 && code != reply.code))
      co_return no_smtp(text);
    const bool last = text.size() == 3 || text[3] == ' ';
    text.remove_prefix(std::min<std::size_t>(text.size(), 4));
    reply.code = code;
    const EnhancedCode enhanced = take_enhanced(text, code);
    if (lines == 0) reply.enhanced = enhanced;
    if (lines != 0) reply.text += '\n';
    reply.text += text;
    if (last) co_return reply;
  }
  co_return no_smtp("too many lines");
}

net::Task<Result<Reply>> Client::ask(std::string line, Duration timeout) {
  connection_->set_deadline(timeout);
  if (auto sent = co_await connection_->write(std::move(line)); !sent)
    co_return std::unexpected(std::move(sent).error());
  co_return co_await read_reply(timeout);
}

net::Task<Result<Reply>> Client::greet(std::string hello) {
  hello_ = std::move(hello);
  auto greeting = co_await read_reply(timeouts_.greeting);
  if (!greeting || !greeting->positive()) co_return greeting;
  co_return co_await say_hello();
}

net::Task<Result<Reply>> Client::say_hello() {
  extensions_ = Extensions();
  const char* const verb = protocol_ == Protocol::kLmtp ? "LHLO " : "EHLO ";
  auto reply = co_await ask(verb + hello_ + "\r\n", timeouts_.hello);
  if (reply && reply->positive()) read_extensions(*reply);
  // RFC 5321 3.2: a server of the old kind.
  if (reply && reply->permanent() && protocol_ == Protocol::kSmtp)
    co_return co_await ask("HELO " + hello_ + "\r\n", timeouts_.hello);
  co_return reply;
}

void Client::read_extensions(const Reply& reply) {
  std::string_view text = reply.text;
  bool first = true;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (std::exchange(first, false)) continue;
    const std::string_view keyword = take_word(line);
    const auto is = [&](std::string_view name) { return equal_ignoring_ascii_case(keyword, name); };
    if (is("PIPELINING")) extensions_.pipelining = true;
    if (is("8BITMIME")) extensions_.eight_bit = true;
    if (is("SMTPUTF8")) extensions_.utf8 = true;
    if (is("DSN")) extensions_.dsn = true;
    if (is("STARTTLS")) extensions_.starttls = true;
    if (is("ENHANCEDSTATUSCODES")) extensions_.enhanced_codes = true;
    if (is("SIZE")) std::from_chars(line.data(), line.data() + line.size(), extensions_.size);
    if (is("AUTH"))
      while (!line.empty()) extensions_.mechanisms.emplace_back(take_word(line));
  }
}

net::Task<Result<Reply>> Client::start_tls(std::shared_ptr<const net::ClientTls> tls,
                                           std::string server_name) {
  auto reply = co_await ask("STARTTLS\r\n", timeouts_.hello);
  if (!reply || !reply->positive()) co_return reply;
  // What the server sent in the clear behind its answer is not taken for an answer under TLS.
  connection_->discard_buffered();
  if (auto started = co_await connection_->start_tls_client(std::move(tls), std::move(server_name)); !started)
    co_return std::unexpected(std::move(started).error());
  co_return co_await say_hello();
}

net::Task<Result<Reply>> Client::login(std::string login, std::string password) {
  const auto offers = [&](std::string_view mechanism) {
    return std::ranges::any_of(extensions_.mechanisms, [&](const std::string& offered) {
      return equal_ignoring_ascii_case(offered, mechanism);
    });
  };
  if (!offers("PLAIN") && offers("LOGIN")) {
    // The client's words to "Username:" and "Password:".
    auto reply = CO_TRY(co_await ask("AUTH LOGIN\r\n", timeouts_.mail));
    for (const std::string* word : {&login, &password})
      if (reply.code == 334) reply = CO_TRY(co_await ask(base64_encode(*word) + "\r\n", timeouts_.mail));
    co_return reply;
  }
  const std::string message = std::string(1, '\0') + login + std::string(1, '\0') + password;
  co_return co_await ask("AUTH PLAIN " + base64_encode(message) + "\r\n", timeouts_.mail);
}

net::Task<Result<Asked>> Client::ask_recipient(std::string address) {
  const bool utf8 = !is_ascii(address);
  if (utf8 && !extensions_.utf8)
    co_return Asked{{553, {5, 6, 7}, "The server does not offer SMTPUTF8"}, true};
  const std::string mail = std::string("MAIL FROM:<>") + (utf8 ? " SMTPUTF8\r\n" : "\r\n");
  const std::string rcpt = "RCPT TO:<" + address + ">\r\n";
  if (extensions_.pipelining) {
    if (auto sent = co_await connection_->write(mail + rcpt + "RSET\r\n"); !sent)
      co_return std::unexpected(std::move(sent).error());
    auto first = CO_TRY(co_await read_reply(timeouts_.mail));
    auto second = CO_TRY(co_await read_reply(timeouts_.rcpt));
    CO_TRY(co_await read_reply(timeouts_.mail));
    if (!first.positive()) co_return Asked{std::move(first), false};
    co_return Asked{std::move(second), true};
  }
  auto first = CO_TRY(co_await ask(mail, timeouts_.mail));
  if (!first.positive()) co_return Asked{std::move(first), false};
  auto second = CO_TRY(co_await ask(rcpt, timeouts_.rcpt));
  CO_TRY(co_await ask("RSET\r\n", timeouts_.mail));
  co_return Asked{std::move(second), true};
}

net::Task<Result<Reply>> Client::noop(Duration timeout) {
  co_return co_await ask("NOOP\r\n", timeout);
}

std::string Client::mail_line(const Outgoing& outgoing) const {
  std::string line = "MAIL FROM:<" + outgoing.sender + ">";
  if (extensions_.size != 0) line += " SIZE=" + std::to_string(outgoing.message.size());
  if (outgoing.eight_bit && extensions_.eight_bit) line += " BODY=8BITMIME";
  if (outgoing.utf8 && extensions_.utf8) line += " SMTPUTF8";
  if (extensions_.dsn && outgoing.ret != Ret::kUnset)
    line += outgoing.ret == Ret::kFull ? " RET=FULL" : " RET=HDRS";
  if (extensions_.dsn && !outgoing.envelope_id.empty())
    line += " ENVID=" + encode_xtext(outgoing.envelope_id);
  return line + "\r\n";
}

net::Task<Result<>> Client::send_message(std::string_view message) {
  connection_->set_deadline(timeouts_.data);
  co_return co_await connection_->write(stuff_dots(message));
}

net::Task<Result<std::vector<Reply>>> Client::send(Outgoing outgoing) {
  // RFC 6531 3.2: an international message goes to nobody who cannot take it.
  if (outgoing.utf8 && !extensions_.utf8)
    co_return std::vector<Reply>(outgoing.recipients.size(),
                                 Reply{550, {5, 6, 7}, "The next server does not offer SMTPUTF8"});
  auto mail = co_await ask(mail_line(outgoing), timeouts_.mail);
  if (!mail) co_return std::unexpected(std::move(mail).error());
  if (!mail->positive()) co_return std::vector<Reply>(outgoing.recipients.size(), *mail);

  // The recipients leave together where the server can take that (RFC 2920 3.1).
  std::vector<Reply> replies;
  std::size_t accepted = 0;
  if (extensions_.pipelining) {
    std::string lines;
    for (const std::string& to : outgoing.recipients) lines += "RCPT TO:<" + to + ">\r\n";
    if (auto sent = co_await connection_->write(std::move(lines)); !sent)
      co_return std::unexpected(std::move(sent).error());
  }
  for (const std::string& to : outgoing.recipients) {
    auto rcpt = extensions_.pipelining ? co_await read_reply(timeouts_.rcpt)
                                       : co_await ask("RCPT TO:<" + to + ">\r\n", timeouts_.rcpt);
    if (!rcpt) co_return std::unexpected(std::move(rcpt).error());
    if (rcpt->positive()) ++accepted;
    replies.push_back(std::move(*rcpt));
  }
  if (accepted == 0) {
    auto reset = co_await ask("RSET\r\n", timeouts_.mail);
    if (!reset) co_return std::unexpected(std::move(reset).error());
    co_return replies;
  }
  auto data = co_await ask("DATA\r\n", timeouts_.data);
  if (!data) co_return std::unexpected(std::move(data).error());
  const bool go_on = data->code == 354;
  if (go_on)
    if (auto sent = co_await send_message(outgoing.message); !sent)
      co_return std::unexpected(std::move(sent).error());
  // SMTP answers once, LMTP for each accepted recipient (RFC 2033 4.2).
  const bool each = go_on && protocol_ == Protocol::kLmtp;
  Reply last = *data;
  for (std::size_t i = 0, read = 0; i < replies.size(); ++i) {
    if (!replies[i].positive()) continue;
    if (go_on && (each || read++ == 0)) {
      auto reply = co_await read_reply(timeouts_.data);
      if (!reply) co_return std::unexpected(std::move(reply).error());
      last = std::move(*reply);
    }
    replies[i] = last;
  }
  co_return replies;
}

net::Task<void> Client::quit() {
  (void)co_await ask("QUIT\r\n", std::chrono::seconds(5));
  co_await connection_->close();
}

net::Task<void> Client::leave() {
  connection_->set_deadline(std::chrono::seconds(1));
  if (connection_->queue("QUIT\r\n")) (void)co_await connection_->flush();
}

}  // namespace gannet::smtp
