// One IMAP session without its socket: what it knows, and how it does a command.
//
// A command is parsed into a Task. A task works in bounded steps, each on a thread of the core; what a step
// writes is sent before the next one begins, so that a FETCH of any size needs the memory of one step. While
// a step runs, nobody else touches the session.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "directory/directory.h"
#include "imap/account_sessions.h"
#include "imap/header_cache.h"
#include "imap/record_cache.h"
#include "imap/selected.h"
#include "imap/settings.h"
#include "login/gate.h"
#include "mailbox/accounts.h"
#include "search/finder.h"

namespace gannet::imap {

// What the sessions of all listeners share. Immutable while they run.
struct Services {
  std::shared_ptr<mailbox::Accounts> accounts;
  std::shared_ptr<directory::Directory> directory;
  const Clock* clock = nullptr;  // outlives all sessions
  Settings settings;
  std::shared_ptr<AccountSessions> sessions;
  std::shared_ptr<HeaderCache> headers;
  std::shared_ptr<RecordCache> records;
  std::shared_ptr<const search::Finder> finder;  // null: every message is looked at
  std::shared_ptr<login::Gate> gate;
};
// `clock` outlives all sessions.
std::shared_ptr<const Services> make_services(std::shared_ptr<mailbox::Accounts> accounts,
                                              std::shared_ptr<directory::Directory> directory,
                                              const Clock& clock, Settings settings,
                                              std::shared_ptr<const search::Finder> finder = nullptr,
                                              std::shared_ptr<login::Gate> gate = nullptr);

// RFC 9051 3.
enum class State : std::uint8_t { kNotAuthenticated, kAuthenticated, kSelected, kLogout };

struct Session {
  std::shared_ptr<const Services> services;
  State state = State::kNotAuthenticated;
  bool tls = false;
  bool can_start_tls = false;
  bool broken = false;  // what was sent last cannot be completed: close without another word
  std::uint8_t auth_failures = 0;
  mailbox::AccountId account = 0;
  std::uint64_t quota = 0;  // bytes; 0 is unlimited
  std::string login;        // the account's name, once logged in
  std::string remote_ip;
  std::vector<std::string> certificate_emails;  // of the client's certificate, which was verified
  std::unique_ptr<Selected> selected;           // set in kSelected
  AccountPlace place;
  login::LiveLoginPtr live;  // once logged in

  mailbox::Accounts& accounts() const { return *services->accounts; }
  const Settings& settings() const { return services->settings; }
  // The SASL mechanisms that can be served now, the best first.
  std::vector<std::string> mechanisms() const;
  // The login was good, but is not any more.
  bool login_ended() const { return live && live->ended(); }
  // Passwords may be sent: under TLS, or where the settings allow them without.
  bool may_log_in() const { return tls || settings().allow_plain_text; }
};

// The tagged completion of a command (RFC 9051 7.1).
struct Reply {
  enum class Status : std::uint8_t { kOk, kNo, kBad };
  Status status = Status::kOk;
  std::string code;  // response code without its brackets; empty for none
  std::string text;
};
Reply ok(std::string text, std::string code = {});
Reply no(std::string text, std::string code = {});
Reply bad(std::string text);
// What an error of any part means to an IMAP client (RFC 5530).
Reply reply_to(const Error& error);
void append_reply(std::string& out, std::string_view tag, const Reply& reply);

// What may be told of the selected mailbox at the end of a command.
enum class Updates : std::uint8_t {
  kNone,
  kWithoutExpunge,  // FETCH, STORE and SEARCH by sequence numbers (RFC 9051 7.5.1)
  kAll,
};

class Task {
 public:
  virtual ~Task() = default;
  // Does a part of the work and appends responses to `out`. Nothing: there is more to do, once `out` is sent.
  virtual std::optional<Reply> step(Session& session, std::string& out) = 0;
  virtual Updates updates() const { return Updates::kAll; }
  // FETCH responses of the update name the UID: it is a UID command.
  virtual bool uid() const { return false; }
  // What step() has told of flags already; taken once, at the end.
  virtual std::vector<Shown> take_shown() { return {}; }
};

// About this much a step writes before it lets the output be sent, in octets.
inline constexpr std::size_t kStepOutput = 256 * 1024;

// One step, with the updates of the selected mailbox when the task is done.
std::optional<Reply> run_step(Session& session, Task& task, std::string& out);

}  // namespace gannet::imap
