// Whether the file takes writes.
//
//   | state    | entered by                              | a commit           | left by             |
//   |----------|-----------------------------------------|--------------------|---------------------|
//   | kWriting | open; a probe that worked               | is written         |                     |
//   | kStopped | a write that met a full or failing disk | is refused at once | a probe that worked |
//
// After a failure of the disk, the write-ahead log begins anew before the probe (checkpointer.h): what a failed sync
// left in it may be on the disk or not, and nothing may come behind it.
//
// What changes is told as an event and as the component store.<id> of /healthz/ready.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <string>

#include "observe/health.h"
#include "store/errors.h"

namespace gannet::store::sqlite {

// Any thread.
class Health {
 public:
  explicit Health(std::string id);

  bool writable() const { return writable_.load(std::memory_order_acquire); }
  // The error that stopped the writes; nothing if none did.
  std::optional<Error> stopped_by() const;
  // The first error counts, but a disk that fails weighs more than one that is full.
  void stop(const Error& error);
  void resume();

 private:
  const std::string id_;
  mutable std::mutex mutex_;
  std::optional<Error> error_;
  std::atomic<bool> writable_{true};
  observe::HealthComponent component_;
};

}  // namespace gannet::store::sqlite
