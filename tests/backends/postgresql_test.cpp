// PostgreSQL as every store, on a real server. Each test has a schema of its own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <thread>

#include "search/index_store.h"
#include "store/data_blob_store.h"
#include "store/postgresql/connection.h"
#include "store/postgresql/postgresql_store.h"
#include "store/read_replica.h"
#include "tests/backends/backend.h"
#include "tests/contract/blob_store_contract.h"
#include "tests/contract/data_store_contract.h"
#include "tests/contract/lookup_store_contract.h"
#include "tests/contract/search_store_contract.h"
#include "tests/contract/server_faults_contract.h"

namespace gannet::store::contract {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

gannet::testing::Backend& server() {
  return gannet::testing::Backend::shared("postgresql");
}

PostgresqlOptions options_of(const gannet::testing::Backend& backend) {
  PostgresqlOptions options;
  options.host = backend.parameter("host");
  options.port = backend.parameter("port");
  options.database = backend.parameter("database");
  options.user = backend.parameter("user");
  options.password = backend.parameter("password");
  options.probe_interval = 50ms;
  return options;
}

// SQL in the database of `options`, beside the store.
void run_sql(const PostgresqlOptions& options, const std::string& sql) {
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  auto connection = postgresql::Connection::open(options, deadline);
  ASSERT_TRUE(connection) << connection.error().describe();
  const auto done = (*connection)->execute(sql, deadline);
  ASSERT_TRUE(done) << done.error().describe();
}

// Empty, gone at the end.
class Schema {
 public:
  explicit Schema(const gannet::testing::Backend& backend) : options_(options_of(backend)) {
    if (backend.skip_reason().empty()) run_sql(options_, "create schema " + name_);
  }
  ~Schema() {
    if (!options_.host.empty()) run_sql(options_, "drop schema " + name_ + " cascade");
  }
  Schema(const Schema&) = delete;
  PostgresqlOptions options() const {
    PostgresqlOptions out = options_;
    out.options = "-c search_path=" + name_;
    return out;
  }

 private:
  const PostgresqlOptions options_;
  const std::string name_ = "t" + std::to_string(SystemRandom().below(1'000'000'000));
};

class PostgresqlHarness final : public ServerHarness {
 public:
  std::string skip_reason() override { return server().skip_reason(); }
  void tell(const std::string& command) override { server().tell(command); }
  Result<std::shared_ptr<DataStore>> open_with(Clock& clock, const ServerStoreOptions& given) override {
    PostgresqlOptions options = schema_.options();
    options.timeout = given.timeout.value_or(options.timeout);
    options.wait_timeout = given.wait_timeout.value_or(options.wait_timeout);
    options.max_connections = given.max_connections.value_or(options.max_connections);
    return open_postgresql(options, clock);
  }

 private:
  Schema schema_{server()};
};

template <typename T>
class Over : public Harness<T> {
 public:
  std::string skip_reason() override { return data_.skip_reason(); }

 protected:
  PostgresqlHarness data_;
};

class BlobHarness final : public Over<BlobStore> {
 public:
  Result<std::shared_ptr<BlobStore>> open(Clock& clock) override {
    return blob_store_over(TRY(data_.open(clock)));
  }
};
class LookupHarness final : public Over<LookupStore> {
 public:
  Result<std::shared_ptr<LookupStore>> open(Clock& clock) override {
    return lookup_store_over(TRY(data_.open(clock)), clock);
  }
};
class SearchHarness final : public Over<SearchStore> {
 public:
  Result<std::shared_ptr<SearchStore>> open(Clock& clock) override {
    return search::index_over(TRY(data_.open(clock)));
  }
};

template <typename T, typename H>
Backend<T> backend() {
  return {"postgresql", [] { return std::make_unique<H>(); }};
}
constexpr auto kName = [](const auto& info) { return info.param.name; };

INSTANTIATE_TEST_SUITE_P(Postgresql, DataStoreContract,
                         ::testing::Values(backend<DataStore, PostgresqlHarness>()), kName);
INSTANTIATE_TEST_SUITE_P(Postgresql, BlobStoreContract, ::testing::Values(backend<BlobStore, BlobHarness>()),
                         kName);
INSTANTIATE_TEST_SUITE_P(Postgresql, LookupStoreContract,
                         ::testing::Values(backend<LookupStore, LookupHarness>()), kName);
INSTANTIATE_TEST_SUITE_P(Postgresql, SearchStoreContract,
                         ::testing::Values(backend<SearchStore, SearchHarness>()), kName);
INSTANTIATE_TEST_SUITE_P(Postgresql, ServerFaultsContract,
                         ::testing::Values(ServerBackend{
                             "postgresql", [] { return std::make_unique<PostgresqlHarness>(); }}),
                         kName);

// What PostgreSQL alone has.
class PostgresqlTest : public ::testing::Test {
 protected:
  void SetUp() override { GANNET_NEED_BACKEND(server()); }
  static WriteBatch setting(const std::string& key, const std::string& value) {
    WriteBatch batch;
    batch.set(key, value);
    return batch;
  }
  static std::string answer(const PostgresqlOptions& options, const std::string& sql) {
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    auto connection = postgresql::Connection::open(options, deadline);
    EXPECT_TRUE(connection) << connection.error().describe();
    if (!connection) return {};
    const postgresql::Statement statement{.name = "question", .sql = sql, .types = {}};
    const auto rows = (*connection)->run({{.statement = &statement, .parameters = {}}}, deadline);
    EXPECT_TRUE(rows) << rows.error().describe();
    return rows ? std::string((*rows)[0].at(0, 0)) : std::string();
  }

  ManualClock clock_;
  Schema schema_{server()};
};

TEST_F(PostgresqlTest, ANewerReleasesTablesAreRefused) {
  ASSERT_TRUE(open_postgresql(schema_.options(), clock_));
  run_sql(schema_.options(), "insert into gannet_schema values (99)");
  const auto opened = open_postgresql(schema_.options(), clock_);
  ASSERT_FALSE(opened);
  EXPECT_TRUE(opened.error().is(StoreError::kConfiguration));
  EXPECT_THAT(opened.error().text(), HasSubstr("newer release"));
}

TEST_F(PostgresqlTest, ARefusedLoginSaysWhy) {
  auto options = schema_.options();
  options.password = "wrong";
  const auto opened = open_postgresql(options, clock_);
  ASSERT_FALSE(opened);
  EXPECT_TRUE(opened.error().is(StoreError::kConfiguration));
  EXPECT_THAT(opened.error().text(), HasSubstr("password authentication failed"));
}

TEST_F(PostgresqlTest, CommitsWaitForTheLogWhateverTheServersDefault) {
  auto options = schema_.options();
  EXPECT_EQ(answer(options, "select current_setting('synchronous_commit')"), "on");
  options.options += " -c synchronous_commit=off";
  EXPECT_EQ(answer(options, "select current_setting('synchronous_commit')"), "on");
  options.options = "-c synchronous_commit=remote_apply";
  EXPECT_EQ(answer(options, "select current_setting('synchronous_commit')"), "remote_apply")
      << "stronger ones stay";
}

TEST_F(PostgresqlTest, InitExecuteRunsAtTheStart) {
  auto options = schema_.options();
  options.execute_at_start = {"create table mine (x int)", "insert into mine values (42)"};
  ASSERT_TRUE(open_postgresql(options, clock_));
  EXPECT_EQ(answer(schema_.options(), "select x::int8 from mine").back(), 42);
  options.execute_at_start = {"no such statement"};
  const auto opened = open_postgresql(options, clock_);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().text(), HasSubstr("no such statement"));
}

TEST_F(PostgresqlTest, SnapshotsAreBoundedInNumberAndInLife) {
  auto options = schema_.options();
  options.max_snapshots = 2, options.wait_timeout = 50ms, options.max_snapshot_age = 60s;
  auto store = *open_postgresql(options, clock_);
  ASSERT_TRUE(store->commit(setting("a1", "one")));
  auto first = store->snapshot(), second = store->snapshot();
  ASSERT_TRUE(first && second);
  const auto third = store->snapshot();
  ASSERT_FALSE(third);
  EXPECT_TRUE(third.error().is(StoreError::kUnavailable));
  EXPECT_TRUE(store->commit(setting("a1", "two"))) << "they take no connection of others";
  first->reset();
  EXPECT_TRUE(store->snapshot());
  EXPECT_EQ(*(*second)->get("a1"), "one");
  clock_.advance(61s);
  const auto old = (*second)->get("a1");
  ASSERT_FALSE(old);
  EXPECT_TRUE(old.error().is(StoreError::kUnavailable));
}

TEST_F(PostgresqlTest, ExpiredLookupsArePurged) {
  const std::shared_ptr<DataStore> data = *open_postgresql(schema_.options(), clock_);
  auto lookups = lookup_store_over(data, clock_);
  for (int i = 0; i < 50; ++i)
    ASSERT_TRUE(lookups->set("k" + std::to_string(i), "v", Duration(i < 30 ? 1'000 : 100'000)));
  clock_.advance(2s);
  EXPECT_EQ(*lookups->purge_expired(20), 20u);
  EXPECT_EQ(*lookups->purge_expired(100), 10u);
  EXPECT_EQ(scan_all(*data, Range::prefix("l"))->size(), 20u);
}

TEST(PostgresqlTls, TheCertificateIsChecked) {
  auto& tls = gannet::testing::Backend::shared("postgresql_tls");
  GANNET_NEED_BACKEND(tls);
  ManualClock clock;
  auto options = options_of(tls);
  const auto plain = open_postgresql(options, clock);
  ASSERT_FALSE(plain) << "the server takes TLS alone";
  EXPECT_TRUE(plain.error().is(StoreError::kConfiguration)) << plain.error().describe();
  options.tls = true;
  const auto unknown = open_postgresql(options, clock);
  ASSERT_FALSE(unknown) << "nobody vouches for the certificate";
  EXPECT_TRUE(unknown.error().is(StoreError::kConfiguration));
  EXPECT_THAT(unknown.error().text(), HasSubstr("certificate"));
  options.ca_file = tls.parameter("ca_file");
  const auto checked = open_postgresql(options, clock);
  ASSERT_TRUE(checked) << checked.error().describe();
  EXPECT_TRUE(*(*checked)->get("a1") == std::nullopt);
  options.host = "localhost";  // not the certificate's name
  EXPECT_FALSE(open_postgresql(options, clock));
  options.allow_invalid_certificates = true;
  EXPECT_TRUE(open_postgresql(options, clock));
}

class ReplicaTest : public ::testing::Test {
 protected:
  void SetUp() override {
    GANNET_NEED_BACKEND(backend_);
    primary_ = opened(schema_.options());
    auto of_replica = schema_.options();
    of_replica.port = backend_.parameter("replica_port");
    of_replica.id = "replica";
    of_replica.timeout = 2s;
    // The tables arrive as everything does.
    ASSERT_TRUE(soon([&] { return (replica_ = opened(of_replica, false)) != nullptr; }));
    auto both = with_read_replicas(primary_, {replica_});
    ASSERT_TRUE(both) << both.error().describe();
    store_ = *both;
  }
  std::shared_ptr<DataStore> opened(const PostgresqlOptions& options, bool needed = true) {
    auto store = open_postgresql(options, clock_);
    if (needed) EXPECT_TRUE(store) << store.error().describe();
    return store ? *std::move(store) : nullptr;
  }
  static bool soon(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::yield();
    }
    return true;
  }
  void write(int n) {
    WriteBatch batch;
    batch.set("a1", std::to_string(n));
    const auto committed = store_->commit(std::move(batch));
    ASSERT_TRUE(committed) << committed.error().describe();
  }
  // Every way to read sees what was written last.
  void expect(int n) {
    const std::string value = std::to_string(n);
    EXPECT_EQ(*store_->get("a1"), value);
    EXPECT_EQ(store_->get_many(std::vector<std::string>{"a1"})->front(), value);
    EXPECT_EQ(store_->scan(Range::prefix("a"))->items.front().value, value);
    auto snapshot = store_->snapshot();
    ASSERT_TRUE(snapshot) << snapshot.error().describe();
    EXPECT_EQ(*(*snapshot)->get("a1"), value);
  }
  bool replica_reads_soon() {
    return soon([&, before = replica_->statistics().reads] {
      return store_->get("a1").has_value() && replica_->statistics().reads > before;
    });
  }

  SystemClock clock_;
  gannet::testing::Backend& backend_ = gannet::testing::Backend::shared("postgresql_replica");
  Schema schema_{backend_};
  std::shared_ptr<DataStore> primary_, replica_, store_;
};

TEST_F(ReplicaTest, WhoeverWroteSeesIt) {
  for (int n = 0; n < 100; ++n) write(n), expect(n);
  EXPECT_TRUE(replica_reads_soon());
  expect(99);
}

TEST_F(ReplicaTest, OneThatLagsIsNotReadFrom) {
  write(1);
  ASSERT_TRUE(replica_reads_soon());
  backend_.tell("pause");
  write(2);
  const auto before = replica_->statistics().reads;
  for (int i = 0; i < 20; ++i) expect(2);
  EXPECT_EQ(replica_->statistics().reads, before);
  backend_.tell("resume");
  EXPECT_TRUE(replica_reads_soon());
  expect(2);
}

TEST_F(ReplicaTest, OneThatIsGoneIsPassedOver) {
  write(1);
  ASSERT_TRUE(replica_reads_soon());
  backend_.tell("stop_replica");
  expect(1);
  write(2);
  expect(2);
  backend_.tell("start_replica");
  EXPECT_TRUE(replica_reads_soon()) << "and found again";
  expect(2);
}

TEST_F(ReplicaTest, OthersAreRefused) {
  const auto opened = with_read_replicas(primary_, {store_});
  ASSERT_FALSE(opened);
  EXPECT_TRUE(opened.error().is(StoreError::kConfiguration));
}

}  // namespace
}  // namespace gannet::store::contract
