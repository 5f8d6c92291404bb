#include "store/postgresql/database.h"

#include <fmt/format.h>

#include <algorithm>

#include "store/postgresql/failure.h"
#include "store/postgresql/schema.h"

namespace gannet::store::postgresql {
namespace {

// One that was unused for this long is asked for a sign of life first: a firewall may have forgotten it. What the
// server itself has closed is seen at once, without asking.
constexpr Duration kAskAfter{30'000};

PoolOptions pool_options(const PostgresqlOptions& options, std::size_t max, std::size_t min) {
  return {.max_connections = max,
          .min_connections = min,
          .wait_timeout = options.wait_timeout,
          .check_after = kAskAfter};
}

const Statement kProbe{.name = "probe",
                       .sql = "select (current_setting('transaction_read_only') = 'on')::int::int8",
                       .types = {}};

}  // namespace

Database::Database(const PostgresqlOptions& options, Clock& clock)
    : options_(options),
      clock_(clock),
      connections_(
          pool_options(options, options.max_connections, options.min_connections), clock,
          [this] { return connect(); },
          [this](Connection& connection) {
            const auto until =
                std::chrono::steady_clock::now() + std::min(options_.check_timeout, options_.timeout);
            return !connection.closed_by_server() &&
                   connection.run({{.statement = &kProbe, .parameters = {}}}, until).has_value();
          }),
      snapshot_connections_(pool_options(options, options.max_snapshots, 0), clock,
                            [this] { return connect(); }),
      metrics_(options.id, [this] { return connections_.statistics(); }) {}

Result<std::shared_ptr<Database>> Database::open(const PostgresqlOptions& options, Clock& clock) {
  std::shared_ptr<Database> self(new Database(options, clock));
  {
    auto lease = self->connections_.take();  // as it is: a refused login keeps its words
    if (!lease) return std::unexpected(std::move(lease).error());
    const auto fail_with = [&](Result<void> result) {
      if (!result) lease->discard();
      return result;
    };
    TRY(fail_with(prepare_schema(**lease, options, self->deadline())));
    const auto read_only = TRY((*lease)->run({{.statement = &kProbe, .parameters = {}}}, self->deadline()));
    self->replica_ = read_int8(read_only[0].at(0, 0)) == 1;
    for (const auto& sql : options.execute_at_start) {
      auto done = fail_with((*lease)->execute(sql, self->deadline()));
      if (!done)
        return fail(StoreError::kConfiguration, fmt::format("init.execute: the server refused: {}", sql),
                    done.error().detail());
    }
  }
  self->server_ = std::make_unique<ServerHealth>(options.id, options.probe_interval,
                                                 [db = self.get()] { return db->probe(); });
  return self;
}

Database::~Database() {
  server_.reset();
}

Result<std::unique_ptr<Connection>> Database::connect() const {
  return Connection::open(
      options_, std::chrono::steady_clock::now() + std::min(options_.create_timeout, options_.timeout));
}

// The server's own limit comes a little earlier, so that its word that it has given up arrives in time.
Deadline Database::deadline() const {
  return std::chrono::steady_clock::now() + options_.timeout +
         std::clamp<Duration>(options_.timeout / 10, Duration(50), Duration(1000));
}

bool Database::passes_again(const Connection& connection) {
  return passes_when_repeated(connection.sqlstate());
}

Result<Database::Lease> Database::take_from(Pool<Connection>& pool) {
  for (;;) {
    auto lease = pool.take();
    if (lease) {
      if (!(*lease)->closed_by_server()) return lease;
      // The server was restarted, most likely: so were the others.
      lease->discard();
      pool.clear();
      continue;
    }
    const Error& why = lease.error();
    if (why.is(PoolError::kExhausted))
      return fail(StoreError::kUnavailable, "the store is busy",
                  fmt::format("{}; see store.{}.{}", why.text(), options_.id,
                              &pool == &connections_ ? "pool.max-connections" : "snapshot.max-open"),
                  Retry::kCanHelp);
    if (server_) server_->failed(why);
    return fail(StoreError::kUnavailable, "the store is not available", why.describe(), Retry::kCanHelp);
  }
}

void Database::account(Lease& lease) {
  if (!lease->broken()) return;
  lease.discard();
  metrics_.lost.add();
  // One that was lost may have been that connection alone: the next call finds out.
  if (lease->gave_up()) server_->failed(timed_out("a call"));
}

Result<void> Database::probe() {
  auto connection = TRY(connect());
  const auto answer = TRY(connection->run({{.statement = &kProbe, .parameters = {}}}, deadline()));
  // Of a replica nobody expects that it takes writes.
  if (!replica_ && read_int8(answer[0].at(0, 0)) == 1)
    return fail(StoreError::kUnavailable, "the server takes no writes now (read-only, or a replica)",
                Retry::kCanHelp);
  return {};
}

}  // namespace gannet::store::postgresql
