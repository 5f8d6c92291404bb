// The first words: connect, EHLO, and what STARTTLS and AUTH change.
#include "mta/inbound_session.h"
#include "mta/local_delivery.h"
#include "smtp/path.h"

namespace gannet::mta {

net::Task<Result<>> InboundSession::apply_connect(const smtp::SessionInfo* session) {
  const SessionVariables variables(*session, envelope_);
  CoreEnvironment environment(services());
  const SessionRules& rules = transport_->rules();
  const auto evaluate = [&] { return rules.connect(variables, environment, options_); };
  if (!rules.connect_asks()) co_return evaluate();
  co_return co_await transport_->services().workers.run(evaluate);
}

net::Task<Result<>> InboundSession::apply_hello(const smtp::SessionInfo* session) {
  const SessionVariables variables(*session, envelope_);
  CoreEnvironment environment(services());
  const SessionRules& rules = transport_->rules();
  const auto evaluate = [&] { return rules.hello(variables, environment, options_, policy_); };
  auto applied = rules.hello_asks() ? co_await transport_->services().workers.run(evaluate) : evaluate();
  if (applied) {
    has_policy_ = true;
    offer_mechanisms(*session);
  }
  co_return applied;
}

void InboundSession::offer_mechanisms(const smtp::SessionInfo& session) {
  options_.mechanisms.clear();
  const auto directory =
      policy_.auth_directory ? find_directory(services(), *policy_.auth_directory) : nullptr;
  if (!directory) return;
  // Every TLS connection has at least its server's certificate to bind to.
  options_.mechanisms = login::offered(
      policy_.auth_mechanisms,
      {.scram = directory->serves_scram(),
       .binding = session.tls.has_value(),
       .certificate = session.tls && !session.tls->peer_emails.empty() && directory->admits()});
}

net::Task<smtp::Reply> InboundSession::connect(const smtp::SessionInfo* session) {
  // What could not be stored is better not sent; see the design, section 5.
  if (!writable()) co_return smtp::Reply{421, {4, 3, 0}, "No mail can be stored now: try again later"};
  auto applied = co_await apply_connect(session);
  // Where EHLO may be left out, AUTH or MAIL may be next.
  if (applied && !options_.require_hello) applied = co_await apply_hello(session);
  if (!applied) co_return smtp::Reply{421, {4, 3, 0}, "The server cannot serve now: try again later"};
  co_return smtp::Reply{220, {}, {}};
}

net::Task<smtp::Reply> InboundSession::hello(const smtp::SessionInfo* session) {
  if (auto applied = co_await apply_hello(session); !applied) co_return reply_for(applied.error());
  if (policy_.reject_non_fqdn && !smtp::is_fully_qualified(session->hello))
    co_return smtp::Reply{550, {5, 5, 0}, "Say EHLO with a fully qualified name or an address literal"};
  co_return smtp::Reply{250, {}, options_.hostname};
}

net::Task<void> InboundSession::tls_started(const smtp::SessionInfo* session) {
  principal_.reset();
  // Should it fail, the answers of before TLS hold, which are the stricter ones.
  (void)co_await apply_hello(session);
}

net::Task<void> InboundSession::authenticated(const smtp::SessionInfo* session) {
  (void)co_await apply_hello(session);
}

}  // namespace gannet::mta
