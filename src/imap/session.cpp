#include "imap/session.h"

#include "directory/errors.h"
#include "imap/errors.h"
#include "imap/response/writer.h"
#include "login/mechanism.h"
#include "mailbox/errors.h"
#include "net/errors.h"
#include "observe/log.h"

namespace gannet::imap {

std::shared_ptr<const Services> make_services(std::shared_ptr<mailbox::Accounts> accounts,
                                              std::shared_ptr<directory::Directory> directory,
                                              const Clock& clock, Settings settings,
                                              std::shared_ptr<const search::Finder> finder,
                                              std::shared_ptr<login::Gate> gate) {
  Services services{.accounts = std::move(accounts),
                    .directory = std::move(directory),
                    .clock = &clock,
                    .settings = std::move(settings),
                    .sessions = std::make_shared<AccountSessions>(),
                    .headers = nullptr,
                    .records = nullptr,
                    .finder = std::move(finder),
                    .gate = gate ? std::move(gate) : std::make_shared<login::Gate>()};
  services.headers = std::make_shared<HeaderCache>(services.settings.header_cache_size,
                                                   services.settings.cache_shape, clock);
  services.records = std::make_shared<RecordCache>(services.settings.record_cache_size,
                                                   services.settings.cache_shape, clock);
  return std::make_shared<const Services>(std::move(services));
}

std::vector<std::string> Session::mechanisms() const {
  if (!may_log_in()) return {};
  const auto& directory = *services->directory;
  // Every TLS connection has at least its server's certificate to bind to.
  return login::offered(settings().mechanisms,
                        {.scram = directory.serves_scram(),
                         .binding = tls,
                         .certificate = !certificate_emails.empty() && directory.admits()});
}

Reply ok(std::string text, std::string code) {
  return {Reply::Status::kOk, std::move(code), std::move(text)};
}
Reply no(std::string text, std::string code) {
  return {Reply::Status::kNo, std::move(code), std::move(text)};
}
Reply bad(std::string text) {
  return {Reply::Status::kBad, {}, std::move(text)};
}

Reply reply_to(const Error& error) {
  using mailbox::MailboxError;
  if (error.is(ImapError::kSyntax)) return bad(error.text());
  std::string code;
  if (error.is(ImapError::kBadCharset)) {
    code = "BADCHARSET (US-ASCII UTF-8)";
  } else if (error.is(ImapError::kTooBig)) {
    code = "TOOBIG";
  } else if (error.is(MailboxError::kNotFound)) {
    code = "NONEXISTENT";
  } else if (error.is(MailboxError::kExists)) {
    code = "ALREADYEXISTS";
  } else if (error.is(MailboxError::kInvalid) || error.is(MailboxError::kDenied)) {
    code = "CANNOT";
  } else if (error.is(MailboxError::kLimit)) {
    code = "LIMIT";
  } else if (error.is(MailboxError::kOverQuota)) {
    code = "OVERQUOTA";
  } else if (error.is(MailboxError::kCorrupt)) {
    code = "CORRUPTION";
  } else if (error.is(MailboxError::kUnavailable) || error.is(directory::DirectoryError::kUnavailable) ||
             error.is(net::NetError::kOverloaded) || error.retry_can_help()) {
    code = "UNAVAILABLE";
  } else if (!error.is(ImapError::kRefused)) {
    code = "SERVERBUG";
  }
  return no(error.text(), std::move(code));
}

void append_reply(std::string& out, std::string_view tag, const Reply& reply) {
  out += tag;
  out += reply.status == Reply::Status::kOk ? " OK " : reply.status == Reply::Status::kNo ? " NO " : " BAD ";
  if (!reply.code.empty()) {
    out += '[';
    append_text(out, reply.code);
    out += "] ";
  }
  append_text(out, reply.text);
  out += "\r\n";
}

std::optional<Reply> run_step(Session& session, Task& task, std::string& out) {
  auto reply = task.step(session, out);
  if (!reply || !session.selected || task.updates() == Updates::kNone) return reply;
  const SyncOptions options{task.updates() == Updates::kAll, task.uid(), task.take_shown()};
  // The command itself is done; what could not be told now is told after a later one.
  if (auto told = sync(session.accounts(), session.account, *session.selected, options, out); !told) {
    observe::warn("imap.update-failed", {{"account", session.login}, {"error", told.error()}});
  }
  return reply;
}

}  // namespace gannet::imap
