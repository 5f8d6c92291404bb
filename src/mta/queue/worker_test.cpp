#include "mta/queue/worker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <thread>

#include "mta/errors.h"
#include "mta/testing/house.h"
#include "observe/log.h"

namespace gannet::mta {
namespace {

using ::testing::HasSubstr;
using testing::House;
using ::testing::SizeIs;

// More than small@demo.test has room for.
std::string big(const std::string& subject = "big") {
  return "Subject: " + subject + "\r\n\r\n" + std::string(2900, 'x') + "\r\n";
}

class WorkerTest : public ::testing::Test {
 protected:
  // small@ and alice@ get one message; small@ is over quota.
  void queue_one(const std::string& sender = "bob@demo.test") {
    ASSERT_EQ(house_.send(sender, {"small@demo.test", "alice@demo.test"}, big()).code, 250);
    ASSERT_THAT(house_.queued(), SizeIs(1));
    ASSERT_THAT(house_.inbox("small@demo.test"), SizeIs(0));
  }
  void make_room() {
    directory::PrincipalChange change;
    change.quota = 1 << 20;
    ASSERT_TRUE(house_.directory->update("small@demo.test", change));
  }
  WorkerOptions options() {
    WorkerOptions out;
    out.retry = {std::chrono::minutes(2)};
    out.hostname = "mx.demo.test";
    out.report_sender = [](const Entry&) { return ReportSender{"", "MAILER-DAEMON@demo.test"}; };
    return out;
  }

  House house_;
};

TEST_F(WorkerTest, DeliversOnceThereIsRoom) {
  queue_one();
  make_room();
  house_.work();
  EXPECT_THAT(house_.inbox("small@demo.test"), SizeIs(0)) << "it is not due yet";
  house_.clock.advance(std::chrono::minutes(2));
  house_.work();
  ASSERT_THAT(house_.inbox("small@demo.test"), SizeIs(1));
  EXPECT_THAT(
      house_.inbox("small@demo.test")[0],
      ::testing::StartsWith("Return-Path: <bob@demo.test>\r\nDelivered-To: small@demo.test\r\nReceived: "));
  EXPECT_THAT(house_.queued(), SizeIs(0));
  EXPECT_THAT(house_.inbox("alice@demo.test"), SizeIs(1));
  EXPECT_THAT(house_.inbox("bob@demo.test"), SizeIs(0));
}

TEST_F(WorkerTest, WaitsLongerAfterEachAttempt) {
  queue_one();
  house_.clock.advance(std::chrono::minutes(2));
  house_.work();
  auto entry = house_.queued().at(0);
  EXPECT_EQ(entry.attempts, 1U);
  EXPECT_EQ(entry.due, house_.clock.now() + std::chrono::minutes(2));
  EXPECT_EQ(entry.recipients.at(0).last.to_string(), "452 4.2.2 The recipient's mailbox is full");
  house_.clock.advance(std::chrono::minutes(2));
  house_.work();
  entry = house_.queued().at(0);
  EXPECT_EQ(entry.attempts, 2U);
  EXPECT_EQ(entry.due, house_.clock.now() + std::chrono::minutes(5));
}

TEST_F(WorkerTest, ReportsAnAccountThatIsGone) {
  queue_one();
  ASSERT_TRUE(house_.directory->remove("small@demo.test", directory::PrincipalType::kIndividual));
  house_.clock.advance(std::chrono::minutes(2));
  house_.work();
  EXPECT_THAT(house_.queued(), SizeIs(0));
  ASSERT_THAT(house_.inbox("bob@demo.test"), SizeIs(1));
  EXPECT_THAT(house_.inbox("bob@demo.test")[0], HasSubstr("Diagnostic-Code: smtp; 550 5.1.1"));
}

// report.dsn.*
TEST(WorkerReports, ComeFromWhomTheSettingsSay) {
  House house("[report.dsn]\nfrom-name = \"'Post Office'\"\nfrom-address = \"'bounces@' + sender_domain\"\n");
  ASSERT_EQ(house.send("bob@demo.test", {"small@demo.test", "alice@demo.test"}, big()).code, 250);
  house.clock.advance(std::chrono::hours(24 * 6));
  house.work();
  ASSERT_THAT(house.inbox("bob@demo.test"), SizeIs(1));
  EXPECT_THAT(house.inbox("bob@demo.test")[0], HasSubstr("\r\nFrom: Post Office <bounces@demo.test>\r\n"));
}

TEST(WorkerReports, ASettingThatGivesNoAddressIsSaidAndTheReportComesAllTheSame) {
  House house("[report.dsn]\nfrom-address = \"sender_domain\"\n");
  ASSERT_EQ(house.send("bob@demo.test", {"small@demo.test", "alice@demo.test"}, big()).code, 250);
  house.clock.advance(std::chrono::hours(24 * 6));
  observe::CapturedEvents events;
  house.work();
  EXPECT_EQ(events.count("queue.setting-failed"), 1U);
  ASSERT_THAT(house.inbox("bob@demo.test"), SizeIs(1));
  EXPECT_THAT(house.inbox("bob@demo.test")[0],
              HasSubstr("\r\nFrom: Mail Delivery Subsystem <MAILER-DAEMON@mx.demo.test>\r\n"));
}

TEST_F(WorkerTest, SaysToTheOperatorWhatItCanSayToNobodyElse) {
  queue_one("carol@elsewhere.test");
  observe::CapturedEvents events;
  house_.clock.advance(std::chrono::hours(24 * 6));
  house_.work();
  EXPECT_THAT(house_.queued(), SizeIs(0));
  EXPECT_EQ(events.count("queue.report-undeliverable"), 1U);
}

TEST_F(WorkerTest, AnswersNoNullPath) {
  queue_one("");
  observe::CapturedEvents events;
  house_.clock.advance(std::chrono::hours(24 * 6));
  house_.work();
  EXPECT_THAT(house_.queued(), SizeIs(0));
  EXPECT_EQ(events.count("queue.report-undeliverable"), 0U);
}

// The worker died between its claim and its delivery: another one takes over, and the message is there once.
TEST_F(WorkerTest, TakesOverFromADeadWorker) {
  queue_one();
  make_room();
  house_.clock.advance(std::chrono::minutes(2));
  const auto id = house_.queued().at(0).id;
  ASSERT_TRUE(house_.transport->queue().claim(id, "dead-node", std::chrono::minutes(5)).value());
  house_.work();
  EXPECT_THAT(house_.inbox("small@demo.test"), SizeIs(0));
  house_.clock.advance(std::chrono::minutes(5));
  house_.work();
  EXPECT_THAT(house_.inbox("small@demo.test"), SizeIs(1));
  EXPECT_THAT(house_.queued(), SizeIs(0));
}

// A worker that was held up for longer than its lease finds that the message is no longer its own.
TEST_F(WorkerTest, DeliversNothingUnderALostLease) {
  queue_one();
  make_room();
  house_.clock.advance(std::chrono::minutes(2));
  bool overtaken = false;
  house_.faulty->plan_commits([&](std::uint64_t, const store::WriteBatch& batch) {
    store::testing::Fault fault;
    const bool delivers = std::ranges::any_of(batch.operations(), [](const auto& operation) {
      return operation.key.starts_with('m') && operation.kind == store::WriteBatch::Kind::kSet;
    });
    if (!delivers || std::exchange(overtaken, true)) return fault;
    fault.before = [&] {
      house_.clock.advance(std::chrono::minutes(6));
      // Another node: the same stores, accounts of its own.
      Services services = house_.transport->services();
      services.accounts = mailbox::make_accounts(house_.stores, {}, house_.clock, house_.random);
      QueueWorker other(services, house_.transport->queue(), options());
      other.run_due();
    };
    return fault;
  });
  house_.work();
  EXPECT_TRUE(overtaken);
  EXPECT_THAT(house_.inbox("small@demo.test"), SizeIs(1));
  EXPECT_THAT(house_.queued(), SizeIs(0));
}

TEST_F(WorkerTest, TwoWorkersDeliverOnce) {
  for (int i = 0; i < 20; ++i)
    ASSERT_EQ(
        house_.send("bob@demo.test", {"small@demo.test", "alice@demo.test"}, big(std::to_string(i))).code,
        250);
  make_room();
  house_.clock.advance(std::chrono::minutes(2));
  const auto work = [&] {
    QueueWorker worker(house_.transport->services(), house_.transport->queue(), options());
    while (!house_.queued().empty()) worker.run_due();
  };
  std::thread other(work);
  work();
  other.join();
  EXPECT_THAT(house_.inbox("small@demo.test"), SizeIs(20));
}

TEST_F(WorkerTest, WorksOnAThreadOfItsOwn) {
  std::mutex mutex;
  std::condition_variable changed;
  bool arrived = false;
  const auto subscription = house_.accounts->subscribe(house_.account("bob@demo.test"), [&](auto, auto) {
    std::lock_guard lock(mutex);
    arrived = true;
    changed.notify_all();
  });
  house_.transport->start();
  house_.transport->start();
  // The worker is woken by notify(), as a session does for an entry that it made.
  queue_one();
  house_.clock.advance(std::chrono::hours(24 * 6));
  house_.transport->worker().notify();
  std::unique_lock lock(mutex);
  EXPECT_TRUE(changed.wait_for(lock, std::chrono::seconds(10), [&] { return arrived; }));
  lock.unlock();
  house_.transport->stop();
  house_.transport->stop();
  EXPECT_THAT(house_.inbox("bob@demo.test"), SizeIs(1));
}

}  // namespace
}  // namespace gannet::mta
