// RCPT: who gets mail for this address
#include <algorithm>

#include "base/unicode.h"
#include "directory/errors.h"
#include "mta/inbound_session.h"
#include "mta/local_delivery.h"
#include "observe/log.h"
#include "observe/metrics.h"

namespace gannet::mta {
namespace {

directory::ResolveOptions resolve_options(const RcptPolicy& policy) {
  directory::ResolveOptions out;
  out.catch_all = policy.catch_all;
  out.sub_addressing = policy.sub_addressing;
  out.max_expansion = policy.max_expansion;
  return out;
}

bool is_postmaster(std::string_view local) {
  return equal_ignoring_ascii_case(local, "postmaster");
}
bool is_unknown(const directory::Resolution& resolution) {
  return resolution.kind == directory::Resolution::Kind::kUnknown;
}

smtp::Reply foreign(const RcptPolicy& policy, const std::string& domain) {
  if (!policy.relay)
    return {550, {5, 7, 1}, "Relaying is not allowed: " + domain + " is not a domain of this server"};
  return {
      550, {5, 7, 1}, "This server does not deliver to other servers yet, and " + domain + " is not its own"};
}

}  // namespace

smtp::Reply InboundSession::add_targets(const directory::Resolution& resolution, const QuotaUsed& used,
                                        Recipient& recipient) const {
  const bool list = resolution.kind == directory::Resolution::Kind::kList;
  std::size_t full = 0;
  std::size_t too_small = 0;
  for (const directory::Principal& account : resolution.accounts) {
    Target target;
    target.account = account.id;
    target.quota = account.quota;
    target.delivered_to = list && !account.emails.empty() ? account.emails.front() : recipient.address;
    // Whoever has no room for it is told before the message is sent (RFC 1870 6.3).
    if (target.quota != 0 && envelope_.declared_size > target.quota) {
      ++too_small;
    } else if (target.quota != 0 &&
               used.at(account.id) + std::max<std::uint64_t>(envelope_.declared_size, 1) > target.quota) {
      ++full;
    }
    recipient.targets.push_back(std::move(target));
  }
  recipient.elsewhere = resolution.addresses;
  recipient.dead = resolution.dead;
  if (recipient.targets.empty() && !recipient.elsewhere.empty())
    return {550,
            {5, 7, 1},
            "Every member of the list is elsewhere, and this server does not deliver to others yet"};
  if (recipient.targets.empty() && !recipient.dead.empty())
    return {550, {5, 2, 4}, "No member of the list exists"};
  if (recipient.targets.empty()) return {550, {5, 2, 4}, "The list has no members"};
  if (too_small == recipient.targets.size()) return too_large_for_quota();
  if (full + too_small == recipient.targets.size())
    return {452, {4, 2, 2}, "The recipient's mailbox is full"};
  return {250, {2, 1, 5}, "Recipient accepted"};
}

smtp::Reply InboundSession::judge(const RcptPolicy& policy, const directory::Resolution& resolution,
                                  const smtp::RcptArguments& rcpt, const QuotaUsed& used,
                                  Recipient& recipient) const {
  switch (resolution.kind) {
    case directory::Resolution::Kind::kUnknown:
      return {550, {5, 1, 1}, "There is no mailbox <" + recipient.address + "> here"};
    case directory::Resolution::Kind::kForeign:
      return foreign(policy, rcpt.to.domain);
    case directory::Resolution::Kind::kAccounts:
    case directory::Resolution::Kind::kList:
      recipient.notify = rcpt.notify;
      recipient.original_type = rcpt.original_recipient_type;
      recipient.original_recipient = rcpt.original_recipient;
      return add_targets(resolution, used, recipient);
  }
  return {451, {4, 3, 0}, "The address cannot be looked up now"};
}

// RFC 5321 4.5.1: <Postmaster> without a domain is ours. The host's own name need be no mail domain; then it
// is the nearest one above it.
std::string InboundSession::postmaster_domain() const {
  for (std::string_view domain = options_.hostname; domain.contains('.');
       domain.remove_prefix(domain.find('.') + 1)) {
    auto ours = services().directories.standard->is_local_domain(domain);
    if (ours && *ours) return std::string(domain);
  }
  return options_.hostname;
}

Result<RcptPolicy> InboundSession::rcpt_policy(const smtp::SessionInfo& session,
                                               const std::string& address) const {
  const SessionVariables variables(session, envelope_, address);
  CoreEnvironment environment(services());
  return transport_->rules().rcpt(variables, environment);
}

// RFC 5321 4.5.1: every domain has a postmaster. Where nobody has that address, it is this server's.
Result<directory::Resolution> InboundSession::resolve_postmaster(
    directory::Directory& directory, const directory::ResolveOptions& options) const {
  return directory.resolve("postmaster@" + postmaster_domain(), options);
}

std::optional<smtp::Reply> InboundSession::resolve_recipient_now(const smtp::SessionInfo& session,
                                                                 const smtp::RcptArguments& rcpt,
                                                                 Recipient& recipient) const {
  // An expression that asks is evaluated once, on the core: it may count what it sees.
  if (transport_->rules().rcpt_asks() || rcpt.to.domain.empty()) return std::nullopt;
  recipient.address = rcpt.to.address();
  const auto policy = rcpt_policy(session, recipient.address);
  if (!policy) return reply_for(policy.error());
  const auto directory = find_directory(services(), policy->directory);
  if (!directory) return std::nullopt;
  const auto resolution = directory->resolve_now(recipient.address, resolve_options(*policy));
  if (!resolution || (is_unknown(*resolution) && is_postmaster(rcpt.to.local))) return std::nullopt;
  QuotaUsed used;
  for (const directory::Principal& account : resolution->accounts) {
    if (account.quota == 0) continue;
    const auto octets = services().accounts->quota_used_now(account.id);
    if (!octets) return std::nullopt;
    used[account.id] = *octets;
  }
  return judge(*policy, *resolution, rcpt, used, recipient);
}

smtp::Reply InboundSession::resolve_recipient(const smtp::SessionInfo& session,
                                              const smtp::RcptArguments& rcpt, Recipient& recipient) const {
  recipient.address = rcpt.to.address();
  if (rcpt.to.domain.empty()) recipient.address += "@" + postmaster_domain();
  const auto policy = rcpt_policy(session, recipient.address);
  if (!policy) return reply_for(policy.error());
  const auto directory = find_directory(services(), policy->directory);
  if (!directory) return {451, {4, 3, 5}, "The directory of this server is not set up"};
  auto resolution = directory->resolve(recipient.address, resolve_options(*policy));
  if (resolution && is_unknown(*resolution) && is_postmaster(rcpt.to.local))
    resolution = resolve_postmaster(*directory, resolve_options(*policy));
  if (!resolution && resolution.error().is(directory::DirectoryError::kInvalid))
    return {550, {5, 1, 3}, "The address cannot be one of this server: " + resolution.error().text()};
  if (!resolution) {
    observe::warn("smtp.directory-failed", {{"session", session.id}, {"reason", resolution.error()}});
    return {451, {4, 4, 3}, "The directory does not answer: try again later"};
  }
  QuotaUsed used;
  for (const directory::Principal& account : resolution->accounts) {
    if (account.quota == 0) continue;
    const auto view = services().accounts->view(account.id);
    if (!view) return reply_for(view.error());
    const auto lock = (*view)->lock();
    used[account.id] = (*view)->quota_used();
  }
  return judge(*policy, *resolution, rcpt, used, recipient);
}

net::Task<smtp::Reply> InboundSession::rcpt(const smtp::SessionInfo* session, smtp::RcptArguments rcpt) {
  static const auto on_loop = observe::counter(
      "gannet_smtp_recipients_total", "RCPT commands, by where they were answered", {{"answered", "loop"}});
  static const auto on_core = observe::counter(
      "gannet_smtp_recipients_total", "RCPT commands, by where they were answered", {{"answered", "core"}});
  // RFC 6531 3.5: the transaction must have asked for SMTPUTF8.
  if (!rcpt.to.ascii() && !envelope_.utf8)
    co_return smtp::Reply{553, {5, 6, 7}, "An address beyond ASCII needs SMTPUTF8 on MAIL"};
  Recipient recipient;
  auto reply = resolve_recipient_now(*session, rcpt, recipient);
  (reply ? on_loop : on_core).add();
  if (!reply) {
    auto asked = co_await transport_->services().workers.run(
        [&] { return resolve_recipient(*session, rcpt, recipient); });
    reply = asked ? std::move(*asked) : reply_for(asked.error());
  }
  if (!reply->positive()) {
    observe::info("smtp.recipient-refused", {{"session", session->id},
                                             {"remote-ip", session->peer.ip.to_string()},
                                             {"from", envelope_.sender},
                                             {"to", rcpt.to.address()},
                                             {"reply", reply->to_string()}});
    co_return std::move(*reply);
  }
  for (const std::string& member : recipient.dead)
    observe::warn("smtp.list-member-unknown", {{"list", recipient.address}, {"member", member}});
  envelope_.recipients.push_back(std::move(recipient));
  co_return std::move(*reply);
}

}  // namespace gannet::mta
