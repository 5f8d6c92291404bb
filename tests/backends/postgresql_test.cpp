// PostgreSQL as every store, on a real server. Each test has a schema of its own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "search/index_store.h"
#include "store/data_blob_store.h"
#include "store/postgresql/connection.h"
#include "store/postgresql/postgresql_store.h"
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

}  // namespace
}  // namespace gannet::store::contract
