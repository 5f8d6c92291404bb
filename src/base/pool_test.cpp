#include "base/pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

namespace gannet {
namespace {

using std::chrono_literals::operator""ms;

struct Connection {
  explicit Connection(std::atomic<int>& open) : open(open) { ++open; }
  ~Connection() { --open; }
  std::atomic<int>& open;
  bool works = true;
};

class PoolTest : public testing::Test {
 protected:
  Pool<Connection> pool(const PoolOptions& options) {
    return Pool<Connection>(
        options, clock_,
        [this]() -> Result<std::unique_ptr<Connection>> {
          if (refuse_) return fail(PoolError::kExhausted, "refused");
          return std::make_unique<Connection>(open_);
        },
        [this](const Connection& connection) {
          ++checks_;
          if (checking_) checking_();
          return connection.works;
        });
  }
  ManualClock clock_;
  std::atomic<int> open_{0};
  std::atomic<bool> refuse_{false};
  std::atomic<int> checks_{0};
  std::function<void()> checking_;
};

TEST_F(PoolTest, UsesOneAgain) {
  auto pool = this->pool({});
  const Connection* first = &**pool.take();
  EXPECT_EQ(&**pool.take(), first);
  EXPECT_EQ(pool.statistics().created, 1u);
  EXPECT_TRUE(pool.take()->reused());
}

TEST_F(PoolTest, GivesUpWhenAllAreInUse) {
  auto pool = this->pool({.max_connections = 2, .wait_timeout = 5ms});
  auto one = pool.take(), two = pool.take();
  const auto three = pool.take();
  ASSERT_FALSE(three);
  EXPECT_TRUE(three.error().is(PoolError::kExhausted));
  EXPECT_TRUE(three.error().retry_can_help());
  EXPECT_EQ(pool.statistics().exhausted, 1u);
  EXPECT_EQ(pool.statistics().in_use, 2u);
}

TEST_F(PoolTest, WaitsForOneToComeFree) {
  auto pool = this->pool({.max_connections = 2});
  std::atomic<int> in_use{0}, most{0};
  std::vector<std::jthread> users;
  users.reserve(8);
  for (int i = 0; i < 8; ++i)
    users.emplace_back([&] {
      for (int round = 0; round < 200; ++round) {
        auto lease = pool.take();
        ASSERT_TRUE(lease);
        most = std::max<int>(most, ++in_use);
        std::this_thread::yield();
        --in_use;
      }
    });
  users.clear();
  EXPECT_LE(most, 2);
  EXPECT_LE(pool.statistics().created, 2u);
}

TEST_F(PoolTest, APlaceIsFreeAgainWhenNoneCouldBeMade) {
  auto pool = this->pool({.max_connections = 1, .wait_timeout = 5ms});
  refuse_ = true;
  EXPECT_FALSE(pool.take());
  refuse_ = false;
  EXPECT_TRUE(pool.take());
}

TEST_F(PoolTest, ClosesWhatIsBrokenOldOrIdle) {
  auto pool = this->pool({.min_connections = 1, .max_lifetime = 60'000ms, .idle_timeout = 10'000ms});
  {
    auto broken = pool.take();
    broken->discard();
  }
  EXPECT_EQ(open_, 0);
  {
    auto one = pool.take(), two = pool.take();
  }
  EXPECT_EQ(open_, 2);
  clock_.advance(10'000ms);
  pool.reap();
  EXPECT_EQ(open_, 1) << "the minimum stays";
  clock_.advance(50'000ms);
  pool.reap();
  EXPECT_EQ(open_, 0) << "but no longer than it may live";
  EXPECT_EQ(pool.statistics().open, 0u);
}

TEST_F(PoolTest, ChecksOneThatWasIdle) {
  auto pool = this->pool({.check_after = 1'000ms});
  (*pool.take())->works = false;
  clock_.advance(999ms);
  EXPECT_FALSE((*pool.take())->works) << "used a moment ago: not checked";
  clock_.advance(1'000ms);
  EXPECT_TRUE((*pool.take())->works) << "replaced";
}

TEST_F(PoolTest, OneThatNoLongerWorksStandsForAllThatWereIdle) {
  auto pool = this->pool({.check_after = 1'000ms});
  {
    std::vector<Pool<Connection>::Lease> all;
    for (int i = 0; i < 10; ++i) {
      all.push_back(*pool.take());
      all.back()->works = false;
    }
  }
  clock_.advance(1'000ms);
  auto fresh = pool.take();
  EXPECT_TRUE((*fresh)->works);
  EXPECT_EQ(checks_, 1) << "a silent server costs one check";
  EXPECT_EQ(open_, 1) << "the others were closed";
  EXPECT_EQ(pool.statistics().discarded, 10u);
}

TEST_F(PoolTest, OneThatWorkedAMomentAgoStaysWhereAnotherDoesNot) {
  auto pool = this->pool({.max_connections = 2, .check_after = 1'000ms});
  auto in_use = pool.take();
  (*pool.take())->works = false;
  clock_.advance(1'000ms);
  std::optional<Pool<Connection>::Lease> busy = *std::move(in_use);
  const Connection* working = &**busy;
  checking_ = [&] { busy.reset(); };  // it comes back while the other one is checked
  EXPECT_EQ(&**pool.take(), working);
  EXPECT_EQ(open_, 1);
}

}  // namespace
}  // namespace gannet
