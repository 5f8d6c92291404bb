// The stores over a real MariaDB: the contracts of all roles, and what this backend promises beyond them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <thread>

#include "config/config.h"
#include "search/index_store.h"
#include "store/data_blob_store.h"
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
                           return Result<std::shared_ptr<SearchStore>>(search::index_over(std::move(data)));
                         })),
                         kName);
INSTANTIATE_TEST_SUITE_P(MySql, ServerFaultsContract,
                         ::testing::Values(ServerBackend{"mysql",
                                                         [] { return std::make_unique<MySqlHarness>(); }}),
                         kName);

bool soon(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

WriteBatch setting(const std::string& key, const std::string& value) {
  WriteBatch batch;
  batch.set(key, value);
  return batch;
}

class MySqlStore : public ::testing::Test {
 protected:
  void SetUp() override {
    GANNET_NEED_BACKEND(server());
    options_ = options_for(fresh_database());
  }
  std::shared_ptr<DataStore> open() {
    auto store = open_mysql(options_, clock_);
    EXPECT_TRUE(store) << store.error().describe();
    return store ? *store : nullptr;
  }
  // Why it cannot be opened.
  std::string refusal() {
    auto store = open_mysql(options_, clock_);
    EXPECT_FALSE(store);
    if (store) return {};
    EXPECT_TRUE(store.error().is(StoreError::kConfiguration)) << store.error().describe();
    return store.error().text();
  }
  SystemClock clock_;
  MySqlOptions options_;
};

TEST_F(MySqlStore, SpeaksTlsWithAServerThatItKnows) {
  const auto cipher = [&] {
    auto connection = mysql::Connection::open(options_);
    EXPECT_TRUE(connection) << connection.error().text;
    std::string out;
    if (connection)
      EXPECT_TRUE(
          (*connection)->run("SHOW STATUS LIKE 'Ssl_cipher'", [&](std::size_t, const mysql::Row& row) {
            out = row[1];
          }));
    return out;
  };
  EXPECT_EQ(cipher(), "");
  options_.tls = true;
  options_.ca_file = server().parameter("ca");
  EXPECT_NE(cipher(), "");
  EXPECT_TRUE(open());
  options_.host = "localhost";
  EXPECT_NE(cipher(), "") << "by its name, and not by the socket";
}

TEST_F(MySqlStore, RefusesACertificateOfNobodyThatItKnows) {
  options_.tls = true;
  EXPECT_THAT(refusal(), ::testing::AnyOf(HasSubstr("ertificate"), HasSubstr("TLS"), HasSubstr("SSL")));
  options_.allow_invalid_certs = true;
  EXPECT_TRUE(open());
}

TEST_F(MySqlStore, NamesWhatIsWrongWhenItCannotBeOpened) {
  options_.password = Secret("wrong");
  EXPECT_THAT(refusal(), HasSubstr("Access denied"));
  options_.password = Secret("pw");
  options_.database = "no_such";
  EXPECT_THAT(refusal(), HasSubstr("no_such"));
}

TEST_F(MySqlStore, RefusesTablesOfANewerGannet) {
  ASSERT_TRUE(open());
  sql("UPDATE gannet_schema SET value=99 WHERE name='version'", options_.database);
  EXPECT_THAT(refusal(), HasSubstr("newer"));
}

TEST_F(MySqlStore, RunsTheOperatorsStatementsAtStart) {
  options_.init = {"CREATE TABLE IF NOT EXISTS users (name VARCHAR(64))",
                   "INSERT INTO users VALUES ('it''s me')"};
  ASSERT_TRUE(open());
  EXPECT_THAT(sql("SELECT name FROM users", options_.database), ::testing::ElementsAre("it's me"));
  options_.init = {"CREATE TABEL wrong"};
  EXPECT_THAT(refusal(), HasSubstr("init.execute: \"CREATE TABEL wrong\""));
}

TEST_F(MySqlStore, TellsHowMuchAValueMayHold) {
  auto store = open();
  ASSERT_TRUE(store);
  const std::size_t most = store->limits().max_value_bytes;
  EXPECT_GT(most, 15U << 20) << "of the server's packets of 16 MB";
  const std::string large(most, '\'');
  ASSERT_TRUE(store->commit(setting("alarge", large)));
  EXPECT_TRUE(*store->get("alarge") == large);
  WriteBatch next;
  next.require_value("alarge", large);
  next.set("alarge", "small");
  EXPECT_TRUE(store->commit(std::move(next)));

  options_.max_packet = 8 << 20;
  store = open();
  ASSERT_TRUE(store);
  EXPECT_LT(store->limits().max_value_bytes, 8U << 20);
  const auto refused = store->commit(setting("alarge", large));
  EXPECT_TRUE(!refused && refused.error().is(StoreError::kTooLarge));
  options_.max_packet = 1 << 20;
  EXPECT_THAT(refusal(), HasSubstr("max-allowed-packet"));
}

TEST_F(MySqlStore, OpensNoMoreConnectionsThanItMay) {
  options_.pool.max_connections = 3;
  auto store = open();
  ASSERT_TRUE(store);
  std::atomic<int> running{12};
  std::vector<std::jthread> writers;
  for (int w = 0; w < 12; ++w)
    writers.emplace_back([&, w] {
      for (int i = 0; i < 20; ++i)
        EXPECT_TRUE(store->commit(setting("a" + std::to_string(w), std::to_string(i))));
      --running;
    });
  std::size_t most = 0;
  while (running > 0)
    most = std::max(most, static_cast<std::size_t>(std::stoul(
                              sql("SELECT COUNT(*) FROM information_schema.processlist WHERE db='" +
                                  options_.database + "'")[0])));
  EXPECT_GE(most, 1U);
  EXPECT_LE(most, 3U);
}

TEST_F(MySqlStore, SnapshotsAreFewAndDoNotLastForEver) {
  options_.pool.max_connections = 4;
  options_.pool.wait_timeout = 100ms;
  ManualClock clock;
  auto store = *open_mysql(options_, clock);
  ASSERT_TRUE(store->commit(setting("a1", "before")));
  auto first = store->snapshot(), second = store->snapshot();
  ASSERT_TRUE(first && second);
  auto third = store->snapshot();
  ASSERT_FALSE(third);
  EXPECT_TRUE(third.error().is(StoreError::kUnavailable));
  first->reset();
  third = store->snapshot();
  ASSERT_TRUE(third) << "its place was free again";
  clock.advance(11min);
  const auto old = (*second)->get("a1");
  ASSERT_FALSE(old);
  EXPECT_TRUE(old.error().is(StoreError::kUnavailable));
  EXPECT_TRUE(soon([&] { return store->snapshot().has_value(); })) << "nobody may hold the places for ever";
}

TEST_F(MySqlStore, AReadOnlyServerStopsWritesUntilItWritesAgain) {
  sql("CREATE OR REPLACE USER plain@'127.0.0.1' IDENTIFIED BY 'pw'; GRANT ALL ON " + options_.database +
      ".* TO plain@'127.0.0.1'");
  options_.user = "plain";
  options_.probe_interval = 20ms;
  auto store = open();
  ASSERT_TRUE(store) << "rights on its database are enough";
  ASSERT_TRUE(store->commit(setting("a1", "before")));
  sql("SET GLOBAL read_only=1");
  const auto refused = store->commit(setting("a1", "meanwhile"));
  EXPECT_TRUE(!refused && refused.error().is(StoreError::kUnavailable));
  EXPECT_EQ(*store->get("a1"), "before");
  EXPECT_FALSE(store->writable());
  sql("SET GLOBAL read_only=0");
  EXPECT_TRUE(soon([&] { return store->writable(); }));
  EXPECT_TRUE(store->commit(setting("a1", "after")));
}

TEST_F(MySqlStore, IsOpenedAsTheSettingsSay) {
  const std::string text =
      "server.hostname = \"mx.example.org\"\n[storage]\ndata = \"db\"\nblob = \"db\"\nfts = \"db\"\nlookup = "
      "\"db\"\n"
      "[store.db]\ntype = \"mysql\"\nhost = \"" +
      options_.host + "\"\nport = " + std::to_string(options_.port) + "\ndatabase = \"" + options_.database +
      "\"\nuser = \"mail\"\ntimeout = \"15s\"\npool.max-connections = 10\npool.min-connections = 5\n";
  SystemRandom random;
  const auto opened = [&](const std::string& more) {
    auto config = config::Config::load_text(text + more, "test.toml", {.fragment = true});
    EXPECT_TRUE(config) << config.error().describe();
    return open_stores(*config, clock_, random);
  };
  const auto stores = opened("password = \"pw\"\n");
  ASSERT_TRUE(stores) << stores.error().describe();
  EXPECT_TRUE(stores->data->commit(setting("a1", "1")));
  EXPECT_TRUE(stores->lookup->set("key", "value", 1min));
  EXPECT_EQ(*stores->lookup->get("key"), "value");
  const std::string tls = "password = \"pw\"\ntls.enable = true\n";
  const auto known = opened(tls + "tls.ca-file = \"" + server().parameter("ca") + "\"\n");
  ASSERT_TRUE(known) << known.error().describe();
  EXPECT_TRUE(known->data->commit(setting("a2", "2")));
  EXPECT_FALSE(opened(tls));
  const auto nowhere = opened(tls + "tls.ca-file = \"/nowhere/ca.pem\"\n");
  ASSERT_FALSE(nowhere);
  EXPECT_THAT(nowhere.error().text(), HasSubstr("store.db.tls.ca-file"));
  const auto refused = opened("password = \"other\"\n");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().text(), HasSubstr("test.toml"));
  EXPECT_THAT(refused.error().text(), HasSubstr("store.db."));
}

}  // namespace
}  // namespace gannet::store::contract
