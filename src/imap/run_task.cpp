#include <boost/asio/experimental/awaitable_operators.hpp>

#include "imap/errors.h"
#include "imap/link.h"

namespace gannet::imap {
namespace {

constexpr Duration kBusyPause = std::chrono::milliseconds(100);
constexpr int kBusyRetries = 100;

using StepResult = Result<std::optional<Reply>>;

// The objects live in run_task's frame or its caller's, which waits.
struct Step {
  Link* link;
  Task* task;
  bool blocks;
};

net::Task<StepResult> run_one(Step step, std::string* out) {
  if (!step.blocks) co_return run_step(step.link->session, *step.task, *out);
  co_return co_await step.link->workers.run([=] { return run_step(step.link->session, *step.task, *out); });
}

// A step of a command that has begun, which may be in the middle of a response: so it waits for a worker.
net::Task<StepResult> run_next(Step step, std::string* out) {
  for (int retries = 0;; ++retries) {
    auto reply = co_await run_one(step, out);
    if (reply || !reply.error().is(net::NetError::kOverloaded) || retries == kBusyRetries) co_return reply;
    CO_TRY(co_await step.link->connection.pause(kBusyPause));
  }
}

}  // namespace

net::Task<Result<Reply>> run_task(Link* link, Task* task, bool blocks) {
  using boost::asio::experimental::awaitable_operators::operator&&;
  const Step step{link, task, blocks};
  std::string out;
  auto reply = co_await run_one(step, &out);
  if (!reply) {
    if (reply.error().is(net::NetError::kShutdown)) co_return std::unexpected(std::move(reply).error());
    co_return reply_to(reply.error());
  }
  for (;;) {
    move_deadline(*link);
    if (*reply) {
      if (!out.empty()) CO_TRY(co_await link->connection.write(std::move(out)));
      co_return **std::move(reply);
    }
    // The next step works while the last one's output is sent; memory is bounded by the two.
    std::string next;
    auto [following, sent] = co_await (run_next(step, &next) && link->connection.write(std::move(out)));
    if (!following) link->session.broken = true;
    if (!following) co_return std::unexpected(std::move(following).error());
    if (!sent) co_return std::unexpected(std::move(sent).error());
    reply = std::move(following);
    out = std::move(next);
  }
}

}  // namespace gannet::imap
