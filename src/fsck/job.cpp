#include "fsck/job.h"

#include <algorithm>
#include <utility>

#include "fsck/errors.h"
#include "observe/log.h"

namespace gannet::fsck {

Job::Job(store::Stores stores, Clock& clock, Random& random)
    : stores_(std::move(stores)), clock_(clock), random_(random) {}

Job::~Job() {
  cancelled_ = true;
  if (thread_.joinable()) thread_.join();
}

Result<std::uint64_t> Job::start(Options options) {
  std::lock_guard starting(starting_);
  {
    std::lock_guard lock(mutex_);
    if (status_.running) return fail(FsckError::kBusy, "a check is running already", Retry::kCanHelp);
  }
  if (thread_.joinable()) thread_.join();
  std::lock_guard lock(mutex_);
  cancelled_ = false;
  findings_.clear();
  const auto number = status_.number + 1;
  status_ = {};
  status_.number = number;
  status_.running = true;
  status_.options = options;
  status_.started = clock_.now();
  thread_ = std::thread([this, options] {
    auto done = run({stores_, options, clock_, random_, *this});
    std::lock_guard ending(mutex_);
    if (!done) status_.failed = std::move(done).error();
    status_.running = false;
    status_.ended = clock_.now();
    observe::info("fsck.ended", {{"found", status_.found},
                                 {"repaired", status_.repaired},
                                 {"lost", status_.lost},
                                 {"unchecked", status_.unchecked}});
  });
  return number;
}

Status Job::status() {
  std::lock_guard lock(mutex_);
  Status out = status_;
  out.kept = findings_.size();
  return out;
}

std::vector<Finding> Job::findings(std::uint64_t from, std::size_t limit) {
  std::lock_guard lock(mutex_);
  const auto first = std::min<std::uint64_t>(from, findings_.size());
  const auto count = std::min<std::uint64_t>(limit, findings_.size() - first);
  const auto begin = findings_.begin() + static_cast<std::ptrdiff_t>(first);
  return {begin, begin + static_cast<std::ptrdiff_t>(count)};
}

void Job::found(const Finding& finding) {
  std::lock_guard lock(mutex_);
  switch (finding.fate) {
    case Fate::kFound:
      ++status_.found;
      break;
    case Fate::kRepaired:
      ++status_.repaired;
      break;
    case Fate::kLost:
      ++status_.lost;
      break;
    case Fate::kUnchecked:
      ++status_.unchecked;
      break;
  }
  if (findings_.size() < kMostKept) findings_.push_back(finding);
}

void Job::progress(const std::string& phase, std::uint64_t done, std::uint64_t) {
  std::lock_guard lock(mutex_);
  status_.phase = phase;
  status_.done = done;
}

}  // namespace gannet::fsck
