// A backup in the background: one at a time, on a thread of its own.
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <thread>

#include "backup/create.h"

namespace gannet::backup {

struct JobStatus {
  bool running = false;
  std::string folder;
  std::string snapshot;  // of the last one that ended well
  std::string error;     // why the last one ended badly
  std::uint64_t records = 0, blobs = 0, new_blobs = 0, new_bytes = 0, missing = 0;
};

// Any thread. The clock outlives it.
class Job {
 public:
  Job(store::Stores stores, const Clock& clock) : stores_(std::move(stores)), clock_(clock) {}
  ~Job() { stop(); }
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  // kBusy while another runs.
  Result<void> start(const std::string& folder);
  JobStatus status();
  // Ends one that runs; it stays unfinished.
  void stop();

 private:
  void run(const std::string& folder);

  const store::Stores stores_;
  const Clock& clock_;
  std::mutex mutex_;  // of all below but the progress
  bool running_ = false, ended_ = false;
  std::string folder_, snapshot_, error_;
  Progress progress_;
  std::thread thread_;
};

}  // namespace gannet::backup
