// MAIL: may this client send, and in this name
#include <algorithm>

#include "base/unicode.h"
#include "mta/inbound_session.h"
#include "mta/local_delivery.h"
#include "observe/log.h"

namespace gannet::mta {

Result<bool> InboundSession::may_send_as(const std::string& address) const {
  const auto directory = find_directory(services(), policy_.auth_directory.value_or("*"));
  if (!directory) return false;
  return directory->may_send_as(*principal_, address);
}

net::Task<smtp::Reply> InboundSession::mail(const smtp::SessionInfo* session, smtp::MailArguments mail) {
  // The wire does not ask for EHLO where session.ehlo.require turned false on the way.
  if (!has_policy_)
    if (auto applied = co_await apply_hello(session); !applied) co_return reply_for(applied.error());
  if (policy_.auth_required && session->authenticated_as.empty())
    co_return smtp::Reply{
        530,
        {5, 7, 0},
        options_.mechanisms.empty() ? "Say STARTTLS, then log in (AUTH)" : "Log in first (AUTH)"};
  if (live_ && live_->ended()) {
    observe::info("smtp.login-ended", {{"session", session->id}, {"account", principal_->name}});
    smtp::Reply farewell{421, {4, 7, 0}, "The account was changed: log in again"};
    farewell.close = true;
    co_return farewell;
  }
  if (!writable()) co_return smtp::Reply{451, {4, 3, 0}, "No mail can be stored now: try again later"};
  envelope_ = Envelope();
  envelope_.sender = mail.from.address();
  const std::string& sender = envelope_.sender;

  // RFC 6409 6.1. The null path is for notifications, which mail programs send too.
  if (principal_ && policy_.must_match_sender && !mail.from.null()) {
    bool allowed = std::ranges::any_of(
        principal_->emails, [&](const auto& own) { return equal_ignoring_ascii_case(own, sender); });
    if (!allowed) {
      auto asked = co_await transport_->services().workers.run([&] { return may_send_as(sender); });
      if (!asked) co_return reply_for(asked.error());
      allowed = *asked;
    }
    if (!allowed)
      co_return smtp::Reply{
          553, {5, 7, 1}, "The account " + principal_->name + " may not send as <" + sender + ">"};
  }

  const SessionVariables variables(*session, envelope_);
  CoreEnvironment environment(services());
  const SessionRules& rules = transport_->rules();
  Result<MailPolicy> policy;
  if (rules.mail_asks()) {
    policy = co_await transport_->services().workers.run(
        [&] { return rules.mail(variables, environment, options_); });
  } else {
    policy = rules.mail(variables, environment, options_);
  }
  if (!policy) co_return reply_for(policy.error());
  if (!policy->allowed) co_return smtp::Reply{550, {5, 7, 1}, "Mail from <" + sender + "> is not taken here"};

  envelope_.envelope_id = std::move(mail.envelope_id);
  envelope_.ret = mail.ret;
  envelope_.declared_size = mail.size.value_or(0);
  envelope_.utf8 = mail.utf8;
  co_return smtp::Reply{250, {2, 1, 0}, "Sender accepted"};
}

}  // namespace gannet::mta
