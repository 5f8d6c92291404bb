// One run at a time, in the background of a server, and what became of the last.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "fsck/run.h"

namespace gannet::fsck {

struct Status {
  std::uint64_t number = 0;  // of the run, since the server's start; 0: there was none
  bool running = false;
  Options options;
  std::string phase;
  std::uint64_t done = 0;  // steps of the phase
  WallTime started, ended;
  std::uint64_t found = 0, repaired = 0, lost = 0, unchecked = 0;
  std::uint64_t kept = 0;  // findings that can be asked for
  std::optional<Error> failed;
};

// Any thread.
class Job : private Listener {
 public:
  // `clock` and `random` must outlive it.
  Job(store::Stores stores, Clock& clock, Random& random);
  // Ends a run at its next page.
  ~Job() override;
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  // The run's number; kBusy while there is one.
  Result<std::uint64_t> start(Options options);
  void cancel() { cancelled_ = true; }
  Status status();
  // Findings from number `from` on, at most `limit`. Those beyond kMostKept are only counted.
  std::vector<Finding> findings(std::uint64_t from, std::size_t limit);

  static constexpr std::size_t kMostKept = 20'000;

 private:
  void found(const Finding& finding) override;
  void progress(const std::string& phase, std::uint64_t done, std::uint64_t all) override;
  bool cancelled() override { return cancelled_; }

  const store::Stores stores_;
  Clock& clock_;
  Random& random_;
  std::atomic<bool> cancelled_ = false;
  std::mutex starting_;  // taken before mutex_
  std::mutex mutex_;
  Status status_;
  std::vector<Finding> findings_;
  std::thread thread_;
};

}  // namespace gannet::fsck
