#include "directory/directory.h"
#include "imap/commands/commands.h"
#include "login/gate.h"
#include "observe/log.h"
#include "observe/metrics.h"

namespace gannet::imap {
namespace {

void count(const char* outcome) {
  observe::counter("gannet_imap_logins_total", "Logins by outcome", {{"outcome", outcome}}).add();
}

}  // namespace

Reply log_in(Session& session, directory::Credentials credentials) {
  credentials.remote_ip = session.remote_ip;
  credentials.protocol = "imap";
  auto outcome = session.services->gate->authenticate(*session.services->directory, credentials);
  return finish_login(session, {.login = credentials.login, .mechanism = "LOGIN"}, std::move(outcome));
}

Reply finish_login(Session& session, const LoginAttempt& attempt, Result<directory::AuthOutcome> outcome) {
  const std::string& login = attempt.login;
  if (!outcome) {
    observe::warn("imap.login-unavailable", {{"login", login}, {"error", outcome.error()}});
    count("unavailable");
    return no("The directory cannot be asked now; try again later", "UNAVAILABLE");
  }
  const bool is_person =
      outcome->principal && outcome->principal->type == directory::PrincipalType::kIndividual;
  if (!is_person) {
    ++session.auth_failures;
    count("failed");
    observe::info("imap.login-failed",
                  {{"login", login},
                   {"remote-ip", session.remote_ip},
                   {"reason", outcome->principal ? "no account" : to_string(outcome->failure)}});
    if (!outcome->principal && outcome->failure == directory::AuthFailure::kTooManyFailures)
      return no("Too many failed logins; try again later", "UNAVAILABLE");
    return no("Wrong login or password", "AUTHENTICATIONFAILED");
  }
  auto place = session.services->sessions->enter(outcome->principal->id, session.settings().max_sessions);
  if (!place) {
    count("too-many-sessions");
    return no("This account has too many sessions; close another one first", "LIMIT");
  }
  session.place = *std::move(place);
  session.live = session.services->gate->live().enter(outcome->principal->id);
  session.state = State::kAuthenticated;
  session.account = outcome->principal->id;
  session.quota = outcome->principal->quota;
  session.login = outcome->principal->name;
  session.auth_failures = 0;
  count("ok");
  observe::info("imap.login", {{"login", session.login},
                               {"remote-ip", session.remote_ip},
                               {"tls", session.tls},
                               {"mechanism", attempt.mechanism},
                               {"by", outcome->account},
                               {"app-password", outcome->app_password}});
  return ok("Logged in", "CAPABILITY " + capabilities(session));
}

// RFC 9051 6.2.3
ParsedTask parse_login(Arguments arguments) {
  auto& in = arguments.in;
  directory::Credentials credentials;
  TRY(in.space());
  credentials.login = std::string(TRY(in.astring("a user name")));
  TRY(in.space());
  credentials.password = std::string(TRY(in.astring("a password")));
  TRY(in.end());
  return make_task(
      [credentials = std::move(credentials)](Session& session, std::string&) mutable {
        if (!session.may_log_in()) {
          // RFC 9051 6.2.3 and 11.3.
          return no("Passwords are taken under TLS only: use STARTTLS first", "PRIVACYREQUIRED");
        }
        return log_in(session, std::move(credentials));
      },
      Updates::kNone);
}

}  // namespace gannet::imap
