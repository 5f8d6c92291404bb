#include "login/gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "directory/internal_directory.h"
#include "store/rocksdb/rocksdb_store.h"
#include "tests/contract/directory_harness.h"
#include "tests/contract/harness.h"

namespace gannet::login {
namespace {

using directory::AuthFailure;
using namespace std::chrono_literals;

// A lookup store that is away.
class NoLookup final : public store::LookupStore {
 public:
  Result<std::optional<std::string>> get(std::string_view) override { return away(); }
  Result<void> set(std::string_view, std::string_view, Duration) override { return away(); }
  Result<void> remove(std::string_view) override { return away(); }
  Result<std::int64_t> increment(std::string_view, std::int64_t, Duration) override { return away(); }
  Result<std::int64_t> counter(std::string_view) override { return away(); }
  Result<bool> lock(std::string_view, std::string_view, Duration) override { return away(); }
  Result<void> unlock(std::string_view, std::string_view) override { return away(); }
  Result<std::size_t> purge_expired(std::size_t) override { return away(); }
  Result<store::LookupPage> entries(const std::string&, std::size_t) override { return away(); }
  Result<std::optional<store::LookupEntry>> entry(store::LookupKind, std::string_view) override {
    return away();
  }
  Result<void> restore(const store::LookupEntry&) override { return away(); }
  Result<void> erase(store::LookupKind, std::string_view) override { return away(); }

 private:
  static std::unexpected<Error> away() {
    return fail(store::StoreError::kUnavailable, "the lookup store is away", Retry::kCanHelp);
  }
};

class GateTest : public testing::Test {
 protected:
  void SetUp() override {
    data_ = *store::open_rocksdb({.path = folder_.path() + "/db", .write_buffer_size = 1 << 20}, system_);
    lookup_ = store::memory_lookup_store(1 << 20, clock_);
    directory_ = std::make_shared<directory::InternalDirectory>(
        directory::InternalOptions{}, data_,
        std::make_shared<directory::Logins>(directory::contract::quick_logins(), clock_, random_), clock_,
        random_);
    ASSERT_TRUE(directory_->create({.type = directory::PrincipalType::kDomain, .name = "example.org"}, {}));
    ASSERT_TRUE(directory_->create(
        {.name = "alice", .emails = {"alice@example.org", "al@example.org", "a.l@example.org"}}, "secret"));
    options_.ban_for = 1h;
    options_.ban_at_most = 3h;
    options_.allowed = {*IpNetwork::parse("198.51.100.0/24")};
    options_.blocked = {*IpNetwork::parse("192.0.2.0/24")};
  }
  std::unique_ptr<Gate> open() {
    auto gate = std::make_unique<Gate>(options_, data_, lookup_, clock_);
    EXPECT_TRUE(gate->bans()->load());
    return gate;
  }
  // "in", or why not.
  std::string ask(Gate& gate, const std::string& from, const std::string& login,
                  const std::string& password) {
    const auto out = gate.authenticate(
        *directory_, {.login = login, .password = password, .remote_ip = from, .protocol = "imap"});
    if (!out) return out.error().text();
    return out->principal ? "in" : std::string(to_string(out->failure));
  }
  static bool banned(const Gate& gate, const std::string& from) {
    return gate.is_banned(*IpAddress::parse(from));
  }

  store::contract::TemporaryDirectory folder_;
  SystemClock system_;
  ManualClock clock_;
  SeededRandom random_{1};
  std::shared_ptr<store::DataStore> data_;
  std::shared_ptr<store::LookupStore> lookup_;
  std::shared_ptr<directory::InternalDirectory> directory_;
  GateOptions options_;
};

TEST_F(GateTest, OverTheRateNoPasswordIsChecked) {
  options_.retry = {3, 1min};
  const auto gate = open();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ask(*gate, "203.0.113.1", "alice", "x"), "wrong password");
  EXPECT_EQ(ask(*gate, "203.0.113.1", "alice", "secret"), "too many failures");
  EXPECT_EQ(ask(*gate, "203.0.113.2", "alice", "secret"), "in");
  // Another node knows it too.
  EXPECT_EQ(ask(*open(), "203.0.113.1", "alice", "secret"), "too many failures");
  // It fades: half a window after the next has begun, half of it counts.
  clock_.advance(2min);
  EXPECT_EQ(ask(*gate, "203.0.113.1", "alice", "secret"), "in");
}

TEST_F(GateTest, LoopbackAndAllowedAddressesAreNotCounted) {
  options_.retry = {1, 1min};
  options_.ban_address = {1, 24h};
  const auto gate = open();
  for (const auto* from : {"127.0.0.1", "::1", "198.51.100.7"}) {
    for (int i = 0; i < 3; ++i) EXPECT_EQ(ask(*gate, from, "alice", "x"), "wrong password") << from;
    EXPECT_EQ(ask(*gate, from, "alice", "secret"), "in");
    EXPECT_FALSE(banned(*gate, from));
  }
  EXPECT_TRUE(banned(*gate, "192.0.2.5"));
  EXPECT_EQ(ask(*gate, "192.0.2.5", "alice", "secret"), "banned");
}

TEST_F(GateTest, BansEndAndEachLastsTwiceAsLong) {
  options_.ban_address = {2, 24h};
  auto gate = open();
  const auto guess = [&] { return ask(*gate, "203.0.113.1", "nobody", "x"); };
  guess();
  EXPECT_FALSE(banned(*gate, "203.0.113.1"));
  guess();
  EXPECT_TRUE(banned(*gate, "203.0.113.1"));
  EXPECT_EQ(guess(), "banned");
  clock_.advance(61min);
  EXPECT_FALSE(banned(*gate, "203.0.113.1"));
  EXPECT_THAT(*gate->bans()->list(), testing::IsEmpty());
  EXPECT_EQ(guess(), "no such user");
  EXPECT_FALSE(banned(*gate, "203.0.113.1")) << "whoever has served his time may err once";
  EXPECT_EQ(guess(), "no such user");
  const auto second = *gate->bans()->list();
  ASSERT_EQ(second.size(), 1U);
  EXPECT_EQ(*second[0].until - second[0].since, 2h);
  clock_.advance(121min);
  guess();
  guess();
  EXPECT_EQ(*gate->bans()->list()->front().until - clock_.now(), 3h) << "no longer than ban_at_most";
  // After a restart, too.
  gate = open();
  EXPECT_TRUE(banned(*gate, "203.0.113.1"));
}

TEST_F(GateTest, ANeighbourInTheSame64IsTheSameClient) {
  options_.ban_address = {2, 24h};
  const auto gate = open();
  ask(*gate, "2001:db8::1", "nobody", "x");
  ask(*gate, "2001:db8::2", "nobody", "x");
  EXPECT_TRUE(banned(*gate, "2001:db8::3"));
  EXPECT_FALSE(banned(*gate, "2001:db8:0:1::3"));
}

TEST_F(GateTest, ABannedAccountStaysOpenForItsOwner) {
  options_.ban_account = {3, 1h};
  const auto gate = open();
  EXPECT_EQ(ask(*gate, "203.0.113.9", "Alice", "secret"), "in");
  for (int i = 0; i < 3; ++i) ask(*gate, "203.0.113." + std::to_string(i), "alice", "x");
  EXPECT_EQ(ask(*gate, "203.0.113.50", "ALICE", "secret"), "banned");
  EXPECT_EQ(ask(*gate, "203.0.113.9", "alice", "secret"), "in");
  // A login that does not exist is banned just so.
  for (int i = 0; i < 3; ++i) ask(*gate, "203.0.113." + std::to_string(i), "nobody", "x");
  EXPECT_EQ(ask(*gate, "203.0.113.50", "nobody", "secret"), "banned");
  ASSERT_TRUE(*gate->lift(*parse_target("alice")));
  EXPECT_EQ(ask(*gate, "203.0.113.50", "alice", "secret"), "in");
  EXPECT_FALSE(*gate->lift(*parse_target("alice")));
}

TEST_F(GateTest, WhoseBanWasLiftedBeginsAnew) {
  options_.ban_address = {3, 24h};
  options_.ban_account = {5, 24h};
  options_.retry = {3, 1h};
  const auto gate = open();
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 3; ++i) ask(*gate, "203.0.113.1", "nobody", "x");
    ASSERT_TRUE(banned(*gate, "203.0.113.1")) << round;
    const auto ban = gate->bans()->list()->front();
    EXPECT_EQ(*ban.until - ban.since, 1h) << "as if it were the first";
    ASSERT_TRUE(*gate->lift(*parse_target("203.0.113.1")));
    EXPECT_EQ(ask(*gate, "203.0.113.1", "nobody", "x"), "no such user");
    EXPECT_FALSE(banned(*gate, "203.0.113.1"));
    EXPECT_EQ(ask(*gate, "203.0.113.1", "alice", "secret"), "in");
    ASSERT_FALSE(*gate->lift(*parse_target("203.0.113.1")));
    clock_.advance(3 * 24h);
  }
  for (int i = 0; i < 5; ++i) ask(*gate, "203.0.113." + std::to_string(10 + i), "alice", "x");
  EXPECT_EQ(ask(*gate, "203.0.113.50", "alice", "secret"), "banned");
  ASSERT_TRUE(*gate->lift(*parse_target("alice")));
  EXPECT_EQ(ask(*gate, "203.0.113.51", "alice", "x"), "wrong password");
  EXPECT_EQ(ask(*gate, "203.0.113.50", "alice", "secret"), "in");
}

// Each adds, lifts and adds again: in the end what is in memory is what is in the store.
TEST_F(GateTest, BansThatComeAtOnceAreAllKept) {
  const auto gate = open();
  constexpr int kThreads = 4, kEach = 20;
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kThreads; ++thread)
      threads.emplace_back([&, thread] {
        for (int i = 0; i < kEach; ++i) {
          auto ban = *parse_target("10.1." + std::to_string(thread) + "." + std::to_string(i));
          ban.since = clock_.now();
          EXPECT_TRUE(gate->bans()->add(ban));
          if (i % 2 == 1) EXPECT_TRUE(*gate->bans()->remove(ban));
        }
      });
  }
  for (int thread = 0; thread < kThreads; ++thread)
    for (int i = 0; i < kEach; ++i) {
      const std::string address = "10.1." + std::to_string(thread) + "." + std::to_string(i);
      EXPECT_EQ(banned(*gate, address), i % 2 == 0) << address;
    }
  EXPECT_EQ(gate->bans()->list()->size(), std::size_t{kThreads * kEach / 2});
}

TEST_F(GateTest, AnAccountIsOneWhicheverOfItsAddressesIsGiven) {
  options_.ban_account = {3, 1h};
  const auto gate = open();
  EXPECT_EQ(ask(*gate, "203.0.113.9", "al@example.org", "secret"), "in");
  const std::vector<std::string> logins = {"alice", "alice@example.org", "AL@example.org"};
  for (std::size_t i = 0; i < logins.size(); ++i)
    EXPECT_EQ(ask(*gate, "203.0.113." + std::to_string(i), logins[i], "x"), "wrong password");
  for (const auto* login : {"alice", "al@example.org", "a.l@example.org"}) {
    EXPECT_EQ(ask(*gate, "203.0.113.50", login, "secret"), "banned") << login;
    EXPECT_EQ(ask(*gate, "203.0.113.9", login, "secret"), "in") << "from where its owner has logged in";
  }
  ASSERT_EQ(gate->bans()->list()->size(), 1U);
  EXPECT_EQ(gate->bans()->list()->front().target, "alice");
  // Who proves himself by SCRAM or a certificate is no other.
  EXPECT_EQ(
      gate->admit(*directory_, {.login = "al@example.org", .remote_ip = "203.0.113.50", .protocol = "imap"})
          ->failure,
      AuthFailure::kBanned);
}

TEST_F(GateTest, WrongProofsOfAnyAddressCountForTheAccount) {
  options_.ban_account = {2, 1h};
  const auto gate = open();
  for (const auto* login : {"al@example.org", "a.l@example.org"}) {
    const directory::Credentials credentials{.login = login, .remote_ip = "203.0.113.1", .protocol = "imap"};
    const auto secrets = gate->scram_secrets(*directory_, credentials);
    ASSERT_TRUE(secrets);
    gate->refuse(credentials, AuthFailure::kWrongPassword, secrets->account);
  }
  EXPECT_EQ(ask(*gate, "203.0.113.50", "alice", "secret"), "banned");
}

TEST_F(GateTest, ProofsAreCountedAsPasswordsAre) {
  options_.retry = {2, 1min};
  const auto gate = open();
  const directory::Credentials credentials{.login = "alice", .remote_ip = "203.0.113.1", .protocol = "imap"};
  EXPECT_TRUE(gate->admit(*directory_, credentials)->principal);
  EXPECT_EQ(gate->refuse(credentials, AuthFailure::kWrongPassword, "alice").failure,
            AuthFailure::kWrongPassword);
  EXPECT_EQ(gate->refuse(credentials, AuthFailure::kWrongPassword, "alice").failure,
            AuthFailure::kWrongPassword);
  EXPECT_EQ(gate->refuse(credentials, AuthFailure::kWrongPassword, "alice").failure,
            AuthFailure::kTooManyFailures);
  EXPECT_EQ(gate->admit(*directory_, credentials)->failure, AuthFailure::kTooManyFailures);
}

TEST_F(GateTest, WithoutTheLookupStoreEachNodeCountsForItself) {
  options_.retry = {2, 1min};
  options_.ban_account = {100, 1h};
  lookup_ = std::make_shared<NoLookup>();
  const auto gate = open();
  EXPECT_EQ(ask(*gate, "203.0.113.1", "alice", "secret"), "in");
  for (int i = 0; i < 2; ++i) EXPECT_EQ(ask(*gate, "203.0.113.1", "alice", "x"), "wrong password");
  EXPECT_EQ(ask(*gate, "203.0.113.1", "alice", "secret"), "too many failures");
  EXPECT_EQ(ask(*open(), "203.0.113.1", "alice", "secret"), "in");
  options_.refuse_without_lookup = true;
  EXPECT_EQ(ask(*open(), "203.0.113.2", "alice", "secret"), "the lookup store is away");
}

TEST(Target, AddressesNetworksAndLogins) {
  EXPECT_EQ(parse_target("2001:db8::7")->target, "2001:db8::/64");
  EXPECT_EQ(parse_target("203.0.113.7/24")->target, "203.0.113.0/24");
  EXPECT_EQ(parse_target("Alice@Example.org")->target, "alice@example.org");
  EXPECT_TRUE(parse_target("Alice@Example.org")->account);
  EXPECT_FALSE(parse_target(""));
  EXPECT_FALSE(parse_target("a\x01"));
}

}  // namespace
}  // namespace gannet::login
