// AUTH with PLAIN (RFC 4616) and LOGIN (RFC 4954)
#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "base/unicode.h"
#include "smtp/server_session.h"

namespace gannet::smtp {
namespace {

constexpr std::size_t kMaxAuthLine = 12'288;  // RFC 4954 4

Reply malformed() {
  return {501, {5, 5, 2}, "The response is malformed"};
}

}  // namespace

net::Task<void> ServerSession::auth(std::string_view arguments) {
  auto parsed = parse_auth(arguments);
  if (!parsed) co_return send_error(parsed.error());
  const auto& offered = options().mechanisms;
  if (info_.hello.empty() || !info_.extended) co_return send_error({503, {5, 5, 1}, "Say EHLO first"});
  if (!info_.authenticated_as.empty()) co_return send_error({503, {5, 5, 1}, "Already authenticated"});
  if (transaction_.open) co_return send_error({503, {5, 5, 1}, "Not inside of a mail transaction"});
  if (offered.empty() && connection_->can_start_tls())
    // RFC 4954 6
    co_return send_error({538, {5, 7, 11}, "Say STARTTLS first: passwords are taken under TLS only"});
  if (offered.empty()) co_return send_error({502, {5, 5, 1}, "AUTH is not offered here"});
  if (std::ranges::find(offered, parsed->mechanism) == offered.end())
    co_return send_error({504, {5, 5, 4}, "The mechanism is not offered here"});

  std::optional<std::string> initial;
  if (parsed->initial) {
    initial = base64_decode(*parsed->initial);
    if (!initial) co_return send_error(malformed());
  }
  if (parsed->mechanism == "PLAIN") {
    co_await auth_plain(std::move(initial));
  } else if (parsed->mechanism == "LOGIN") {
    co_await auth_login(std::move(initial));
  } else {
    send_error({504, {5, 5, 4}, "The mechanism is not built in"});
  }
}

net::Task<void> ServerSession::auth_plain(std::optional<std::string> initial) {
  if (!initial) initial = co_await challenge("");
  if (!initial) co_return;
  // message = [authzid] NUL authcid NUL passwd
  const std::size_t first = initial->find('\0');
  const std::size_t second = first == std::string::npos ? first : initial->find('\0', first + 1);
  if (second == std::string::npos || second == first + 1 ||
      initial->find('\0', second + 1) != std::string::npos)
    co_return send_error(malformed());
  co_await finish_auth(initial->substr(0, first), initial->substr(first + 1, second - first - 1),
                       initial->substr(second + 1));
}

net::Task<void> ServerSession::auth_login(std::optional<std::string> initial) {
  if (!initial) initial = co_await challenge("VXNlcm5hbWU6");  // "Username:"
  if (!initial) co_return;
  auto password = co_await challenge("UGFzc3dvcmQ6");  // "Password:"
  if (!password) co_return;
  co_await finish_auth({}, std::move(*initial), std::move(*password));
}

net::Task<std::optional<std::string>> ServerSession::challenge(std::string_view prompt) {
  send({334, {}, std::string(prompt)});
  set_deadline();
  auto line = co_await connection_->read_line(kMaxAuthLine);
  if (!line && line.error().is(net::NetError::kTooLong)) {
    send_error({500, {5, 5, 6}, "The response is too long"});
  } else if (!line) {
    end(line.error());
  } else if (line->text == "*") {
    send_error({501, {5, 7, 0}, "Authentication cancelled"});
  } else if (auto decoded = base64_decode(line->text); decoded && !line->bare) {
    co_return decoded;
  } else {
    send_error(malformed());
  }
  co_return std::nullopt;
}

net::Task<void> ServerSession::finish_auth(std::string authorize_as, std::string login,
                                           std::string password) {
  auto outcome =
      co_await handler_->authenticate(&info_, std::move(authorize_as), std::move(login), std::move(password));
  if (outcome.reply.positive()) {
    info_.authenticated_as = std::move(outcome.identity);
    co_await handler_->authenticated(&info_);
    co_return send(outcome.reply);
  }
  if (outcome.reply.permanent()) {
    // The first slip is answered at once; whoever goes on guessing waits.
    if (++auth_errors_ > 1)
      if (auto paused = co_await connection_->pause(options().auth_errors_wait); !paused)
        co_return end(paused.error());
  }
  send(outcome.reply);
  if (auth_errors_ >= options().auth_errors)
    send(closing({421, {4, 7, 0}, "Too many failed logins: closing the connection"}));
}

}  // namespace gannet::smtp
