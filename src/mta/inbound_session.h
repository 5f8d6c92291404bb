// The policy of one SMTP or LMTP session: the stages connect, hello, auth, mail, rcpt, data and verify, each
// in its file under stages/.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "login/exchange.h"
#include "mta/envelope.h"
#include "mta/environment.h"
#include "mta/queue/queue.h"
#include "mta/session_rules.h"
#include "mta/transport.h"
#include "smtp/session_handler.h"

namespace gannet::mta {

// On the session's loop; what blocks goes over the bridge, once a command.
class InboundSession final : public smtp::SessionHandler {
 public:
  explicit InboundSession(std::shared_ptr<Transport> transport) : transport_(std::move(transport)) {}

  const smtp::SessionOptions& options() const override { return options_; }
  net::Task<smtp::Reply> connect(const smtp::SessionInfo* session) override;
  net::Task<smtp::Reply> hello(const smtp::SessionInfo* session) override;
  net::Task<void> tls_started(const smtp::SessionInfo* session) override;
  net::Task<smtp::AuthStep> auth_start(const smtp::SessionInfo* session, std::string mechanism,
                                       std::optional<std::string> initial) override;
  net::Task<smtp::AuthStep> auth_next(const smtp::SessionInfo* session, std::string response) override;
  net::Task<void> authenticated(const smtp::SessionInfo* session) override;
  net::Task<smtp::Reply> mail(const smtp::SessionInfo* session, smtp::MailArguments mail) override;
  net::Task<smtp::Reply> rcpt(const smtp::SessionInfo* session, smtp::RcptArguments rcpt) override;
  net::Task<std::vector<smtp::Reply>> data(const smtp::SessionInfo* session, std::string message) override;
  net::Task<smtp::Reply> verify(const smtp::SessionInfo* session, std::string text) override;
  net::Task<smtp::Reply> expand(const smtp::SessionInfo* session, std::string list) override;
  void reset() override { envelope_ = Envelope(); }

 private:
  // Octets used of those accounts that have a quota.
  using QuotaUsed = std::unordered_map<directory::AccountId, std::uint64_t>;

  // Evaluate the session's settings for what is known by now.
  net::Task<Result<>> apply_connect(const smtp::SessionInfo* session);
  net::Task<Result<>> apply_hello(const smtp::SessionInfo* session);
  // Sets options_.mechanisms to what can be served.
  void offer_mechanisms(const smtp::SessionInfo& session);
  smtp::AuthStep auth_step(const smtp::SessionInfo& session, Result<login::Step> step);
  const Services& services() const { return transport_->services(); }
  bool writable() const { return services().stores.data->writable(); }

  // On a worker's thread.
  Result<bool> may_send_as(const std::string& address) const;
  std::string postmaster_domain() const;
  Result<directory::Resolution> resolve_postmaster(directory::Directory& directory,
                                                   const directory::ResolveOptions& options) const;
  Result<std::shared_ptr<directory::Directory>> recipients_directory(const smtp::SessionInfo& session,
                                                                     const std::string& text) const;
  smtp::Reply resolve_recipient(const smtp::SessionInfo& session, const smtp::RcptArguments& rcpt,
                                Recipient& recipient) const;

  // On the loop: what resolve_recipient() would answer, where that is known without waiting.
  std::optional<smtp::Reply> resolve_recipient_now(const smtp::SessionInfo& session,
                                                   const smtp::RcptArguments& rcpt,
                                                   Recipient& recipient) const;

  // On either, since they do not wait.
  Result<RcptPolicy> rcpt_policy(const smtp::SessionInfo& session, const std::string& address) const;
  smtp::Reply judge(const RcptPolicy& policy, const directory::Resolution& resolution,
                    const smtp::RcptArguments& rcpt, const QuotaUsed& used, Recipient& recipient) const;
  smtp::Reply add_targets(const directory::Resolution& resolution, const QuotaUsed& used,
                          Recipient& recipient) const;

  std::shared_ptr<Transport> transport_;
  smtp::SessionOptions options_;
  SessionPolicy policy_;
  bool has_policy_ = false;  // apply_hello() has succeeded
  std::optional<directory::Principal> principal_;
  login::LiveLoginPtr live_;  // of principal_
  Envelope envelope_;
  std::unique_ptr<login::Exchange> exchange_;  // while AUTH is going on
};

}  // namespace gannet::mta
