#include "server/server.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "config/hostname.h"
#include "fsck/job.h"
#include "http/api/backups.h"
#include "http/api/bans.h"
#include "http/api/caches.h"
#include "http/api/directories.h"
#include "http/api/fsck.h"
#include "http/api/login_methods.h"
#include "http/api/mail.h"
#include "http/api/migrations.h"
#include "http/api/principals.h"
#include "http/api/queue.h"
#include "http/api/search.h"
#include "http/api/status.h"
#include "http/api/stores.h"
#include "http/session.h"
#include "imap/listener.h"
#include "net/settings.h"
#include "observe/log.h"
#include "search/finder.h"
#include "search/indexing_list.h"
#include "search/open.h"
#include "server/account_options.h"
#include "server/changed_keys.h"
#include "server/errors.h"
#include "server/indexed_documents.h"
#include "server/logging.h"
#include "server/store_names.h"
#include "server/system_limits.h"
#include "store/blob_links.h"
#include "store/migration/migrations.h"

namespace gannet::server {
namespace {

http::SessionOptions http_options_from(const config::Config& config) {
  http::SessionOptions options;
  options.idle_timeout = config.duration("server.http.timeout");
  options.max_body = config.size("server.http.max-body-size");
  options.max_header = static_cast<std::uint32_t>(config.size("server.http.max-header-size"));
  options.allow_plain_text = config.flag("server.http.allow-plain-text");
  options.forwarded.use = config.flag("server.http.use-x-forwarded");
  if (config.string("server.http.forwarded-field") == "forwarded")
    options.forwarded.field = http::ForwardedOptions::Field::kForwarded;
  options.forwarded.trusted = config.networks("server.http.trusted-proxies");
  options.hsts = config.flag("server.http.hsts");
  options.permissive_cors = config.flag("server.http.permissive-cors");
  for (const auto& header : config.list("server.http.headers"))
    if (const auto colon = header.find(':'); colon != std::string::npos) {
      const auto value = header.find_first_not_of(' ', colon + 1);
      options.headers.emplace_back(header.substr(0, colon),
                                   value == std::string::npos ? "" : header.substr(value));
    }
  return options;
}

http::BackupActions backup_actions(backup::Job& job) {
  return {.start = [&job](const std::string& folder) { return job.start(folder); },
          .status = [&job]() -> http::BackupStatus {
            const auto now = job.status();
            return {.running = now.running,
                    .folder = now.folder,
                    .snapshot = now.snapshot,
                    .error = now.error,
                    .records = now.records,
                    .blobs = now.blobs,
                    .new_blobs = now.new_blobs,
                    .new_bytes = now.new_bytes,
                    .missing = now.missing};
          }};
}

// A request's worth.
constexpr std::size_t kPurgedAtOnce = 1000;

http::PurgeActions purge_actions(const store::Stores& stores, const config::Config& config, Clock& clock,
                                 Random& random) {
  const Duration grace = maintenance_options(config).blob_grace;
  return {.blobs = [stores, grace, &clock, &random](const std::string& from) -> Result<http::Purged> {
            auto done = TRY(store::collect_blobs(*stores.data, *stores.blob, clock.now(), grace,
                                                 kPurgedAtOnce, from, random));
            return http::Purged{done.examined, done.removed, std::move(done.next)};
          },
          .lookups = [stores]() -> Result<http::Purged> {
            http::Purged out;
            for (std::size_t some = kPurgedAtOnce; some == kPurgedAtOnce; out.removed += some)
              some = TRY(stores.lookup->purge_expired(kPurgedAtOnce));
            out.examined = out.removed;
            return out;
          }};
}

std::shared_ptr<const http::Router> make_router(
    const config::Config& config, const directory::Directories& directories,
    std::shared_ptr<login::Gate> gate, const Clock& clock, std::shared_ptr<mta::Transport> transport,
    const store::Stores& stores, http::SearchActions search, std::shared_ptr<mailbox::Accounts> accounts,
    backup::Job& backup, std::shared_ptr<fsck::Job> fsck, http::PurgeActions purge) {
  auto router = std::make_shared<http::Router>(directories.standard, config::hostname_of(config), gate);
  http::MetricsOptions metrics;
  metrics.enable = config.flag("metrics.prometheus.enable");
  metrics.username = config.string("metrics.prometheus.auth.username");
  metrics.secret = config.secret("metrics.prometheus.auth.secret");
  http::add_status_routes(*router, std::move(metrics));
  http::add_principal_routes(*router, directories.standard, directories.admin, directories.owner);
  http::add_login_method_routes(*router, directories.admin, directories.owner, config::hostname_of(config));
  http::add_ban_routes(*router, gate, clock);
  http::add_queue_routes(*router, std::move(transport));
  http::add_cache_routes(*router);
  http::add_directory_routes(*router, directories);
  http::add_store_routes(*router, stores.monitors, stores.migrations);
  http::add_purge_routes(*router, std::move(purge));
  http::add_migration_routes(*router, stores.migrations);
  http::add_search_routes(*router, std::move(search));
  http::add_backup_routes(*router, backup_actions(backup));
  http::add_mail_routes(*router, {.directory = directories.standard, .accounts = std::move(accounts)});
  http::add_fsck_routes(*router, std::move(fsck),
                        [standard = directories.standard](const std::string& name) -> Result<std::uint32_t> {
                          const auto principal = TRY(standard->find(name));
                          if (!principal)
                            return fail(ServerError::kNotFound, "There is no account " + name + ".");
                          return principal->id;
                        });
  return router;
}

// Folders made by earlier versions were open: mail and password hashes are nobody else's to read.
void warn_of_open_folder(const std::string& path) {
  using std::filesystem::perms;
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (error || (status.permissions() & (perms::others_read | perms::others_exec)) == perms::none) return;
  observe::warn("server.data-readable", {{"path", path}, {"hint", "chmod 700 " + path}});
}

}  // namespace

Server::Server(config::Config config) : config_(std::move(config)) {}

Server::~Server() {
  stop();
}

Result<void> Server::start() {
  stores_health_ = observe::HealthComponent(observe::health(), "stores");
  listeners_health_ = observe::HealthComponent(observe::health(), "listeners");
  TRY(open_storage());
  TRY(open_edge());
  transport_->start();
  indexer_->start();
  stores_.migrations->start();
  edge_->start();
  listeners_health_.set_ready();
  return {};
}

Result<void> Server::open_storage() {
  if (const auto path = config_.string("server.data-path"); !path.empty()) warn_of_open_folder(path);
  stores_ = TRY(store::open_stores(config_, clock_, random_));
  TRY(stores_.migrations->announce_as(config::hostname_of(config_)));
  stores_.migrations->confirm_if([config = config_](const store::migration::Record& record) {
    return file_names_target(config, record);
  });
  directories_ = TRY(directory::open_directories(config_, stores_, clock_, random_));
  gate_ = std::make_shared<login::Gate>(login::gate_options(config_), stores_.data, stores_.lookup, clock_);
  TRY(gate_->bans()->load());
  index_ = search::open(config_, stores_);
  auto account_options = account_options_from(config_);
  indexer_ = std::make_unique<search::Indexer>(stores_, index_,
                                               search::indexer_options(config_, account_options.mime), clock_,
                                               config::hostname_of(config_) + "." + random_.token(8));
  account_options.listed = [indexer = indexer_.get()] { indexer->wake(); };
  fsck_ = std::make_shared<fsck::Job>(stores_, clock_, random_);
  const auto documents = indexed_documents(stores_, indexer_->document_options());
  stores_.migrations->documents_are(documents);
  coverage_ = std::make_shared<search::Coverage>(index_, stores_.data, documents, clock_);
  indexer_->rebuild_from(documents, coverage_);
  accounts_ = mailbox::make_accounts(stores_, std::move(account_options), clock_, random_);
  if (directories_.admin) {
    directories_.admin->on_login_changed([gate = gate_](directory::AccountId id) { gate->live().end(id); });
    directories_.admin->on_removed([accounts = std::weak_ptr(accounts_)](directory::AccountId id) {
      auto alive = accounts.lock();
      if (!alive || id == 0) return;
      if (auto erased = alive->erase(id); !erased)
        observe::error("server.erase-failed", {{"account", id}, {"error", erased.error()}});
    });
  }
  backup_ = std::make_unique<backup::Job>(stores_, clock_);
  stores_health_.set_ready();
  maintenance_ =
      std::make_unique<Maintenance>(stores_, maintenance_options(config_), clock_, random_, stores_health_);
  if (const auto interval = config_.find<Duration>("cluster.watch-interval");
      interval && stores_.data->has_other_writers())
    cluster_watch_ = std::make_unique<ClusterWatch>(accounts_, *interval);
  return {};
}

Result<void> Server::open_edge() {
  auto edge_options = net::edge_options(config_);
  edge_options.admits = [gate = gate_](const IpAddress& address) { return !gate->is_banned(address); };
  raise_open_files(edge_options.max_connections);
  runtime_ = std::make_unique<net::Runtime>(net::runtime_options(config_), clock_);
  auto worker_options = net::worker_pool_options(config_);
  worker_options.more_threads = static_cast<unsigned>(directories_.callers);
  worker_options.most_spare = static_cast<unsigned>(directories_.rare_callers);
  workers_ = std::make_unique<net::WorkerPool>(worker_options);
  const std::string hostname = config::hostname_of(config_);
  const std::string data_path = config_.string("server.data-path");
  certificates_ = std::make_shared<net::CertificateStore>(
      hostname, data_path.empty() ? "" : data_path + "/self-signed.pem", clock_);
  TRY(certificates_->load(net::certificate_options(config_)));
  transport_ = TRY(mta::Transport::create({.workers = *workers_,
                                           .clock = clock_,
                                           .random = random_,
                                           .config = config_,
                                           .directories = directories_,
                                           .accounts = accounts_,
                                           .stores = stores_,
                                           .node = hostname + "." + random_.token(8),
                                           .gate = gate_}));
  imap_services_ =
      imap::make_services(accounts_, directories_.standard, clock_, imap::Settings::from(config_),
                          std::make_shared<search::Finder>(index_, stores_.data, coverage_), gate_);
  edge_ = std::make_unique<net::Edge>(*runtime_, certificates_, edge_options);
  for (auto& listener : net::configured_listeners(config_)) {
    auto protocol = TRY(protocol_of(listener.options.id, listener.protocol));
    TRY(edge_->listen(std::move(listener.options), std::move(protocol)));
  }
  if (edge_->listening().empty())
    return fail(ServerError::kConfiguration,
                "No listener is set: server.listener.<id> with bind and protocol.");
  runtime_->start();
  return {};
}

http::SearchActions Server::search_actions() {
  return {.reindex = [this](const std::string& name) -> Result<http::Reindexed> {
            std::vector<mailbox::AccountId> ids;
            if (name.empty()) {
              ids = TRY(accounts_->all());
            } else {
              const auto principal = TRY(directories_.standard->find(name));
              if (!principal) return fail(ServerError::kNotFound, "There is no account " + name + ".");
              ids.push_back(principal->id);
            }
            http::Reindexed out;
            for (const auto id : ids) {
              out.messages += TRY(accounts_->reindex(id));
              ++out.accounts;
            }
            return out;
          },
          .status = [this]() -> Result<http::SearchStatus> {
            const auto lag = TRY(search::lag(*stores_.data));
            http::SearchStatus out{.waiting = lag.waiting};
            if (lag.oldest)
              out.oldest_seconds =
                  std::max<std::int64_t>(0, (clock_.now() - *lag.oldest) / std::chrono::seconds(1));
            return out;
          }};
}

Result<net::Protocol> Server::protocol_of(const std::string& id, const std::string& name) {
  if (name == "smtp") return transport_->protocol(id, smtp::Protocol::kSmtp);
  if (name == "lmtp") return transport_->protocol(id, smtp::Protocol::kLmtp);
  if (name == "imap") return imap::make_protocol(imap_services_, *workers_);
  if (name == "http")
    return http::make_protocol(std::make_shared<const http::Service>(http::Service{
        make_router(config_, directories_, gate_, clock_, transport_, stores_, search_actions(), accounts_,
                    *backup_, fsck_, purge_actions(stores_, config_, clock_, random_)),
        *workers_, http_options_from(config_)}));
  return fail(ServerError::kConfiguration, "server.listener." + id +
                                               ".protocol: this build does not serve \"" + name +
                                               "\"; it has smtp, lmtp, imap and http.");
}

void Server::reload(const std::string& config_path) {
  const auto config = config::Config::load_file(config_path);
  // First of all, and whatever else is wrong: logrotate waits for it.
  const auto logging = start_logging(config ? *config : config_);
  if (!logging) observe::error("server.reload-failed", {{"error", logging.error()}});
  if (!config) {
    observe::error("server.reload-failed", {{"error", config.error()}});
    return;
  }
  if (const auto loaded = certificates_->load(net::certificate_options(*config)); !loaded)
    observe::error("server.reload-failed", {{"error", loaded.error()}});
  else
    observe::info("server.certificates-reloaded");
  const auto waiting = keys_for_a_restart(config_, *config);
  if (!waiting.empty())
    observe::warn("server.restart-needed", {{"keys", fmt::format("{}", fmt::join(waiting, " "))}});
}

void Server::stop() {
  if (!edge_) return;
  listeners_health_.set_unready("shutting down");
  const auto report = edge_->drain(net::shutdown_timeout(config_));
  observe::info("server.stopped",
                {{"finished", report.finished}, {"forced", report.forced}, {"left", report.left}});
  fsck_->cancel();
  transport_->stop();
  edge_.reset();
  workers_->stop();
  runtime_->stop();
  indexer_->stop();
  cluster_watch_.reset();
  backup_->stop();
  maintenance_.reset();
  stores_.migrations->stop();
}

}  // namespace gannet::server
