#include "store/sqlite/database.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "store/sqlite/schema.h"
#include "store/sqlite/status.h"

namespace gannet::store::sqlite {
namespace {

// Each page that a transaction touches is written whole to the WAL, so small pages suit small records.
constexpr int kPageBytes = 4096;

std::unexpected<Error> cannot_open(const std::string& path, const Error& error) {
  std::string why = error.text();
  if (error.is(StoreError::kCorrupt))
    why = "it is damaged, or no SQLite database";
  else if (!error.is(StoreError::kConfiguration) && !error.detail().empty())
    why = error.detail();
  return fail(StoreError::kConfiguration, fmt::format("cannot open the SQLite database {}: {}", path, why),
              error.detail());
}

// The file, for nobody else to read, and its folders; its WAL will be as it is.
Result<void> make_file(const std::string& path) {
  std::error_code error;
  if (const auto folder = std::filesystem::path(path).parent_path(); !folder.empty())
    std::filesystem::create_directories(folder, error);
  if (error) return fail(StoreError::kConfiguration, "cannot create its folder: " + error.message());
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return fail(StoreError::kConfiguration, std::generic_category().message(errno));
  (void)::close(descriptor);
  return {};
}

Result<std::unique_ptr<Connection>> open_writer(const SqliteOptions& options,
                                                const ConnectionOptions& connection) {
  auto writer = TRY(Connection::open(connection));
  TRY(writer->execute(fmt::format("PRAGMA page_size = {}", kPageBytes).c_str()));
  TRY(prepare_schema(*writer));
  TRY(writer->execute(fmt::format("PRAGMA journal_size_limit = {}", options.max_wal_size).c_str()));
  TRY(writer->execute("PRAGMA synchronous = FULL"));
  return writer;
}

}  // namespace

Result<Pool<Connection>::Lease> leased(Pool<Connection>& pool, std::string_view setting) {
  auto lease = pool.take();
  if (lease || !lease.error().is(PoolError::kExhausted)) return lease;
  return fail(StoreError::kUnavailable, "the store is busy",
              fmt::format("sqlite: {}: raise {}", lease.error().text(), setting), Retry::kCanHelp);
}

Result<std::shared_ptr<Database>> Database::open(const SqliteOptions& options, Clock& clock) {
  std::shared_ptr<Database> self(new Database);
  if (options.vfs.empty()) {
    if (auto made = make_file(options.path); !made) return cannot_open(options.path, made.error());
    auto lock = FileLock::take(options.path + ".lock");
    if (!lock) return cannot_open(options.path, lock.error());
    self->lock_ = *std::move(lock);
  }
  ConnectionOptions connection{.path = options.path,
                               .vfs = options.vfs,
                               .busy_timeout = options.busy_timeout,
                               .cache_size = options.cache_size,
                               .writes = true};
  auto writer = open_writer(options, connection);
  if (!writer) return cannot_open(options.path, writer.error());
  self->writer_.connection = *std::move(writer);

  // A process that ended without closing may have left a log whose sync had failed: it begins anew.
  const auto restarted = self->writer_.connection->restart_log();

  connection.cache_size = 1 << 20;
  auto checkpoints = Connection::open(connection);
  if (!checkpoints) return cannot_open(options.path, checkpoints.error());
  connection.writes = false, connection.cache_size = 2 << 20;
  const auto make = [connection] { return Connection::open(connection); };
  self->health_ = std::make_unique<Health>(options.id);
  self->readers_ = std::make_unique<Pool<Connection>>(
      PoolOptions{.max_connections = options.max_connections, .wait_timeout = options.wait_timeout}, clock,
      make);
  self->snapshots_ = std::make_unique<Snapshots>(
      PoolOptions{.max_connections = options.max_snapshots, .wait_timeout = options.wait_timeout},
      options.max_snapshot_age, clock, make);
  self->checkpointer_ = std::make_unique<Checkpointer>(
      *std::move(checkpoints), self->writer_, *self->health_, *self->snapshots_,
      Checkpointer::Options{.id = options.id,
                            .page_bytes = kPageBytes,
                            .max_wal_size = options.max_wal_size,
                            .resume_interval = options.resume_interval});
  if (!restarted && stops_writing(restarted.error())) self->checkpointer_->write_failed(restarted.error());
  return self;
}

Database::~Database() {
  checkpointer_.reset();
}

Result<Pool<Connection>::Lease> Database::reader() {
  return leased(*readers_, "pool.max-connections");
}

}  // namespace gannet::store::sqlite
