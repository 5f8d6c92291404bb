#include "backup/job.h"

#include "observe/log.h"

namespace gannet::backup {

Result<void> Job::start(const std::string& folder) {
  std::lock_guard lock(mutex_);
  if (ended_) return fail(BackupError::kStopped, "The server stops.");
  if (running_) return fail(BackupError::kBusy, "A backup into " + folder_ + " is being made.");
  if (thread_.joinable()) thread_.join();  // it has ended but for its last step
  progress_.records = progress_.blobs = progress_.new_blobs = progress_.new_bytes = progress_.missing = 0;
  running_ = true;
  folder_ = folder;
  snapshot_.clear();
  error_.clear();
  thread_ = std::thread([this, folder] { run(folder); });
  return {};
}

void Job::run(const std::string& folder) {
  observe::info("backup.started", {{"folder", folder}});
  const auto made = create_backup(stores_, folder, clock_, progress_);
  if (made)
    observe::info("backup.finished", {{"folder", folder},
                                      {"snapshot", *made},
                                      {"new-blobs", progress_.new_blobs.load()},
                                      {"missing", progress_.missing.load()}});
  else
    observe::error("backup.failed", {{"folder", folder}, {"error", made.error()}});
  std::lock_guard lock(mutex_);
  running_ = false;
  if (made)
    snapshot_ = *made;
  else
    error_ = made.error().text();
}

JobStatus Job::status() {
  std::lock_guard lock(mutex_);
  return {.running = running_,
          .folder = folder_,
          .snapshot = snapshot_,
          .error = error_,
          .records = progress_.records,
          .blobs = progress_.blobs,
          .new_blobs = progress_.new_blobs,
          .new_bytes = progress_.new_bytes,
          .missing = progress_.missing};
}

void Job::stop() {
  std::thread thread;
  {
    std::lock_guard lock(mutex_);
    ended_ = true;
    progress_.stop = true;
    thread.swap(thread_);
  }
  if (thread.joinable()) thread.join();
}

}  // namespace gannet::backup
