#include "net/task_group.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/system/system_error.hpp>
#include <condition_variable>
#include <list>
#include <mutex>

#include "base/assert.h"
#include "net/loop.h"

namespace gannet::net {

namespace asio = boost::asio;

namespace {

struct Entry {
  std::string name;
  std::function<Task<void>()> make;  // kept: a coroutine may use what it captured
  Loop* loop;
  asio::cancellation_signal signal;
};

// A cancelled task ends with operation_aborted; any other exception is a bug.
void report(const std::exception_ptr& error, const std::string& name) {
  if (!error) return;
  try {
    std::rethrow_exception(error);
  } catch (const boost::system::system_error& e) {
    if (e.code() == asio::error::operation_aborted) return;
    GANNET_BUG(("task " + name + ": " + e.what()).c_str());
  } catch (const std::exception& e) {
    GANNET_BUG(("task " + name + ": " + e.what()).c_str());
  }
}

}  // namespace

struct TaskGroup::State {
  mutable std::mutex mutex;
  std::condition_variable ended;
  std::list<std::shared_ptr<Entry>> entries;
  bool cancelled = false;
};

TaskGroup::TaskGroup(Runtime& runtime) : runtime_(runtime), state_(std::make_shared<State>()) {}

TaskGroup::~TaskGroup() {
  cancel();
  while (!join(std::chrono::seconds(10))) GANNET_BUG("a background task does not end");
}

void TaskGroup::spawn(std::string name, std::function<Task<void>()> make) {
  spawn_on(runtime_.next_loop(), std::move(name), std::move(make));
}

void TaskGroup::spawn_on(Loop& loop, std::string name, std::function<Task<void>()> make) {
  auto entry = std::make_shared<Entry>(std::move(name), std::move(make), &loop);
  {
    std::lock_guard lock(state_->mutex);
    if (state_->cancelled) return;
    state_->entries.push_back(entry);
  }
  loop.post([state = state_, entry] {
    auto done = [state, entry](const std::exception_ptr& error) {
      report(error, entry->name);
      std::lock_guard lock(state->mutex);
      state->entries.remove(entry);
      state->ended.notify_all();
    };
    asio::co_spawn(entry->loop->executor(), entry->make(),
                   asio::bind_cancellation_slot(entry->signal.slot(), done));
  });
}

void TaskGroup::cancel() {
  std::lock_guard lock(state_->mutex);
  state_->cancelled = true;
  for (const auto& entry : state_->entries) {
    entry->loop->post([entry] { entry->signal.emit(asio::cancellation_type::terminal); });
  }
}

bool TaskGroup::join(Duration timeout) {
  // Loops that do not run end no task; what is left on them goes when they are destroyed.
  if (!runtime_.running()) return true;
  std::unique_lock lock(state_->mutex);
  return state_->ended.wait_for(lock, timeout, [&] { return state_->entries.empty(); });
}

std::vector<std::string> TaskGroup::running() const {
  std::lock_guard lock(state_->mutex);
  std::vector<std::string> names;
  for (const auto& entry : state_->entries) names.push_back(entry->name);
  return names;
}

}  // namespace gannet::net
