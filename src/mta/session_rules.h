// The settings `session.*`, compiled once and evaluated for a session as it goes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "config/expression/environment.h"
#include "config/expression/expression.h"
#include "config/expression/variables.h"
#include "mta/envelope.h"
#include "smtp/session_handler.h"

namespace gannet::mta {

// What an expression may name of a session and its message.
class SessionVariables final : public config::Variables {
 public:
  SessionVariables(const smtp::SessionInfo& session, const Envelope& envelope,
                   std::string_view recipient = {})
      : session_(session), envelope_(envelope), recipient_(recipient) {}
  config::Value get(config::Variable variable) const override;
  std::uint64_t session_id() const { return session_.id; }

 private:
  const smtp::SessionInfo& session_;
  const Envelope& envelope_;
  std::string_view recipient_;
};

// What the stages decide by, beyond what the wire needs (smtp::SessionOptions).
struct SessionPolicy {
  bool reject_non_fqdn = false;               // session.ehlo.reject-non-fqdn
  std::optional<std::string> auth_directory;  // session.auth.directory; nothing: no logins here
  std::vector<std::string> auth_mechanisms;   // session.auth.mechanisms
  bool auth_required = false;                 // session.auth.require
  bool must_match_sender = true;              // session.auth.must-match-sender
};
struct MailPolicy {
  bool allowed = true;  // session.mail.is-allowed
};
struct RcptPolicy {
  bool relay = false;                  // session.rcpt.relay
  std::string directory;               // session.rcpt.directory; "*" is the default one
  bool catch_all = true;               // session.rcpt.catch-all
  bool sub_addressing = true;          // session.rcpt.sub-addressing
  std::size_t max_expansion = 10'000;  // session.rcpt.max-expansion
};
struct DataPolicy {
  std::uint32_t max_received = 50;  // session.data.limits.received-headers
  bool add_received = true;         // session.data.add-headers.*
  bool add_date = false;
  bool add_message_id = false;
};

// Immutable; any thread. Each setting is evaluated at the first stage that it matters to, so one that fails spoils no
// more than that. It gives kUnavailable or kInvalid from config, and an event that names it; `options` and `policy`
// are then as they were.
class SessionRules {
 public:
  explicit SessionRules(const config::Config& config);

  // What the greeting and the wait for EHLO need.
  Result<> connect(const SessionVariables& variables, config::Environment& environment,
                   smtp::SessionOptions& options) const;
  // That, and what EHLO answers and AUTH goes by. At EHLO, and again after STARTTLS and AUTH.
  Result<> hello(const SessionVariables& variables, config::Environment& environment,
                 smtp::SessionOptions& options, SessionPolicy& policy) const;
  // The sender is known: what the wire counts by in this transaction goes to `options`.
  Result<MailPolicy> mail(const SessionVariables& variables, config::Environment& environment,
                          smtp::SessionOptions& options) const;
  Result<RcptPolicy> rcpt(const SessionVariables& variables, config::Environment& environment) const;
  Result<DataPolicy> data(const SessionVariables& variables, config::Environment& environment) const;

  // report.dsn.*; empty where the setting gives nothing.
  Result<std::string> report_name(const config::Variables& variables, config::Environment& environment) const;
  Result<std::string> report_address(const config::Variables& variables,
                                     config::Environment& environment) const;

  // Whether a stage's expressions may ask a directory or a store; they belong on the core then.
  bool connect_asks() const { return connect_asks_; }
  bool hello_asks() const { return hello_asks_; }
  bool mail_asks() const { return mail_asks_; }
  bool rcpt_asks() const { return rcpt_asks_; }

  const std::string& hostname() const { return hostname_; }
  // queue.schedule.*
  const std::vector<Duration>& retry() const { return retry_; }
  const std::vector<Duration>& notify() const { return notify_; }
  Duration expire() const { return expire_; }

 private:
  struct Rule {
    std::string_view key;
    std::shared_ptr<const config::Expression> expression;
  };
  struct Evaluator;
  struct Rules {
    Rule timeout, duration, transfer_limit;
    Rule connect_hostname, connect_greeting;
    Rule ehlo_require, ehlo_reject_non_fqdn;
    Rule auth_directory, auth_mechanisms, auth_require, auth_must_match_sender, auth_errors_total,
        auth_errors_wait;
    Rule mail_is_allowed;
    Rule rcpt_relay, rcpt_directory, rcpt_errors_total, rcpt_errors_wait, rcpt_max_recipients, rcpt_catch_all,
        rcpt_sub_addressing;
    Rule data_messages, data_size, data_received_headers;
    Rule add_received, add_date, add_message_id;
    Rule report_name, report_address;
    Rule pipelining, chunking, dsn, vrfy, expn;
  };
  Result<> connect_options(const Evaluator& eval, smtp::SessionOptions& options) const;

  Rules rules_;
  std::string hostname_;
  std::size_t max_command_line_ = 0;             // session.command.max-size
  std::size_t max_auth_line_ = 0;                // authentication.max-response
  std::uint32_t max_errors_ = 0;                 // session.errors.total
  std::uint64_t max_line_ = 0;                   // session.data.limits.line
  std::shared_ptr<smtp::MessageMemory> memory_;  // session.data.limits.memory
  std::size_t max_expansion_ = 0;                // session.rcpt.max-expansion
  std::vector<Duration> retry_, notify_;
  Duration expire_{};
  bool connect_asks_ = false;
  bool hello_asks_ = false;
  bool mail_asks_ = false;
  bool rcpt_asks_ = false;
};

}  // namespace gannet::mta
