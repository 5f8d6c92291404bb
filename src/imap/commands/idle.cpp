#include "base/unicode.h"
#include "imap/commands/commands.h"
#include "imap/link.h"

namespace gannet::imap {

// RFC 2177, RFC 9051 6.3.13. The session costs what its coroutines' frames cost: no buffer, no timer of its
// own. It wakes when the account changes, on whichever connection or protocol that happened.
net::Task<SpecialReply> run_idle(Link* command) {
  Link& link = *command;
  auto& session = link.session;
  const auto notifier = link.connection.notifier();
  // First the subscription, then the look: so no change falls between them.
  const auto subscription = session.accounts().subscribe(
      session.account, [notifier](mailbox::AccountId, mailbox::Modseq) { notifier.notify(); });
  CO_TRY(link.connection.queue("+ idling\r\n"));
  link.connection.set_deadline(session.settings().timeout_idle);
  for (;;) {
    if (session.login_ended()) co_return ok({});  // it is told nothing more
    if (session.selected) {
      const auto update = make_task([](Session&, std::string&) { return ok({}); });
      const auto told = CO_TRY(co_await run_task(&link, update.get(), true));
      // A store that is busy now is asked again after the next change.
      (void)told;
      link.connection.set_deadline(session.settings().timeout_idle);
    }
    const auto line = co_await link.connection.read_line_or_notified(1024);
    if (!line && line.error().is(net::NetError::kTooLong)) co_return bad("Expected DONE");
    if (!line) co_return std::unexpected(line.error());
    if (!*line) continue;
    if (equal_ignoring_ascii_case((*line)->text, "DONE")) co_return ok("IDLE completed");
    co_return bad("Expected DONE");
  }
}

}  // namespace gannet::imap
