#include "store/sqlite/health.h"

#include "observe/log.h"
#include "store/sqlite/status.h"

namespace gannet::store::sqlite {

Health::Health(std::string id) : id_(std::move(id)), component_(observe::health(), "store." + id_) {
  component_.set_ready();
}

std::optional<Error> Health::stopped_by() const {
  if (writable()) return std::nullopt;
  const std::scoped_lock lock(mutex_);
  return error_;
}

void Health::stop(const Error& error) {
  const std::scoped_lock lock(mutex_);
  if (error_ && !(error_->is(StoreError::kFull) && disk_fails(error))) return;
  error_ = error;
  writable_.store(false, std::memory_order_release);
  observe::error("store.writes-stopped", {{"store", id_}, {"reason", error.describe()}});
  component_.set_unready("writes have stopped: " + error.describe());
}

void Health::resume() {
  const std::scoped_lock lock(mutex_);
  if (!error_) return;
  error_.reset();
  writable_.store(true, std::memory_order_release);
  observe::info("store.writes-resumed", {{"store", id_}});
  component_.set_ready();
}

}  // namespace gannet::store::sqlite
