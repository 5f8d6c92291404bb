// What a running store needs from time to time: expired lookup values, blobs that nobody links, its health.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/random.h"
#include "config/config.h"
#include "config/values.h"
#include "observe/health.h"
#include "store/stores.h"

namespace gannet::server {

struct MaintenanceOptions {
  Duration interval = std::chrono::seconds(5);  // how often it looks whether something is due
  Duration lookup_purge = std::chrono::minutes(10);
  config::Cron blob_collection{.minute = 0, .hour = 3};  // by the host's local time
  Duration blob_grace = std::chrono::hours(24);          // an unlinked blob is kept so long
};

// What `store.<id>.purge.*` of the store that holds the messages says.
MaintenanceOptions maintenance_options(const config::Config& config);

// One thread of its own from construction to destruction. References outlive it.
class Maintenance {
 public:
  Maintenance(store::Stores stores, MaintenanceOptions options, const Clock& clock, Random& random,
              observe::HealthComponent& health);
  ~Maintenance();
  Maintenance(const Maintenance&) = delete;
  Maintenance& operator=(const Maintenance&) = delete;

 private:
  void run();
  void watch_store();
  void purge_lookups();
  void collect_some_blobs();
  bool stopping();

  store::Stores stores_;
  const MaintenanceOptions options_;
  const Clock& clock_;
  Random& random_;
  observe::HealthComponent& health_;
  bool was_writable_ = true;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace gannet::server
