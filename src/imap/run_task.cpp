#include "imap/errors.h"
#include "imap/link.h"

namespace gannet::imap {
namespace {

constexpr Duration kBusyPause = std::chrono::milliseconds(100);
constexpr int kBusyRetries = 100;

}  // namespace

net::Task<Result<Reply>> run_task(Link* command, Task* running, bool blocks) {
  Link& link = *command;
  Task& task = *running;
  bool begun = false;
  int retries = 0;
  for (;;) {
    std::string out;
    Result<std::optional<Reply>> reply = std::nullopt;
    if (blocks) {
      reply = co_await link.workers.run([&] { return run_step(link.session, task, out); });
    } else {
      reply = run_step(link.session, task, out);
    }
    if (!reply) {
      // A command that has not begun can be refused; one that has may be in the middle of a response, so it
      // waits.
      if (!begun && !reply.error().is(net::NetError::kShutdown)) co_return reply_to(reply.error());
      if (!reply.error().is(net::NetError::kOverloaded) || ++retries > kBusyRetries) {
        link.session.broken = begun;
        co_return std::unexpected(std::move(reply).error());
      }
      CO_TRY(co_await link.connection.pause(kBusyPause));
      continue;
    }
    begun = true;
    if (!out.empty()) {
      link.connection.set_deadline(link.session.settings().timeout_authenticated);
      CO_TRY(co_await link.connection.write(std::move(out)));
    }
    if (*reply) co_return **std::move(reply);
  }
}

}  // namespace gannet::imap
