// The first words: connect, EHLO, and what STARTTLS and AUTH change.
#include "mta/inbound_session.h"
#include "mta/local_delivery.h"
#include "observe/log.h"
#include "smtp/path.h"

namespace gannet::mta {

net::Task<Result<>> InboundSession::apply(const smtp::SessionInfo* session) {
  const SessionVariables variables(*session, envelope_);
  CoreEnvironment environment(services());
  const SessionRules& rules = transport_->rules();
  Result<> applied;
  if (rules.session_asks()) {
    applied = co_await transport_->services().workers.run(
        [&] { return rules.apply(variables, environment, options_, policy_); });
  } else {
    applied = rules.apply(variables, environment, options_, policy_);
  }
  if (applied) offer_mechanisms(*session);
  if (!applied)
    observe::error("smtp.setting-failed", {{"session", session->id}, {"reason", applied.error()}});
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
  if (auto applied = co_await apply(session); !applied)
    co_return smtp::Reply{421, {4, 3, 0}, "The server cannot serve now: try again later"};
  co_return smtp::Reply{220, {}, {}};
}

net::Task<smtp::Reply> InboundSession::hello(const smtp::SessionInfo* session) {
  if (policy_.reject_non_fqdn && !smtp::is_fully_qualified(session->hello))
    co_return smtp::Reply{550, {5, 5, 0}, "Say EHLO with a fully qualified name or an address literal"};
  if (auto applied = co_await apply(session); !applied) co_return reply_for(applied.error());
  co_return smtp::Reply{250, {}, options_.hostname};
}

net::Task<void> InboundSession::tls_started(const smtp::SessionInfo* session) {
  principal_.reset();
  // Should it fail, the answers of before TLS hold, which are the stricter ones.
  (void)co_await apply(session);
}

net::Task<void> InboundSession::authenticated(const smtp::SessionInfo* session) {
  (void)co_await apply(session);
}

}  // namespace gannet::mta
