// AUTH (RFC 4954): the exchange of challenges and responses, whatever the mechanism
#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "smtp/server_session.h"

namespace gannet::smtp {
namespace {

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
  if (info_.tls) info_.channel_bindings = connection_->channel_bindings();
  AuthStep step = co_await handler_->auth_start(&info_, std::move(parsed->mechanism), std::move(initial));
  while (step.challenge) {
    auto response = co_await challenge(base64_encode(*step.challenge));
    if (!response) break;
    step = co_await handler_->auth_next(&info_, *std::move(response));
  }
  info_.channel_bindings = {};
  if (!step.challenge) co_await finish_auth(std::move(step));
}

net::Task<std::optional<std::string>> ServerSession::challenge(std::string_view prompt) {
  send({334, {}, std::string(prompt)});
  set_deadline();
  auto line = co_await connection_->read_line(options().max_auth_line);
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

net::Task<void> ServerSession::finish_auth(AuthStep step) {
  if (step.reply.positive()) {
    info_.authenticated_as = std::move(step.identity);
    co_await handler_->authenticated(&info_);
    co_return send(step.reply);
  }
  // A message that its mechanism does not know.
  if (step.reply.code == 501) co_return send_error(step.reply);
  if (step.reply.permanent()) {
    // The first slip is answered at once; whoever goes on guessing waits.
    if (++auth_errors_ > 1)
      if (auto paused = co_await connection_->pause(options().auth_errors_wait); !paused)
        co_return end(paused.error());
  }
  send(step.reply);
  if (auth_errors_ >= options().auth_errors)
    send(closing({421, {4, 7, 0}, "Too many failed logins: closing the connection"}));
}

}  // namespace gannet::smtp
