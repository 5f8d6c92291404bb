#include "net/worker_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <semaphore>

#include "base/assert.h"
#include "net/task_group.h"

namespace gannet::net {
namespace {

class WorkerPoolTest : public ::testing::Test {
 protected:
  WorkerPoolTest()
      : runtime_({.threads = 2, .tick = std::chrono::milliseconds(10)}, clock_), tasks_(runtime_) {
    runtime_.start();
  }
  std::vector<std::shared_ptr<std::promise<void>>> kept_;  // of calls that may end late
  SystemClock clock_;
  Runtime runtime_;
  TaskGroup tasks_;
};

struct Outcomes {
  Result<int> value = 0;
  Result<> nothing;
  Result<std::unique_ptr<std::string>> moved;
  Result<int> failed = 0;
  Result<int> thrown = 0;
  bool other_thread = false;
  bool back = false;
};

Task<void> run_calls(WorkerPool* pool, std::promise<Outcomes>* done) {
  Outcomes out;
  auto here = std::this_thread::get_id();
  std::thread::id there;
  out.value = co_await pool->run([&] {
    there = std::this_thread::get_id();
    return 42;
  });
  out.other_thread = there != here;
  out.back = std::this_thread::get_id() == here;
  int called = 0;
  out.nothing = co_await pool->run([&] { ++called; });
  auto owned = std::make_unique<std::string>("moved");
  // A capture that can only be moved.
  out.moved = co_await pool->run([o = std::move(owned)]() mutable { return std::move(o); });
  out.failed = co_await pool->run([]() -> Result<int> { return fail(NetError::kInvalid, "no"); });
  out.thrown = co_await pool->run([]() -> int { throw std::runtime_error("thrown"); });
  done->set_value(std::move(out));
}

TEST_F(WorkerPoolTest, RunsElsewhereAndResumesHere) {
  auto bugs = bug_count();
  WorkerPool pool({.threads = 2});
  std::promise<Outcomes> done;
  tasks_.spawn("calls", [&] { return run_calls(&pool, &done); });
  auto out = done.get_future().get();
  EXPECT_EQ(*out.value, 42);
  EXPECT_TRUE(out.other_thread);
  EXPECT_TRUE(out.back);
  EXPECT_TRUE(out.nothing);
  EXPECT_EQ(**out.moved, "moved");
  EXPECT_TRUE(out.failed.error().is(NetError::kInvalid));
  EXPECT_TRUE(out.thrown.error().is(NetError::kInternal));
  EXPECT_EQ(out.thrown.error().detail(), "thrown");
  EXPECT_EQ(bug_count(), bugs + 1);
  EXPECT_EQ(pool.stats().finished, 4u);
  EXPECT_EQ(pool.stats().failed, 1u);
}

struct Untils {
  Result<> told, dropped, thrown;
  bool free_meanwhile = false;
};

struct Waits {
  std::counting_semaphore<> begun{0}, over{0};
};

Task<void> run_waiting(WorkerPool* pool, Waits* waits) {
  (void)co_await pool->run([&] {
    const WorkerPool::Waiting waiting;
    waits->begun.release();
    waits->over.acquire();
  });
}

Task<void> run_others(WorkerPool* pool, int calls, std::promise<void>* done) {
  for (int i = 0; i < calls; ++i) (void)co_await pool->run([] {});
  done->set_value();
}

// The pool has another thread for as long, and no more than it may.
TEST_F(WorkerPoolTest, WhoWaitsLeavesItsPlaceToOthers) {
  using std::chrono_literals::operator""s;
  using std::chrono_literals::operator""ms;
  WorkerPool pool({.threads = 1, .most_spare = 2});
  Waits waits;
  const auto wait = [&] {
    tasks_.spawn("waits", [&] { return run_waiting(&pool, &waits); });
    waits.begun.acquire();
  };
  const auto serves_others = [&](int calls, std::chrono::milliseconds limit) {
    auto done = std::make_shared<std::promise<void>>();
    tasks_.spawn("others", [&pool, calls, to = done.get()] { return run_others(&pool, calls, to); });
    auto came = done->get_future();
    kept_.push_back(std::move(done));
    return came.wait_for(limit) == std::future_status::ready;
  };
  wait();
  wait();
  EXPECT_TRUE(serves_others(100, 30s));
  EXPECT_EQ(pool.threads(), 3U);
  wait();
  EXPECT_FALSE(serves_others(1, 50ms)) << "it may have no more";
  waits.over.release(3);
  const auto end = std::chrono::steady_clock::now() + 30s;
  while (pool.threads() > 1 && std::chrono::steady_clock::now() < end) EXPECT_TRUE(serves_others(1, 30s));
  EXPECT_EQ(pool.threads(), 1U) << "the others have ended";
}

// On a pool of one thread.
Task<void> run_untils(WorkerPool* pool, std::promise<Untils>* out) {
  Untils outcomes;
  std::promise<WorkerPool::Done> handed;
  std::thread later([&, hand = handed.get_future()]() mutable {
    auto done = hand.get();
    // The pool's only thread is free while the coroutine still waits.
    while (pool->stats().finished == 0) std::this_thread::yield();
    outcomes.free_meanwhile = pool->stats().running == 0;
    done();
  });
  outcomes.told = co_await pool->run_until([&](WorkerPool::Done done) { handed.set_value(std::move(done)); });
  later.join();
  outcomes.dropped = co_await pool->run_until([](const WorkerPool::Done&) {});
  outcomes.thrown =
      co_await pool->run_until([](const WorkerPool::Done&) { throw std::runtime_error("thrown"); });
  out->set_value(std::move(outcomes));
}

TEST_F(WorkerPoolTest, WaitsUntilToldAndKeepsNoThreadMeanwhile) {
  WorkerPool pool({.threads = 1});
  std::promise<Untils> done;
  tasks_.spawn("untils", [&] { return run_untils(&pool, &done); });
  auto out = done.get_future().get();
  EXPECT_TRUE(out.told);
  EXPECT_TRUE(out.free_meanwhile);
  ASSERT_FALSE(out.dropped);
  EXPECT_TRUE(out.dropped.error().is(NetError::kInternal));
  ASSERT_FALSE(out.thrown);
  EXPECT_TRUE(out.thrown.error().is(NetError::kInternal));
}

TEST_F(WorkerPoolTest, AfterStopNothingIsHandedOn) {
  WorkerPool pool({.threads = 1});
  pool.stop();
  std::promise<Untils> done;
  auto run = [](WorkerPool* p, std::promise<Untils>* out) -> Task<void> {
    Untils outcomes;
    outcomes.told = co_await p->run_until([](WorkerPool::Done told) { told(); });
    out->set_value(std::move(outcomes));
  };
  tasks_.spawn("late", [&] { return run(&pool, &done); });
  auto out = done.get_future().get();
  ASSERT_FALSE(out.told);
  EXPECT_TRUE(out.told.error().is(NetError::kShutdown));
}

Task<void> run_blocked(WorkerPool* pool, std::counting_semaphore<>* go, std::atomic<int>* done,
                       std::counting_semaphore<>* ended) {
  auto result = co_await pool->run([go] { go->acquire(); });
  if (result) ++*done;
  ended->release();
}

Task<void> run_rejected(WorkerPool* pool, std::promise<Result<int>>* result) {
  result->set_value(co_await pool->run([] { return 1; }));
}

template <typename F>
void eventually(F condition) {
  auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    ASSERT_LT(std::chrono::steady_clock::now(), end);
    std::this_thread::yield();
  }
}

TEST_F(WorkerPoolTest, RefusesAtOnceWhenTheQueueIsFull) {
  WorkerPool pool({.threads = 2, .queue_limit = 3});
  std::counting_semaphore<> go(0), ended(0);
  std::atomic<int> done = 0;
  for (int i = 0; i < 5; ++i) tasks_.spawn("blocked", [&] { return run_blocked(&pool, &go, &done, &ended); });
  eventually([&] { return pool.stats().running == 2 && pool.stats().queued == 3; });
  std::promise<Result<int>> refused;
  tasks_.spawn("refused", [&] { return run_rejected(&pool, &refused); });
  auto result = refused.get_future().get();
  ASSERT_FALSE(result);
  EXPECT_TRUE(result.error().is(NetError::kOverloaded));
  EXPECT_TRUE(result.error().retry_can_help());
  EXPECT_EQ(pool.stats().rejected, 1u);
  go.release(5);
  for (int i = 0; i < 5; ++i) ended.acquire();
  EXPECT_EQ(done, 5);
}

TEST_F(WorkerPoolTest, StopFinishesWhatRunsAndRefusesWhatWaits) {
  WorkerPool pool({.threads = 1});
  std::counting_semaphore<> go(0), ended(0);
  std::atomic<int> done = 0;
  for (int i = 0; i < 3; ++i) tasks_.spawn("blocked", [&] { return run_blocked(&pool, &go, &done, &ended); });
  eventually([&] { return pool.stats().running == 1 && pool.stats().queued == 2; });
  auto stopping = std::async(std::launch::async, [&] { pool.stop(); });
  std::promise<Result<int>> after;
  for (int i = 0; i < 2; ++i) ended.acquire();
  EXPECT_EQ(done, 0);
  go.release(1);
  stopping.wait();
  ended.acquire();
  EXPECT_EQ(done, 1);
  tasks_.spawn("after", [&] { return run_rejected(&pool, &after); });
  EXPECT_TRUE(after.get_future().get().error().is(NetError::kShutdown));
}

Task<void> run_many(WorkerPool* pool, int count, std::atomic<int>* sum, std::counting_semaphore<>* ended) {
  for (int i = 0; i < count; ++i) {
    auto one = co_await pool->run([i] { return std::to_string(i); });
    if (one) *sum += std::stoi(*one);
  }
  ended->release();
}

TEST_F(WorkerPoolTest, ManyCoroutinesShareIt) {
  WorkerPool pool({.threads = 4});
  std::atomic<int> sum = 0;
  std::counting_semaphore<> ended(0);
  for (int i = 0; i < 50; ++i) tasks_.spawn("many", [&] { return run_many(&pool, 100, &sum, &ended); });
  for (int i = 0; i < 50; ++i) ended.acquire();
  EXPECT_EQ(sum, 50 * 4950);
}

// ---- TaskGroup.

Task<void> run_forever(std::counting_semaphore<>* started) {
  started->release();
  for (;;) co_await sleep_for(std::chrono::hours(1));
}

TEST_F(WorkerPoolTest, ATaskGroupCancelsAndJoinsItsTasks) {
  std::counting_semaphore<> started(0);
  TaskGroup group(runtime_);
  for (int i = 0; i < 10; ++i) group.spawn("sleeper", [&] { return run_forever(&started); });
  for (int i = 0; i < 10; ++i) started.acquire();
  EXPECT_EQ(group.running().size(), 10u);
  EXPECT_FALSE(group.join(Duration(10)));
  auto bugs = bug_count();
  group.cancel();
  EXPECT_TRUE(group.join(std::chrono::seconds(10)));
  EXPECT_EQ(bug_count(), bugs);
  group.spawn("too late", [&] { return run_forever(&started); });
  EXPECT_TRUE(group.running().empty());
}

}  // namespace
}  // namespace gannet::net
