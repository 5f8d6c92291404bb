// Lookups in a real Redis, alone and as a cluster, and spread over two stores.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <sstream>
#include <thread>

#include "config/config.h"
#include "net/tls.h"
#include "store/redis/redis_lookup_store.h"
#include "store/sharded_lookup_store.h"
#include "store/stores.h"
#include "tests/backends/backend.h"
#include "tests/contract/lookup_store_contract.h"

namespace gannet::store {
namespace {

using namespace std::chrono_literals;
using gannet::testing::Backend;
using ::testing::HasSubstr;

// What the servers take for the time: see tests/backends/servers/redis.py.
void set_time(const Backend& server, std::int64_t ms) {
  const int fd = ::open(server.parameter("clock").c_str(), O_WRONLY | O_CLOEXEC);
  ASSERT_GE(fd, 0);
  EXPECT_EQ(::pwrite(fd, &ms, sizeof ms, 0), static_cast<ssize_t>(sizeof ms));
  ::close(fd);
}

RedisOptions options_for(const Backend& server, bool cluster) {
  RedisOptions options;
  options.id = cluster ? "cluster" : "single";
  options.cluster = cluster;
  std::istringstream ports(server.parameter("ports"));
  for (std::string port; ports >> port;) options.servers.push_back({.host = "127.0.0.1", .port = port});
  options.connection.timeout = 5s;
  options.min_wait = 10ms;
  options.max_wait = 100ms;
  return options;
}

// Brings the servers' time to the test's before every call.
class OnTestTime final : public LookupStore {
 public:
  OnTestTime(std::shared_ptr<LookupStore> store, Clock& clock, Backend& server)
      : store_(std::move(store)), clock_(clock), server_(server) {}
  Result<std::optional<std::string>> get(std::string_view key) override { return now().get(key); }
  Result<void> set(std::string_view key, std::string_view value, Duration ttl) override {
    return now().set(key, value, ttl);
  }
  Result<void> remove(std::string_view key) override { return now().remove(key); }
  Result<std::int64_t> increment(std::string_view key, std::int64_t delta, Duration ttl) override {
    return now().increment(key, delta, ttl);
  }
  Result<std::int64_t> counter(std::string_view key) override { return now().counter(key); }
  Result<bool> lock(std::string_view key, std::string_view holder, Duration lease) override {
    return now().lock(key, holder, lease);
  }
  Result<void> unlock(std::string_view key, std::string_view holder) override {
    return now().unlock(key, holder);
  }
  Result<std::size_t> purge_expired(std::size_t limit) override { return now().purge_expired(limit); }
  Result<LookupPage> entries(const std::string& position, std::size_t limit) override {
    return now().entries(position, limit);
  }
  Result<std::optional<LookupEntry>> entry(LookupKind kind, std::string_view key) override {
    return now().entry(kind, key);
  }
  Result<void> restore(const LookupEntry& entry) override { return now().restore(entry); }
  Result<void> erase(LookupKind kind, std::string_view key) override { return now().erase(kind, key); }

 private:
  LookupStore& now() {
    if (const auto ms = to_unix_ms(clock_.now()); told_.exchange(ms) != ms) set_time(server_, ms);
    return *store_;
  }
  const std::shared_ptr<LookupStore> store_;
  Clock& clock_;
  Backend& server_;
  std::atomic<std::int64_t> told_ = 0;
};

class Harness : public contract::Harness<LookupStore> {
 public:
  explicit Harness(std::string name) : server_(Backend::shared(name)), cluster_(name == "redis_cluster") {}
  ~Harness() override {
    if (skip_reason().empty()) set_time(server_, 0);
  }
  std::string skip_reason() override { return server_.skip_reason(); }
  bool forgets_by_itself() override { return true; }
  Result<std::shared_ptr<LookupStore>> open(Clock& clock) override {
    server_.tell("flush");
    auto store = open_redis(options_for(server_, cluster_), system_, random_);
    if (!store) return store;
    return std::make_shared<OnTestTime>(*store, clock, server_);
  }

 private:
  Backend& server_;
  const bool cluster_;
  SystemClock system_;
  SystemRandom random_;
};

class ShardedHarness : public contract::Harness<LookupStore> {
 public:
  Result<std::shared_ptr<LookupStore>> open(Clock& clock) override {
    return sharded_lookup_store({{.id = "a", .store = memory_lookup_store(1 << 26, clock)},
                                 {.id = "b", .store = memory_lookup_store(1 << 26, clock)}});
  }
};

}  // namespace

namespace contract {
INSTANTIATE_TEST_SUITE_P(
    Redis, LookupStoreContract,
    ::testing::Values(
        Backend<LookupStore>{.name = "single",
                             .make = [] { return std::make_unique<store::Harness>("redis"); }},
        Backend<LookupStore>{.name = "cluster",
                             .make = [] { return std::make_unique<store::Harness>("redis_cluster"); }},
        Backend<LookupStore>{.name = "sharded", .make = [] { return std::make_unique<ShardedHarness>(); }}),
    [](const auto& info) { return info.param.name; });
}  // namespace contract

namespace {

class RedisTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    GANNET_NEED_BACKEND(server_);
    server_.tell("flush");
    options_ = options_for(server_, GetParam() == "redis_cluster");
  }
  void TearDown() override {
    if (!undo_.empty()) server_.tell(undo_);
  }
  void tell(const std::string& command, const std::string& undo) {
    server_.tell(command);
    undo_ = undo;
  }
  void open() {
    auto store = open_redis(options_, clock_, random_);
    ASSERT_TRUE(store) << store.error().describe();
    store_ = *store;
  }
  Error open_failure() {
    const auto store = open_redis(options_, clock_, random_);
    EXPECT_FALSE(store);
    return store ? Error(StoreError::kInvalid, "") : store.error();
  }
  // With a deadline: tried until it works.
  bool comes_back() {
    for (const auto end = std::chrono::steady_clock::now() + 20s; std::chrono::steady_clock::now() < end;)
      if (store_->set("back", "yes", 0ms)) return true;
    return false;
  }

  SystemClock clock_;
  SystemRandom random_;
  Backend& server_ = Backend::shared(GetParam());
  RedisOptions options_;
  std::shared_ptr<LookupStore> store_;
  std::string undo_;
};

TEST_P(RedisTest, ComesBackAfterItWasKilled) {
  open();
  ASSERT_TRUE(store_->set("kept", "value", 0ms));
  ASSERT_TRUE(store_->increment("count", 5, 0ms));
  tell("kill", "start");
  options_.retries = 0;
  const auto lost = store_->get("kept");
  ASSERT_FALSE(lost);
  EXPECT_TRUE(lost.error().is(StoreError::kUnavailable)) << lost.error().describe();
  EXPECT_TRUE(lost.error().retry_can_help());
  EXPECT_FALSE(store_->increment("count", 1, 0ms));
  auto early = open_redis(options_, clock_, random_);
  EXPECT_TRUE(early) << "a server that is not there keeps nobody from starting";
  tell("start", "");
  ASSERT_TRUE(comes_back());
  EXPECT_EQ(*store_->get("kept"), "value");
  EXPECT_EQ(*store_->counter("count"), 5) << "what failed was not counted";
}

TEST_P(RedisTest, ARestartCostsAReaderNothing) {
  open();
  ASSERT_TRUE(store_->set("kept", "value", 0ms));
  server_.tell("kill");
  server_.tell("start");
  const auto found = store_->get("kept");
  ASSERT_TRUE(found) << found.error().describe();
  EXPECT_EQ(*found, "value") << "a connection that the server closed is made anew";
}

TEST_P(RedisTest, AFrozenServerCostsTheTimeout) {
  options_.connection.timeout = 300ms;
  options_.connection.create_timeout = 300ms;
  options_.recycle_timeout = 300ms;
  options_.retries = 1;
  open();
  ASSERT_TRUE(store_->set("kept", "value", 0ms));
  tell("freeze", "thaw");
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_TRUE(store_->get("kept").error().is(StoreError::kUnavailable));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 8s);
  tell("thaw", "");
  ASSERT_TRUE(comes_back());
  EXPECT_EQ(*store_->get("kept"), "value");
}

TEST_P(RedisTest, LogsInAsAUser) {
  options_.connection.user = "mail";
  options_.connection.password = Secret("wrong");
  const Error refused = open_failure();
  EXPECT_TRUE(refused.is(StoreError::kConfiguration)) << refused.describe();
  EXPECT_THAT(refused.text(), HasSubstr("password"));
  options_.connection.password = Secret("pw");
  open();
  ASSERT_TRUE(store_->set("k", "v", 0ms));
  EXPECT_EQ(*store_->increment("k", 2, 1min), 2);
  EXPECT_TRUE(*store_->lock("k", "me", 1min));
  EXPECT_TRUE(store_->unlock("k", "me"));
  options_.prefix = "other:";
  const Error denied = open_failure();
  EXPECT_TRUE(denied.is(StoreError::kConfiguration)) << denied.describe();
  EXPECT_THAT(denied.text(), HasSubstr("user: "));
  EXPECT_THAT(denied.text(), HasSubstr("other:*"));
}

TEST_P(RedisTest, ANodeOfAClusterIsNoSingleServer) {
  if (!options_.cluster) GTEST_SKIP() << "of a cluster only";
  options_.cluster = false;
  const Error refused = open_failure();
  EXPECT_TRUE(refused.is(StoreError::kConfiguration)) << refused.describe();
  EXPECT_THAT(refused.text(), HasSubstr("redis-type: "));
}

TEST_P(RedisTest, CountersOfAllSizes) {
  open();
  EXPECT_EQ(*store_->increment("big", INT64_MAX - 1, 0ms), INT64_MAX - 1) << "not rounded";
  EXPECT_EQ(*store_->increment("big", 1, 0ms), INT64_MAX);
  EXPECT_FALSE(store_->increment("big", 1, 0ms)) << "beyond";
  EXPECT_EQ(*store_->counter("big"), INT64_MAX);
  EXPECT_EQ(*store_->increment("small", INT64_MIN + 1, 0ms), INT64_MIN + 1);
  ASSERT_TRUE(store_->set("ever", "v", Duration::max()));
  EXPECT_EQ(*store_->get("ever"), "v");
}

TEST_P(RedisTest, BoundsItsConnections) {
  options_.pool.max_connections = 2;
  open();
  std::vector<std::jthread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        const std::string key = std::to_string(t * 100 + i);
        EXPECT_TRUE(store_->set(key, key, 1min));
        EXPECT_EQ(*store_->get(key), key);
      }
    });
  threads.clear();
}

INSTANTIATE_TEST_SUITE_P(Redis, RedisTest, ::testing::Values("redis", "redis_cluster"),
                         [](const auto& info) { return info.param; });

class RedisCluster : public RedisTest {};

TEST_P(RedisCluster, KeysLieOnAllNodesAndMayHoldBraces) {
  open();
  for (int i = 0; i < 300; ++i) {
    const std::string key = (i % 3 == 0 ? "{a}" : i % 3 == 1 ? "}{" : "") + std::to_string(i);
    ASSERT_TRUE(store_->set(key, key, 0ms));
    ASSERT_TRUE(store_->increment(key, 1, 0ms));
  }
  for (const auto& address : options_.servers) {
    const auto node = *redis::Connection::open(address, options_.connection);
    EXPECT_GT(node->run({"DBSIZE"}, 5s)->integer, 0) << address.text();
  }
  options_.servers.resize(1);
  open();
  EXPECT_EQ(*store_->get("{a}0"), "{a}0") << "one node tells of the others";
}

TEST_P(RedisCluster, FollowsSlotsThatMove) {
  open();
  std::vector<std::string> keys;
  for (int i = 0; i < 400; ++i) keys.push_back("key" + std::to_string(i));
  for (const auto& key : keys) ASSERT_TRUE(store_->set(key, key, 0ms));
  std::atomic<bool> done = false;
  std::jthread meanwhile([&] {
    while (!done)
      for (const auto& key : keys) {
        const auto found = store_->get(key);
        ASSERT_TRUE(found) << found.error().describe();
        ASSERT_EQ(*found, key);
      }
  });
  server_.tell("move");
  done = true;
  meanwhile.join();
  for (const auto& key : keys) EXPECT_EQ(*store_->get(key), key);
  for (const auto& key : keys) EXPECT_EQ(*store_->increment(key, 1, 0ms), 1);
}

TEST_P(RedisCluster, LosesOnlyWhatALostNodeHas) {
  options_.retries = 1;
  options_.max_wait = options_.min_wait;
  open();
  for (int i = 0; i < 60; ++i) ASSERT_TRUE(store_->set(std::to_string(i), "v", 0ms));
  tell("kill0", "start0");
  int found = 0, lost = 0;
  for (int i = 0; i < 60; ++i) (store_->get(std::to_string(i)) ? found : lost) += 1;
  EXPECT_GT(found, 20);
  EXPECT_GT(lost, 5);
  tell("start0", "");
  ASSERT_TRUE(comes_back());
  for (int i = 0; i < 60; ++i) EXPECT_TRUE(store_->get(std::to_string(i)));
}

INSTANTIATE_TEST_SUITE_P(Redis, RedisCluster, ::testing::Values("redis_cluster"),
                         [](const auto& info) { return info.param; });

class RedisSettings : public ::testing::Test {
 protected:
  void SetUp() override { GANNET_NEED_BACKEND(server_); }
  Result<Stores> stores(const std::string& lines) {
    const auto config = config::Config::load_text(
        "[store.db]\ntype = \"rocksdb\"\npath = \"" + directory_.path() + "/" + random_.token(8) + "\"\n" +
            "[storage]\ndata = \"db\"\nlookup = \"look\"\ndirectory = \"none\"\n" + lines,
        "test.toml", {.fragment = true, .environment = {}});
    if (!config) return std::unexpected(config.error());
    return open_stores(*config, clock_, random_);
  }
  std::string redis(const std::string& url, const std::string& more = {}) {
    return "[store.look]\ntype = \"redis\"\nurls = [\"" + url + "\"]\n" + more;
  }
  void works(const Result<Stores>& opened) {
    ASSERT_TRUE(opened) << opened.error().describe();
    const std::string key = random_.token(8);
    ASSERT_TRUE(opened->lookup->set(key, "v", 1min));
    EXPECT_EQ(*opened->lookup->get(key), "v");
  }

  contract::TemporaryDirectory directory_;
  SystemClock clock_;
  SystemRandom random_;
  Backend& server_ = Backend::shared("redis");
};

TEST_F(RedisSettings, OpenWhatTheySay) {
  const std::string host = "localhost:" + server_.parameter("port");
  works(stores(redis("redis://" + host)));
  works(stores(redis("redis://mail:pw@" + host + "/0")));
  works(stores(redis("redis://" + host + "/3", "user = \"mail\"\npassword = \"pw\"\n")));
  works(stores(
      redis("rediss://localhost:" + server_.parameter("tls_port"), "tls.allow-invalid-certs = true\n")));
  const std::string known = "tls.ca-file = \"" + server_.parameter("ca") + "\"\n";
  works(stores(redis("rediss://localhost:" + server_.parameter("tls_port"), known)));
  works(stores(redis("redis://localhost:" + server_.parameter("tls_port"), "tls.enable = true\n" + known)));
  works(stores("[store.look]\ntype = \"redis\"\nredis-type = \"cluster\"\nurls = [\"redis://127.0.0.1:" +
               Backend::shared("redis_cluster").parameter("port") + "\"]\n"));
  works(stores(
      "[store.look]\ntype = \"sharded-in-memory\"\nstores = [\"a\", \"b\"]\n[store.a]\ntype = \"memory\"\n" +
      std::string("[store.b]\ntype = \"redis\"\nurls = [\"redis://") + host + "\"]\n"));
}

TEST_F(RedisSettings, SayWhatIsWrong) {
  const std::string host = "localhost:" + server_.parameter("port");
  const auto wrong = [&](const std::string& lines, const std::string& expected) {
    const auto opened = stores(lines);
    ASSERT_FALSE(opened) << lines;
    EXPECT_THAT(opened.error().describe(), HasSubstr(expected));
  };
  wrong(redis("http://" + host), "urls");
  wrong(redis("redis://mail:no@" + host), "password");
  wrong(redis("rediss://localhost:" + server_.parameter("tls_port")), "certificate");
  const std::string tls = "rediss://127.0.0.1:" + server_.parameter("tls_port");
  wrong(redis(tls, "tls.ca-file = \"" + server_.parameter("ca") + "\"\n"), "certificate");
  wrong(redis(tls, "tls.ca-file = \"/nowhere/ca.pem\"\n"), "store.look.tls.ca-file");
  wrong(redis(tls, "tls.ca-file = \"" + server_.parameter("clock") + "\"\n"), "no certificate");
  wrong(redis("redis://" + host, "redis-type = \"cluster\"\n"), "redis-type");
  wrong(redis("redis://" + host, "retry.min-wait = \"2s\"\n"), "retry.min-wait");
  wrong("[store.look]\ntype = \"sharded-in-memory\"\nstores = [\"look\"]\n", "made of itself");
  wrong("[store.look]\ntype = \"sharded-in-memory\"\nstores = [\"a\", \"a\"]\n[store.a]\ntype = \"memory\"\n",
        "twice");
}

// A key goes where it went, whatever the order of the stores; a store that is added takes only its own.
TEST(ShardedLookups, SpreadEvenlyAndStay) {
  ManualClock clock;
  std::map<std::string, std::shared_ptr<LookupStore>> stores;
  for (const auto* id : {"a", "b", "c"}) stores[id] = memory_lookup_store(1 << 26, clock);
  const auto two =
      sharded_lookup_store({{.id = "a", .store = stores["a"]}, {.id = "b", .store = stores["b"]}});
  const auto turned =
      sharded_lookup_store({{.id = "b", .store = stores["b"]}, {.id = "a", .store = stores["a"]}});
  const auto three = sharded_lookup_store({{.id = "a", .store = stores["a"]},
                                           {.id = "b", .store = stores["b"]},
                                           {.id = "c", .store = stores["c"]}});
  int in_a = 0, moved = 0;
  for (int i = 0; i < 3000; ++i) {
    const std::string key = "key" + std::to_string(i);
    ASSERT_TRUE(two->set(key, "v", 0ms));
    in_a += stores["a"]->get(key)->has_value() ? 1 : 0;
    EXPECT_EQ(*turned->get(key), "v");
    moved += three->get(key)->has_value() ? 0 : 1;
  }
  EXPECT_NEAR(in_a, 1500, 150);
  EXPECT_NEAR(moved, 1000, 150);
}

}  // namespace
}  // namespace gannet::store
