// A RocksDB that really cannot write: nobody's mail is taken, nobody's is lost, and it goes on by itself.
#include <gmock/gmock.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "base/encoding.h"
#include "base/random.h"
#include "mta/testing/house.h"
#include "observe/health.h"
#include "store/testing/power_loss.h"

namespace gannet::mta::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

bool soon(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

// Tables and blob files are not written while the gate is shut: flushes wait, the log goes on.
class GatedFlushes final : public rocksdb::FileSystemWrapper {
 public:
  explicit GatedFlushes(std::shared_ptr<rocksdb::FileSystem> target) : FileSystemWrapper(std::move(target)) {}
  const char* Name() const override { return "GatedFlushes"; }

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* result,
                                    rocksdb::IODebugContext* debug) override {
    if (name.ends_with(".sst") || name.ends_with(".blob")) {
      std::unique_lock lock(mutex_);
      opened_.wait(lock, [this] { return open_; });
    }
    return target()->NewWritableFile(name, options, result, debug);
  }

  void set_open(bool open) {
    {
      std::lock_guard lock(mutex_);
      open_ = open;
    }
    opened_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable opened_;
  bool open_ = true;
};

// 100 KB that no compression makes smaller than 75.
std::string large(int number) {
  SeededRandom random(static_cast<std::uint64_t>(number) + 1);
  std::string body;
  while (body.size() < 100'000) body += base64_encode(random.bytes(57)) + "\r\n";
  return "Subject: " + std::to_string(number) + "\r\n\r\n" + body;
}

class StoreTrouble : public ::testing::Test {
 protected:
  // Messages until one is refused; its reply.
  smtp::Reply send_until_refused(House& house) {
    for (int i = 0; i < 400; ++i) {
      auto reply = house.send("s@elsewhere.test", {"alice@demo.test"}, large(acknowledged_));
      if (!reply.positive()) return reply;
      ++acknowledged_;
    }
    return {};
  }

  static void expect_refusals(House& house) {
    const auto refused = house.send("s@elsewhere.test", {"bob@demo.test"}, "Subject: small\r\n\r\n");
    EXPECT_EQ(refused.code / 100, 4u) << refused.to_string();
    EXPECT_THAT(house.connect().read_line(), StartsWith("421 4.3.0 "));
    EXPECT_THAT(house.connect("lmtp").read_line(), StartsWith("421 4.3.0 "));
    const auto report = observe::health().ready();
    EXPECT_FALSE(report.ok);
    EXPECT_THAT(report.json(), HasSubstr("\"store.rocksdb\""));
  }

  void expect_recovery(House& house) {
    EXPECT_THAT(house.connect().read_line(), StartsWith("220 "));
    EXPECT_TRUE(observe::health().ready().ok) << observe::health().ready().json();
    EXPECT_TRUE(house.send("s@elsewhere.test", {"bob@demo.test"}, "Subject: after\r\n\r\n").positive());
    const auto inbox = house.inbox("alice@demo.test");
    ASSERT_EQ(inbox.size(), static_cast<std::size_t>(acknowledged_))
        << "what was acknowledged, and only that";
    for (int i = 0; i < acknowledged_; ++i)
      EXPECT_THAT(inbox[static_cast<std::size_t>(i)], HasSubstr("Subject: " + std::to_string(i) + "\r\n"));
    EXPECT_EQ(house.inbox("bob@demo.test").size(), 1u);
  }

  int acknowledged_ = 0;
};

TEST_F(StoreTrouble, AWriteStallIsTryAgainLater) {
  store::testing::PowerLoss machine(1);
  const auto flushes = std::make_shared<GatedFlushes>(machine.file_system());
  House house({}, flushes, std::chrono::milliseconds(50));
  ASSERT_TRUE(house.send("s@elsewhere.test", {"alice@demo.test"}, large(acknowledged_++)).positive());
  auto session = house.connect();
  EXPECT_THAT(session.read_line(), StartsWith("220 "));
  EXPECT_THAT(session.ask("HELO client.test"), StartsWith("250 "));

  flushes->set_open(false);
  const auto refused = send_until_refused(house);
  EXPECT_EQ(refused.code / 100, 4u) << refused.to_string();
  EXPECT_FALSE(house.stores.data->writable());
  EXPECT_THAT(session.ask("MAIL FROM:<s@elsewhere.test>"), StartsWith("451 4.3.0 "))
      << "and who is there already";
  expect_refusals(house);
  EXPECT_THAT(observe::health().ready().json(), HasSubstr("writes wait for compactions"));
  EXPECT_EQ(house.inbox("alice@demo.test").size(), static_cast<std::size_t>(acknowledged_))
      << "reading goes on";

  flushes->set_open(true);
  ASSERT_TRUE(soon([&] { return house.stores.data->writable(); }));
  EXPECT_THAT(session.ask("MAIL FROM:<s@elsewhere.test>"), StartsWith("250 "));
  expect_recovery(house);
}

TEST_F(StoreTrouble, AFullDiskIsTryAgainLater) {
  store::testing::PowerLoss machine(1);
  House house({}, machine.file_system(), std::chrono::milliseconds(50));
  ASSERT_TRUE(house.send("s@elsewhere.test", {"alice@demo.test"}, large(acknowledged_++)).positive());

  machine.set_full(true);
  const auto refused = send_until_refused(house);
  EXPECT_EQ(refused.code / 100, 4u) << refused.to_string();
  EXPECT_FALSE(house.stores.data->writable());
  expect_refusals(house);
  EXPECT_THAT(observe::health().ready().json(), HasSubstr("writes have stopped"));

  machine.set_full(false);
  ASSERT_TRUE(soon([&] { return house.stores.data->writable(); }));
  expect_recovery(house);
}

}  // namespace
}  // namespace gannet::mta::testing
