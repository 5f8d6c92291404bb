// What the transport of mail needs of the parts below it. server/ makes one and shares it.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "config/config.h"
#include "directory/directories.h"
#include "login/gate.h"
#include "mailbox/accounts.h"
#include "net/worker_pool.h"
#include "store/stores.h"

namespace gannet::mta {

// References outlive every session and worker. Any thread.
struct Services {
  net::WorkerPool& workers;
  Clock& clock;
  Random& random;
  config::Config config;
  directory::Directories directories;
  std::shared_ptr<mailbox::Accounts> accounts;
  store::Stores stores;
  std::string node = "gannet";  // names this process in leases; unique among those that share the queue
  std::shared_ptr<login::Gate> gate = std::make_shared<login::Gate>();  // shared by all protocols
};

}  // namespace gannet::mta
