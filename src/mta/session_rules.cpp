#include "mta/session_rules.h"

#include <algorithm>
#include <initializer_list>
#include <limits>

#include "base/unicode.h"
#include "config/hostname.h"
#include "observe/log.h"

namespace gannet::mta {

config::Value SessionVariables::get(config::Variable variable) const {
  using enum config::Variable;
  switch (variable) {
    case kRemoteIp:
      return session_.peer.ip.to_string();
    case kRemotePort:
      return static_cast<std::int64_t>(session_.peer.port);
    case kLocalIp:
      return session_.local.ip.to_string();
    case kLocalPort:
      return static_cast<std::int64_t>(session_.local.port);
    case kListener:
      return session_.listener;
    case kIsTls:
      return session_.tls.has_value();
    case kProtocol:
      return session_.protocol == smtp::Protocol::kLmtp ? "lmtp" : "smtp";
    case kAuthenticatedAs:
      return session_.authenticated_as;
    case kHeloDomain:
      return session_.hello;
    case kSender:
      return envelope_.sender;
    case kSenderDomain:
      return domain_of(envelope_.sender);
    case kRcpt:
      return recipient_;
    case kRcptDomain:
      return domain_of(recipient_);
    case kRecipients: {
      config::Value::Array out;
      for (const Recipient& recipient : envelope_.recipients) out.emplace_back(recipient.address);
      return out;
    }
    default:
      return {};
  }
}

// One evaluation; a setting that gives nothing leaves what was there.
struct SessionRules::Evaluator {
  const SessionVariables& variables;
  config::Environment& environment;

  // Says which setting it was.
  template <typename T>
  Result<T> named(const Rule& rule, Result<T> value) const {
    if (!value)
      observe::error(
          "smtp.setting-failed",
          {{"session", variables.session_id()}, {"key", std::string(rule.key)}, {"reason", value.error()}});
    return value;
  }
  Result<bool> flag(const Rule& rule) const {
    return named(rule, rule.expression->flag(variables, environment));
  }
  Result<Duration> duration(const Rule& rule, Duration otherwise) const {
    return TRY(named(rule, rule.expression->duration(variables, environment))).value_or(otherwise);
  }
  template <typename T>
  Result<T> number(const Rule& rule, T otherwise) const {
    const auto value = TRY(named(rule, rule.expression->integer(variables, environment)));
    if (!value) return otherwise;
    constexpr auto kMost = std::min<std::uint64_t>(std::numeric_limits<T>::max(), INT64_MAX);
    return static_cast<T>(std::clamp<std::int64_t>(*value, 0, static_cast<std::int64_t>(kMost)));
  }
  Result<std::optional<std::string>> text(const Rule& rule) const {
    return named(rule, rule.expression->string(variables, environment));
  }
  Result<std::string> text(const Rule& rule, std::string_view otherwise) const {
    return TRY(text(rule)).value_or(std::string(otherwise));
  }
  Result<std::vector<std::string>> list(const Rule& rule) const {
    return named(rule, rule.expression->list(variables, environment));
  }
};

SessionRules::SessionRules(const config::Config& config) {
  const auto rule = [&](std::string_view key) { return Rule{key, config.expression(key)}; };
  rules_.timeout = rule("session.timeout");
  rules_.duration = rule("session.duration");
  rules_.transfer_limit = rule("session.transfer-limit");
  rules_.connect_hostname = rule("session.connect.hostname");
  rules_.connect_greeting = rule("session.connect.greeting");
  rules_.ehlo_require = rule("session.ehlo.require");
  rules_.ehlo_reject_non_fqdn = rule("session.ehlo.reject-non-fqdn");
  rules_.auth_directory = rule("session.auth.directory");
  rules_.auth_mechanisms = rule("session.auth.mechanisms");
  rules_.auth_require = rule("session.auth.require");
  rules_.auth_must_match_sender = rule("session.auth.must-match-sender");
  rules_.auth_errors_total = rule("session.auth.errors.total");
  rules_.auth_errors_wait = rule("session.auth.errors.wait");
  rules_.mail_is_allowed = rule("session.mail.is-allowed");
  rules_.rcpt_relay = rule("session.rcpt.relay");
  rules_.rcpt_directory = rule("session.rcpt.directory");
  rules_.rcpt_errors_total = rule("session.rcpt.errors.total");
  rules_.rcpt_errors_wait = rule("session.rcpt.errors.wait");
  rules_.rcpt_max_recipients = rule("session.rcpt.max-recipients");
  rules_.rcpt_catch_all = rule("session.rcpt.catch-all");
  rules_.rcpt_sub_addressing = rule("session.rcpt.sub-addressing");
  rules_.data_messages = rule("session.data.limits.messages");
  rules_.data_size = rule("session.data.limits.size");
  rules_.data_received_headers = rule("session.data.limits.received-headers");
  rules_.add_received = rule("session.data.add-headers.received");
  rules_.add_date = rule("session.data.add-headers.date");
  rules_.add_message_id = rule("session.data.add-headers.message-id");
  rules_.report_name = rule("report.dsn.from-name");
  rules_.report_address = rule("report.dsn.from-address");
  rules_.pipelining = rule("session.extensions.pipelining");
  rules_.chunking = rule("session.extensions.chunking");
  rules_.dsn = rule("session.extensions.dsn");
  rules_.vrfy = rule("session.extensions.vrfy");
  rules_.expn = rule("session.extensions.expn");

  const auto asks = [](std::initializer_list<Rule> rules) {
    return std::ranges::any_of(rules, [](const Rule& one) { return one.expression->asks_environment(); });
  };
  connect_asks_ = asks({rules_.timeout, rules_.duration, rules_.transfer_limit, rules_.connect_hostname,
                        rules_.connect_greeting, rules_.ehlo_require});
  hello_asks_ =
      connect_asks_ || asks({rules_.ehlo_reject_non_fqdn, rules_.auth_directory, rules_.auth_mechanisms,
                             rules_.auth_require, rules_.auth_must_match_sender, rules_.auth_errors_total,
                             rules_.auth_errors_wait, rules_.data_messages, rules_.data_size,
                             rules_.pipelining, rules_.chunking, rules_.dsn, rules_.vrfy, rules_.expn});
  mail_asks_ = asks({rules_.mail_is_allowed, rules_.rcpt_errors_total, rules_.rcpt_errors_wait,
                     rules_.rcpt_max_recipients});
  rcpt_asks_ =
      asks({rules_.rcpt_relay, rules_.rcpt_directory, rules_.rcpt_catch_all, rules_.rcpt_sub_addressing});

  max_command_line_ = static_cast<std::size_t>(config.size("session.command.max-size"));
  max_auth_line_ = static_cast<std::size_t>(config.size("authentication.max-response"));
  max_errors_ = static_cast<std::uint32_t>(config.integer("session.errors.total"));
  max_line_ = config.size("session.data.limits.line");
  memory_ = std::make_shared<smtp::MessageMemory>(config.size("session.data.limits.memory"));
  max_expansion_ = static_cast<std::size_t>(config.integer("session.rcpt.max-expansion"));
  hostname_ = config::hostname_of(config);
  retry_ = config.get<std::vector<Duration>>("queue.schedule.retry");
  notify_ = config.get<std::vector<Duration>>("queue.schedule.notify");
  expire_ = config.duration("queue.schedule.expire");
}

Result<> SessionRules::connect_options(const Evaluator& eval, smtp::SessionOptions& options) const {
  options.max_command_line = max_command_line_;
  options.max_errors = max_errors_;
  options.max_auth_line = max_auth_line_;
  options.data.line = max_line_;
  options.memory = memory_;
  options.timeout = TRY(eval.duration(rules_.timeout, options.timeout));
  options.duration = TRY(eval.duration(rules_.duration, options.duration));
  options.transfer_limit = TRY(eval.number<std::uint64_t>(rules_.transfer_limit, options.transfer_limit));
  options.hostname = TRY(eval.text(rules_.connect_hostname, hostname_));
  options.greeting = TRY(eval.text(rules_.connect_greeting, ""));
  options.require_hello = TRY(eval.flag(rules_.ehlo_require));
  return {};
}

Result<> SessionRules::connect(const SessionVariables& variables, config::Environment& environment,
                               smtp::SessionOptions& options) const {
  smtp::SessionOptions out;
  TRY(connect_options({variables, environment}, out));
  options = std::move(out);
  return {};
}

Result<> SessionRules::hello(const SessionVariables& variables, config::Environment& environment,
                             smtp::SessionOptions& options, SessionPolicy& policy) const {
  const Evaluator eval{variables, environment};
  smtp::SessionOptions out;
  TRY(connect_options(eval, out));
  out.auth_errors = TRY(eval.number<std::uint32_t>(rules_.auth_errors_total, out.auth_errors));
  out.auth_errors_wait = TRY(eval.duration(rules_.auth_errors_wait, out.auth_errors_wait));
  out.max_messages = TRY(eval.number<std::uint32_t>(rules_.data_messages, out.max_messages));
  out.data.size = TRY(eval.number<std::uint64_t>(rules_.data_size, out.data.size));
  out.pipelining = TRY(eval.flag(rules_.pipelining));
  out.chunking = TRY(eval.flag(rules_.chunking));
  out.dsn = TRY(eval.flag(rules_.dsn));
  out.vrfy = TRY(eval.flag(rules_.vrfy));
  out.expn = TRY(eval.flag(rules_.expn));

  SessionPolicy decided;
  decided.reject_non_fqdn = TRY(eval.flag(rules_.ehlo_reject_non_fqdn));
  decided.auth_directory = TRY(eval.text(rules_.auth_directory));
  decided.auth_required = TRY(eval.flag(rules_.auth_require));
  decided.must_match_sender = TRY(eval.flag(rules_.auth_must_match_sender));
  if (decided.auth_directory) decided.auth_mechanisms = TRY(eval.list(rules_.auth_mechanisms));
  options = std::move(out);
  policy = std::move(decided);
  return {};
}

Result<MailPolicy> SessionRules::mail(const SessionVariables& variables, config::Environment& environment,
                                      smtp::SessionOptions& options) const {
  const Evaluator eval{variables, environment};
  const MailPolicy policy{TRY(eval.flag(rules_.mail_is_allowed))};
  const smtp::SessionOptions otherwise;
  const auto errors = TRY(eval.number<std::uint32_t>(rules_.rcpt_errors_total, otherwise.rcpt_errors));
  const auto wait = TRY(eval.duration(rules_.rcpt_errors_wait, otherwise.rcpt_errors_wait));
  const auto recipients =
      TRY(eval.number<std::uint32_t>(rules_.rcpt_max_recipients, otherwise.max_recipients));
  options.rcpt_errors = errors;
  options.rcpt_errors_wait = wait;
  options.max_recipients = recipients;
  return policy;
}

Result<RcptPolicy> SessionRules::rcpt(const SessionVariables& variables,
                                      config::Environment& environment) const {
  const Evaluator eval{variables, environment};
  RcptPolicy policy;
  policy.relay = TRY(eval.flag(rules_.rcpt_relay));
  policy.directory = TRY(eval.text(rules_.rcpt_directory, "*"));
  policy.catch_all = TRY(eval.flag(rules_.rcpt_catch_all));
  policy.max_expansion = max_expansion_;
  policy.sub_addressing = TRY(eval.flag(rules_.rcpt_sub_addressing));
  return policy;
}

Result<std::string> SessionRules::report_name(const config::Variables& variables,
                                              config::Environment& environment) const {
  return TRY(rules_.report_name.expression->string(variables, environment)).value_or("");
}

Result<std::string> SessionRules::report_address(const config::Variables& variables,
                                                 config::Environment& environment) const {
  return TRY(rules_.report_address.expression->string(variables, environment)).value_or("");
}

Result<DataPolicy> SessionRules::data(const SessionVariables& variables,
                                      config::Environment& environment) const {
  const Evaluator eval{variables, environment};
  DataPolicy policy;
  policy.max_received = TRY(eval.number<std::uint32_t>(rules_.data_received_headers, policy.max_received));
  policy.add_received = TRY(eval.flag(rules_.add_received));
  policy.add_date = TRY(eval.flag(rules_.add_date));
  policy.add_message_id = TRY(eval.flag(rules_.add_message_id));
  return policy;
}

}  // namespace gannet::mta
