// VRFY and EXPN (RFC 5321 3.5), where settings offer them
#include "directory/errors.h"
#include "mta/inbound_session.h"
#include "mta/local_delivery.h"

namespace gannet::mta {
namespace {

constexpr std::size_t kMaxAnswers = 20;

std::string without_brackets(std::string text) {
  if (text.size() > 2 && text.front() == '<' && text.back() == '>') return text.substr(1, text.size() - 2);
  return text;
}

}  // namespace

// Whom RCPT would ask about it.
Result<std::shared_ptr<directory::Directory>> InboundSession::recipients_directory(
    const smtp::SessionInfo& session, const std::string& text) const {
  const auto policy = TRY(rcpt_policy(session, text));
  if (auto directory = find_directory(services(), policy.directory)) return directory;
  return fail(directory::DirectoryError::kUnavailable, "The directory of this server is not set up");
}

net::Task<smtp::Reply> InboundSession::verify(const smtp::SessionInfo* session, std::string text) {
  text = without_brackets(std::move(text));
  auto found = co_await transport_->services().workers.run([&]() -> Result<std::vector<std::string>> {
    return TRY(recipients_directory(*session, text))->verify(text, kMaxAnswers);
  });
  if (!found) co_return reply_for(found.error());
  if (found->empty()) co_return smtp::Reply{550, {5, 1, 1}, "Nobody of that name is here"};
  // RFC 5321 3.5.2: several who could be meant
  smtp::Reply reply{static_cast<std::uint16_t>(found->size() == 1 ? 250 : 553),
                    found->size() == 1 ? smtp::EnhancedCode{2, 1, 0} : smtp::EnhancedCode{5, 1, 4},
                    found->size() == 1 ? "" : "Several are meant:"};
  for (const std::string& address : *found) {
    if (!reply.text.empty()) reply.text += "\n";
    reply.text += "<" + address + ">";
  }
  co_return reply;
}

net::Task<smtp::Reply> InboundSession::expand(const smtp::SessionInfo* session, std::string list) {
  list = without_brackets(std::move(list));
  auto found = co_await transport_->services().workers.run([&]() -> Result<directory::Resolution> {
    return TRY(recipients_directory(*session, list))->resolve(list, {});
  });
  if (!found && !found.error().is(directory::DirectoryError::kInvalid)) co_return reply_for(found.error());
  if (!found || found->kind != directory::Resolution::Kind::kList)
    co_return smtp::Reply{550, {5, 1, 1}, "There is no list of that name here"};
  smtp::Reply reply{250, {2, 1, 0}, {}};
  for (const directory::Principal& account : found->accounts)
    if (!account.emails.empty()) found->addresses.push_back(account.emails.front());
  for (const std::string& address : found->addresses) {
    if (!reply.text.empty()) reply.text += "\n";
    reply.text += "<" + address + ">";
  }
  if (reply.text.empty()) reply.text = "The list has no members";
  co_return reply;
}

}  // namespace gannet::mta
