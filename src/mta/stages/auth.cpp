// AUTH: who is it (RFC 4954)
#include "mta/inbound_session.h"
#include "mta/local_delivery.h"
#include "observe/log.h"
#include "observe/metrics.h"

namespace gannet::mta {

net::Task<smtp::AuthOutcome> InboundSession::authenticate(const smtp::SessionInfo* session,
                                                          std::string authorize_as, std::string login,
                                                          std::string password) {
  static const auto failures =
      observe::counter("gannet_smtp_auth_failures_total", "Logins refused over SMTP");
  const auto directory =
      policy_.auth_directory ? find_directory(services(), *policy_.auth_directory) : nullptr;
  if (!directory) co_return smtp::AuthOutcome{{502, {5, 5, 1}, "AUTH is not offered here"}, {}};

  directory::Credentials credentials;
  credentials.login = std::move(login);
  credentials.password = std::move(password);
  credentials.authorize_as = std::move(authorize_as);
  credentials.remote_ip = session->peer.ip.to_string();
  credentials.protocol = session->protocol == smtp::Protocol::kLmtp ? "lmtp" : "smtp";
  auto outcome =
      co_await transport_->services().workers.run([&] { return directory->authenticate(credentials); });
  if (!outcome) {
    observe::warn("smtp.auth-unavailable", {{"session", session->id}, {"reason", outcome.error()}});
    co_return smtp::AuthOutcome{{454, {4, 7, 0}, "Logins cannot be checked now: try again later"}, {}};
  }
  if (!outcome->principal) {
    failures.add();
    observe::info("smtp.auth-failed", {{"session", session->id},
                                       {"remote-ip", credentials.remote_ip},
                                       {"login", credentials.login},
                                       {"reason", to_string(outcome->failure)}});
    co_return smtp::AuthOutcome{{535, {5, 7, 8}, "The login or the password is wrong"}, {}};
  }
  principal_ = std::move(outcome->principal);
  observe::info(
      "smtp.auth-success",
      {{"session", session->id}, {"remote-ip", credentials.remote_ip}, {"account", principal_->name}});
  co_return smtp::AuthOutcome{{235, {2, 7, 0}, "Welcome"}, principal_->name};
}

}  // namespace gannet::mta
