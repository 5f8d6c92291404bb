// A server: its parts, put together by its settings, in the order in which they need each other.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backup/job.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "config/config.h"
#include "directory/directories.h"
#include "http/api/search.h"
#include "imap/session.h"
#include "login/gate.h"
#include "mailbox/accounts.h"
#include "mta/transport.h"
#include "net/edge.h"
#include "net/runtime.h"
#include "net/tls.h"
#include "net/worker_pool.h"
#include "observe/health.h"
#include "search/coverage.h"
#include "search/indexer.h"
#include "server/cluster_watch.h"
#include "server/maintenance.h"
#include "store/stores.h"

namespace gannet::fsck {
class Job;
}

namespace gannet::server {

// Main thread only.
class Server {
 public:
  explicit Server(config::Config config);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Opens stores, directories and listeners; clients are accepted when it returns. Errors name the setting.
  Result<void> start();
  // Certificates and logs again, as the settings in this file now say; log files are opened anew in any case.
  // What else has changed in the file is named in the log: it counts from the next start. When something is
  // wrong, what is in use stays.
  void reload(const std::string& config_path);
  // Commands in hand finish, then all is closed; within the grace time of server.shutdown-timeout.
  void stop();

  std::vector<net::Listening> listening() const { return edge_->listening(); }

 private:
  Result<void> open_storage();
  http::SearchActions search_actions();
  Result<void> open_edge();
  Result<net::Protocol> protocol_of(const std::string& id, const std::string& name);

  config::Config config_;
  SystemClock clock_;
  SystemRandom random_;
  // Destroyed in reverse: the edge first, the stores last.
  store::Stores stores_;
  directory::Directories directories_;
  std::shared_ptr<login::Gate> gate_;
  std::shared_ptr<store::SearchStore> index_;
  std::unique_ptr<search::Indexer> indexer_;
  std::shared_ptr<search::Coverage> coverage_;
  std::shared_ptr<mailbox::Accounts> accounts_;
  std::shared_ptr<fsck::Job> fsck_;
  std::unique_ptr<Maintenance> maintenance_;
  std::unique_ptr<ClusterWatch> cluster_watch_;  // null where nobody else can write to the data store
  std::unique_ptr<backup::Job> backup_;
  std::unique_ptr<net::Runtime> runtime_;
  std::unique_ptr<net::WorkerPool> workers_;
  std::shared_ptr<net::CertificateStore> certificates_;
  std::shared_ptr<mta::Transport> transport_;
  std::shared_ptr<const imap::Services> imap_services_;
  std::unique_ptr<net::Edge> edge_;
  observe::HealthComponent stores_health_, listeners_health_;
};

}  // namespace gannet::server
