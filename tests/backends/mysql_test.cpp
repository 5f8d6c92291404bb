// The stores over a real MariaDB: the contracts of all roles, and what this backend promises beyond them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <thread>

#include "config/config.h"
#include "store/data_blob_store.h"
#include "store/data_search_store.h"
#include "store/mysql/connection.h"
#include "store/mysql/mysql_store.h"
#include "store/stores.h"
#include "tests/backends/backend.h"
#include "tests/contract/blob_store_contract.h"
#include "tests/contract/data_store_contract.h"
#include "tests/contract/lookup_store_contract.h"
#include "tests/contract/search_store_contract.h"
#include "tests/contract/server_faults_contract.h"

namespace gannet::store::contract {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

testing::Backend& server() {
  return testing::Backend::shared("mariadb");
}

MySqlOptions options_for(const std::string& database) {
  return {.host = server().parameter("host"),
          .port = static_cast<std::uint16_t>(std::stoi("0" + server().parameter("port"))),
          .database = database,
          .user = server().parameter("user"),
          .password = Secret(server().parameter("password"))};
}

// Runs statements as an administrator would; the first column of what they answer.
std::vector<std::string> sql(const std::string& statements, const std::string& database = "mail") {
  std::vector<std::string> out;
  auto connection = mysql::Connection::open(options_for(database));
  EXPECT_TRUE(connection) << connection.error().text;
  if (!connection) return out;
  const auto done =
      (*connection)->run(statements, [&](std::size_t, const mysql::Row& row) { out.emplace_back(row[0]); });
  EXPECT_TRUE(done) << statements << ": " << done.error().text;
  return out;
}

std::string fresh_database() {
  static int number = 0;
  std::string name = "test_" + std::to_string(++number);
  if (server().skip_reason().empty()) sql("CREATE DATABASE " + name);
  return name;
}

class MySqlHarness final : public ServerHarness {
 public:
  std::string skip_reason() override { return server().skip_reason(); }
  void tell(const std::string& command) override {
    if (command != "cut") return server().tell(command);
    auto administrator = mysql::Connection::open(options_for("mail"));
    ASSERT_TRUE(administrator) << administrator.error().text;
    std::vector<std::string> sessions;
    ASSERT_TRUE(
        (*administrator)
            ->run("SELECT id FROM information_schema.processlist WHERE id<>connection_id() AND user='mail'",
                  [&](std::size_t, const mysql::Row& row) { sessions.emplace_back(row[0]); }));
    for (const auto& id : sessions)
      std::ignore = (*administrator)->run("KILL " + id);  // it may be gone already
  }
  Result<std::shared_ptr<DataStore>> open_with(Clock& clock, const ServerStoreOptions& wanted) override {
    auto options = options_for(database_);
    options.probe_interval = 50ms;
    if (wanted.timeout) options.timeout = *wanted.timeout;
    if (wanted.wait_timeout) options.pool.wait_timeout = *wanted.wait_timeout;
    if (wanted.max_connections) options.pool.max_connections = *wanted.max_connections;
    return open_mysql(options, clock);
  }

 private:
  const std::string database_ = fresh_database();
};

// A store of another role over the same.
template <typename T>
class OverData final : public Harness<T> {
 public:
  using Open = Result<std::shared_ptr<T>> (*)(std::shared_ptr<DataStore>, Clock&);
  explicit OverData(Open open) : open_(open) {}
  std::string skip_reason() override { return data_.skip_reason(); }
  Result<std::shared_ptr<T>> open(Clock& clock) override { return open_(TRY(data_.open(clock)), clock); }

 private:
  MySqlHarness data_;
  const Open open_;
};

template <typename T>
Backend<T> over_data(typename OverData<T>::Open open) {
  return {"mysql", [open] { return std::make_unique<OverData<T>>(open); }};
}

constexpr auto kName = [](const auto& info) { return info.param.name; };

INSTANTIATE_TEST_SUITE_P(MySql, DataStoreContract,
                         ::testing::Values(Backend<DataStore>{
                             "mysql", [] { return std::make_unique<MySqlHarness>(); }}),
                         kName);
INSTANTIATE_TEST_SUITE_P(MySql, BlobStoreContract,
                         ::testing::Values(over_data<BlobStore>([](auto data, Clock&) {
                           return Result<std::shared_ptr<BlobStore>>(blob_store_over(std::move(data)));
                         })),
                         kName);
INSTANTIATE_TEST_SUITE_P(MySql, LookupStoreContract,
                         ::testing::Values(over_data<LookupStore>([](auto data, Clock& clock) {
                           return Result<std::shared_ptr<LookupStore>>(
                               lookup_store_over(std::move(data), clock));
                         })),
                         kName);
INSTANTIATE_TEST_SUITE_P(MySql, SearchStoreContract,
                         ::testing::Values(over_data<SearchStore>([](auto data, Clock&) {
                           return Result<std::shared_ptr<SearchStore>>(search_store_over(std::move(data)));
                         })),
                         kName);
INSTANTIATE_TEST_SUITE_P(MySql, ServerFaultsContract,
                         ::testing::Values(ServerBackend{"mysql",
                                                         [] { return std::make_unique<MySqlHarness>(); }}),
                         kName);

}  // namespace
}  // namespace gannet::store::contract
