#include "login/exchange.h"

#include <algorithm>

#include "observe/log.h"

namespace gannet::login {
namespace {

using directory::AuthFailure;
using directory::AuthOutcome;

}  // namespace

std::unique_ptr<Exchange> Exchange::begin(std::string_view mechanism, const std::vector<std::string>& offered,
                                          Client client, std::shared_ptr<directory::Directory> directory,
                                          std::shared_ptr<Gate> gate) {
  const auto is_offered = [&](std::string_view name) {
    return std::ranges::find(offered, name) != offered.end();
  };
  if (!is_offered(mechanism)) return nullptr;
  std::unique_ptr<Mechanism> made;
  if (mechanism == "PLAIN") made = make_plain();
  if (mechanism == "LOGIN") made = make_login();
  if (mechanism == "EXTERNAL") made = make_external();
  if (mechanism == "SCRAM-SHA-256" || mechanism == "SCRAM-SHA-256-PLUS")
    made = make_scram({.nonce = gate->nonce(),
                       .bindings = client.bindings,
                       .plus = mechanism.ends_with("-PLUS"),
                       .plus_offered = is_offered("SCRAM-SHA-256-PLUS")});
  if (!made) return nullptr;
  return std::unique_ptr<Exchange>(new Exchange(std::string(mechanism), std::move(made), std::move(client),
                                                std::move(directory), std::move(gate)));
}

Exchange::Exchange(std::string name, std::unique_ptr<Mechanism> mechanism, Client client,
                   std::shared_ptr<directory::Directory> directory, std::shared_ptr<Gate> gate)
    : name_(std::move(name)),
      mechanism_(std::move(mechanism)),
      client_(std::move(client)),
      directory_(std::move(directory)),
      gate_(std::move(gate)) {
  credentials_.remote_ip = client_.remote_ip;
  credentials_.protocol = client_.protocol;
}

Result<Step> Exchange::start(std::optional<std::string> initial) {
  return act(mechanism_->begin(std::move(initial)));
}

Result<Step> Exchange::next(std::string message) {
  if (!waiting_) return act(mechanism_->next(std::move(message)));
  // RFC 4422 3.3: where a protocol has no place for data with success, the client answers it with nothing.
  if (!message.empty()) return act(Malformed{"Nothing was to be answered"});
  return ended(*std::exchange(waiting_, std::nullopt));
}

Result<Step> Exchange::act(Next next) {
  return std::visit([this](auto&& what) { return act_on(std::forward<decltype(what)>(what)); },
                    std::move(next));
}

Step Exchange::ended(AuthOutcome outcome) {
  return {
      .challenge = std::nullopt, .outcome = std::move(outcome), .malformed = {}, .login = credentials_.login};
}

Result<Step> Exchange::act_on(Challenge challenge) {
  return Step{.challenge = std::move(challenge.data),
              .outcome = std::nullopt,
              .malformed = {},
              .login = credentials_.login};
}

Result<Step> Exchange::act_on(CheckPassword check) {
  credentials_.authorize_as = std::move(check.authorize_as);
  credentials_.login = std::move(check.login);
  credentials_.password = std::move(check.password);
  return ended(TRY(gate_->authenticate(*directory_, credentials_)));
}

Result<Step> Exchange::act_on(GetScram get) {
  credentials_.login = std::move(get.login);
  // Where verifiers are made of passwords in clear, a challenge costs about what checking a password does.
  if (TRY(gate_->is_over_limit(credentials_)))
    return ended({.principal = std::nullopt,
                  .failure = AuthFailure::kTooManyFailures,
                  .app_password = {},
                  .account = {}});
  auto secrets = TRY(gate_->scram_secrets(*directory_, credentials_));
  account_ = secrets.account;
  return act(mechanism_->scram(std::move(secrets)));
}

Result<Step> Exchange::act_on(Proven proven) {
  credentials_.authorize_as = std::move(proven.authorize_as);
  auto outcome = TRY(gate_->admit(*directory_, credentials_));
  outcome.app_password = std::move(proven.app_password);
  if (!outcome.principal || proven.data.empty()) return ended(std::move(outcome));
  waiting_ = std::move(outcome);
  return act_on(Challenge{std::move(proven.data)});
}

// The first of the certificate's addresses that is somebody's here; with an authorization identity, the first that
// may act for it.
Result<Step> Exchange::act_on(ByCertificate by) {
  credentials_.authorize_as = std::move(by.authorize_as);
  AuthOutcome last = {
      .principal = std::nullopt, .failure = AuthFailure::kNoSuchUser, .app_password = {}, .account = {}};
  for (const auto& email : client_.certificate_emails) {
    credentials_.login = email;
    last = TRY(directory_->admit(credentials_));
    if (last.principal) return ended(TRY(gate_->admit(*directory_, credentials_)));
  }
  return ended(gate_->refuse(credentials_, last.failure, last.account));
}

Result<Step> Exchange::act_on(Refused refused) {
  credentials_.login = std::move(refused.login);
  observe::debug(
      "auth.proof-refused",
      {{"login", credentials_.login}, {"remote-ip", credentials_.remote_ip}, {"reason", refused.why}});
  return ended(gate_->refuse(credentials_, AuthFailure::kWrongPassword, account_));
}

Result<Step> Exchange::act_on(Malformed malformed) {
  return Step{.challenge = std::nullopt,
              .outcome = std::nullopt,
              .malformed = std::move(malformed.text),
              .login = credentials_.login};
}

}  // namespace gannet::login
