#include "store/testing/power_loss.h"

#include <algorithm>

#include "store/testing/power_loss_state.h"

namespace gannet::store::testing {
namespace {

// What is left of a file whose unsynced pages reached the disk or did not.
std::string survivor(const File& file, Random& random) {
  std::string left = file.durable;
  for (const std::size_t page : file.unsynced) {
    if (random.below(2) == 0) continue;
    const std::size_t at = page * PowerLoss::State::kPage;
    if (at >= file.content.size()) continue;
    const std::string_view bytes = std::string_view(file.content).substr(at, PowerLoss::State::kPage);
    if (left.size() < at + bytes.size()) left.resize(at + bytes.size(), '\0');
    left.replace(at, bytes.size(), bytes);
  }
  return left;
}

}  // namespace

rocksdb::IOStatus PowerLoss::State::powered() const {
  return failed ? rocksdb::IOStatus::IOError("the power has failed") : rocksdb::IOStatus::OK();
}

rocksdb::IOStatus PowerLoss::State::spend() {
  if (failed) return powered();
  ++operations;
  if (fails_at && operations >= *fails_at) {
    cut();
    return powered();
  }
  return rocksdb::IOStatus::OK();
}

void PowerLoss::State::write(File& file, std::size_t at, std::string_view bytes) {
  if (bytes.empty()) return;
  if (file.content.size() < at + bytes.size()) file.content.resize(at + bytes.size(), '\0');
  file.content.replace(at, bytes.size(), bytes);
  for (std::size_t page = at / kPage; page <= (at + bytes.size() - 1) / kPage; ++page)
    file.unsynced.insert(page);
}

void PowerLoss::State::truncate(File& file, std::size_t size) {
  file.content.resize(size, '\0');
}

rocksdb::IOStatus PowerLoss::State::sync(File& file) {
  if (syncs_that_fail > 0) {
    --syncs_that_fail;
    file.unsynced.clear();
    return rocksdb::IOStatus::IOError("the disk fails");
  }
  file.durable.resize(file.content.size(), '\0');
  for (const std::size_t page : file.unsynced) {
    const std::size_t at = page * kPage;
    if (at >= file.content.size()) continue;
    const std::string_view bytes = std::string_view(file.content).substr(at, kPage);
    file.durable.replace(at, bytes.size(), bytes);
  }
  file.unsynced.clear();
  return rocksdb::IOStatus::OK();
}

void PowerLoss::State::change(std::function<void(Directory&)> change) {
  change(files);
  unsynced_changes.push_back(std::move(change));
}

void PowerLoss::State::sync_directory() {
  for (const auto& change : unsynced_changes) change(durable_files);
  unsynced_changes.clear();
}

void PowerLoss::State::cut() {
  failed = true;
  const auto lucky = random.below(unsynced_changes.size() + 1);
  for (std::size_t i = 0; i < lucky; ++i) unsynced_changes[i](durable_files);
  unsynced_changes.clear();
  for (auto& [name, file] : durable_files) {
    auto left = std::make_shared<File>();
    left->content = left->durable = survivor(*file, random);
    file = std::move(left);
  }
  fails_at.reset();
}

PowerLoss::PowerLoss(std::uint64_t seed)
    : state_(std::make_shared<State>(seed)), file_system_(make_file_system(state_)) {}
PowerLoss::~PowerLoss() = default;

std::shared_ptr<rocksdb::FileSystem> PowerLoss::file_system() const {
  return file_system_;
}

void PowerLoss::fail_after(std::uint64_t operations) {
  std::lock_guard lock(state_->mutex);
  state_->fails_at = state_->operations + std::max<std::uint64_t>(operations, 1);
}

void PowerLoss::fail() {
  std::lock_guard lock(state_->mutex);
  if (!state_->failed) state_->cut();
}

bool PowerLoss::failed() const {
  std::lock_guard lock(state_->mutex);
  return state_->failed;
}

std::uint64_t PowerLoss::operations() const {
  std::lock_guard lock(state_->mutex);
  return state_->operations;
}

void PowerLoss::restart() {
  std::lock_guard lock(state_->mutex);
  if (!state_->failed) state_->cut();
  state_->files = state_->durable_files;
  state_->locks.clear();
  state_->failed = false;
}

void PowerLoss::fail_syncs(std::uint64_t syncs) {
  std::lock_guard lock(state_->mutex);
  state_->syncs_that_fail = syncs;
}

void PowerLoss::set_full(bool full) {
  std::lock_guard lock(state_->mutex);
  state_->full = full;
}

}  // namespace gannet::store::testing
