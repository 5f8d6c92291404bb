// AUTH: who is it (RFC 4954)
#include "mta/inbound_session.h"
#include "mta/local_delivery.h"
#include "observe/log.h"
#include "observe/metrics.h"

namespace gannet::mta {
namespace {

smtp::AuthStep ended(smtp::Reply reply) {
  return {std::nullopt, std::move(reply), {}};
}

std::string protocol_of(const smtp::SessionInfo& session) {
  return session.protocol == smtp::Protocol::kLmtp ? "lmtp" : "smtp";
}

}  // namespace

net::Task<smtp::AuthStep> InboundSession::auth_start(const smtp::SessionInfo* session, std::string mechanism,
                                                     std::optional<std::string> initial) {
  const auto directory =
      policy_.auth_directory ? find_directory(services(), *policy_.auth_directory) : nullptr;
  if (!directory) co_return ended({502, {5, 5, 1}, "AUTH is not offered here"});
  login::Client client;
  client.remote_ip = session->peer.ip.to_string();
  client.protocol = protocol_of(*session);
  client.bindings = session->channel_bindings;
  if (session->tls) client.certificate_emails = session->tls->peer_emails;
  exchange_ =
      login::Exchange::begin(mechanism, options_.mechanisms, std::move(client), directory, services().gate);
  if (!exchange_) co_return ended({504, {5, 5, 4}, "The mechanism is not offered here"});
  auto step =
      co_await transport_->services().workers.run([&] { return exchange_->start(std::move(initial)); });
  co_return auth_step(*session, std::move(step));
}

net::Task<smtp::AuthStep> InboundSession::auth_next(const smtp::SessionInfo* session, std::string response) {
  auto step =
      co_await transport_->services().workers.run([&] { return exchange_->next(std::move(response)); });
  co_return auth_step(*session, std::move(step));
}

smtp::AuthStep InboundSession::auth_step(const smtp::SessionInfo& session, Result<login::Step> step) {
  static const auto failures =
      observe::counter("gannet_smtp_auth_failures_total", "Logins refused over SMTP");
  if (step && step->challenge) return {std::move(step->challenge), {}, {}};
  const std::string mechanism = exchange_->mechanism();
  exchange_.reset();
  if (!step) {
    observe::warn("smtp.auth-unavailable", {{"session", session.id}, {"reason", step.error()}});
    return ended({454, {4, 7, 0}, "Logins cannot be checked now: try again later"});
  }
  if (!step->outcome) return ended({501, {5, 5, 2}, std::move(step->malformed)});
  auto& outcome = *step->outcome;
  const std::string remote_ip = session.peer.ip.to_string();
  if (!outcome.principal) {
    failures.add();
    observe::info("smtp.auth-failed", {{"session", session.id},
                                       {"remote-ip", remote_ip},
                                       {"login", step->login},
                                       {"reason", to_string(outcome.failure)}});
    if (outcome.failure == directory::AuthFailure::kTooManyFailures)
      return ended({454, {4, 7, 0}, "Too many failed logins: try again later"});
    return ended({535, {5, 7, 8}, "The login or the password is wrong"});
  }
  principal_ = std::move(outcome.principal);
  live_ = services().gate->live().enter(principal_->id);
  observe::info("smtp.auth-success", {{"session", session.id},
                                      {"remote-ip", remote_ip},
                                      {"account", principal_->name},
                                      {"mechanism", mechanism},
                                      {"by", outcome.account},
                                      {"app-password", outcome.app_password}});
  return {std::nullopt, {235, {2, 7, 0}, "Welcome"}, principal_->name};
}

}  // namespace gannet::mta
