#include "server/maintenance.h"

#include <chrono>
#include <ctime>

#include "observe/log.h"
#include "store/blob_links.h"

namespace gannet::server {
namespace {

// What to add to UTC for this host's local time at `now`.
std::chrono::minutes local_offset(WallTime now) {
  const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  std::tm local{};
  localtime_r(&seconds, &local);
  return std::chrono::minutes(local.tm_gmtoff / 60);
}

}  // namespace

MaintenanceOptions maintenance_options(const config::Config& config) {
  const auto store = config.at("store", config.string("storage.blob"));
  MaintenanceOptions options;
  options.blob_collection = store.get<config::Cron>("purge.frequency");
  options.blob_grace = store.duration("purge.grace");
  return options;
}

Maintenance::Maintenance(store::Stores stores, MaintenanceOptions options, const Clock& clock, Random& random,
                         observe::HealthComponent& health)
    : stores_(std::move(stores)), options_(options), clock_(clock), random_(random), health_(health) {
  thread_ = std::thread([this] { run(); });
}

Maintenance::~Maintenance() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

bool Maintenance::stopping() {
  std::lock_guard lock(mutex_);
  return stop_;
}

void Maintenance::run() {
  auto next_purge = clock_.steady() + options_.lookup_purge;
  auto next_collection = options_.blob_collection.next(clock_.now(), local_offset(clock_.now()));
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, options_.interval, [this] { return stop_; })) {
    lock.unlock();
    watch_store();
    const auto now = clock_.steady();
    if (now >= next_purge) {
      purge_lookups();
      next_purge = clock_.steady() + options_.lookup_purge;
    }
    if (clock_.now() >= next_collection) {
      collect_some_blobs();
      next_collection = options_.blob_collection.next(clock_.now(), local_offset(clock_.now()));
    }
    lock.lock();
  }
}

void Maintenance::watch_store() {
  const bool writable = stores_.data->writable();
  if (writable == was_writable_) return;
  was_writable_ = writable;
  if (writable) {
    observe::info("store.writable-again");
    health_.set_ready();
  } else {
    observe::error("store.not-writable", {{"effect", "mail is answered with try again later"}});
    health_.set_unready("the data store does not write");
  }
}

void Maintenance::purge_lookups() {
  for (;;) {
    auto purged = stores_.lookup->purge_expired(1000);
    if (!purged) return observe::warn("store.purge-failed", {{"error", purged.error()}});
    if (*purged < 1000 || stopping()) return;
  }
}

void Maintenance::collect_some_blobs() {
  std::uint64_t examined = 0, removed = 0;
  std::string from;
  do {
    auto outcome = store::collect_blobs(*stores_.data, *stores_.blob, clock_.now(), options_.blob_grace, 1000,
                                        from, random_);
    if (!outcome) return observe::warn("store.collection-failed", {{"error", outcome.error()}});
    examined += outcome->examined;
    removed += outcome->removed;
    from = outcome->next;
  } while (!from.empty() && !stopping());
  observe::info("store.blobs-collected", {{"examined", examined}, {"removed", removed}});
}

}  // namespace gannet::server
