#include "directory/attempts.h"

#include <system_error>
#include <thread>

namespace gannet::directory {
namespace {

std::unexpected<Error> unavailable(std::string why) {
  return fail(DirectoryError::kUnavailable, "the directory cannot be asked now", std::move(why),
              Retry::kCanHelp);
}

}  // namespace

Result<std::shared_ptr<Attempts::Ticket>> Attempts::begin(std::function<void()> work) {
  {
    const std::lock_guard lock(shared_->mutex);
    if (shared_->stopping) return unavailable("it is being closed");
    if (shared_->abandoned >= most_abandoned_)
      return unavailable("earlier attempts to connect still wait for the server, or for its address");
  }
  auto ticket = std::make_shared<Ticket>();
  try {
    std::thread([shared = shared_, ticket, work = std::move(work)]() mutable {
      work();
      work = {};  // whatever nobody waits for is closed before it counts as ended
      const std::lock_guard lock(shared->mutex);
      ticket->done = true;
      if (ticket->abandoned) --shared->abandoned;
      shared->changed.notify_all();
    }).detach();
  } catch (const std::system_error& error) {
    return unavailable(std::string("no thread to connect with: ") + error.what());
  }
  return ticket;
}

Result<void> Attempts::wait(Ticket& ticket, Duration limit) {
  std::unique_lock lock(shared_->mutex);
  shared_->changed.wait_for(lock, limit, [&] { return ticket.done || shared_->stopping; });
  if (ticket.done) return {};
  ticket.abandoned = true;
  ++shared_->abandoned;
  if (shared_->stopping) return unavailable("it is being closed");
  return unavailable("no connection came about in time");
}

void Attempts::stop() {
  const std::lock_guard lock(shared_->mutex);
  shared_->stopping = true;
  shared_->changed.notify_all();
}

}  // namespace gannet::directory
