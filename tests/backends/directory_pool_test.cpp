// The connections of external directories, as their servers see them: directory.<id>.pool.* and .timeout.
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netdb.h>

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "tests/backends/external_directory.h"
#include "tests/backends/ldap_people.h"
#include "tests/backends/sql_people.h"
#include "tests/contract/directory_harness.h"

namespace {

// A resolver that does not answer: whoever asks for this name waits until it is opened. Everything else is the
// system's.
class SlowNames {
 public:
  static constexpr const char* kName = "slow.test";

  void wait() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.wait(lock, [this] { return open_; });
    --waiting_;
    changed_.notify_all();
  }
  int waiting() {
    const std::lock_guard lock(mutex_);
    return waiting_;
  }
  // Whether all have gone on.
  bool open() {
    std::unique_lock lock(mutex_);
    open_ = true;
    changed_.notify_all();
    return changed_.wait_for(lock, std::chrono::seconds(20), [this] { return waiting_ == 0; });
  }
  void close() {
    const std::lock_guard lock(mutex_);
    open_ = false;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  int waiting_ = 0;
};

SlowNames& slow_names() {
  static auto& names = *new SlowNames;  // threads may wait at the program's end
  return names;
}

}  // namespace

// In place of the C library's, for the libraries of databases too.
extern "C" int getaddrinfo(const char* node, const char* service, const addrinfo* hints, addrinfo** found) {
  if (node != nullptr && std::string_view(node) == SlowNames::kName) {
    slow_names().wait();
    return EAI_NONAME;
  }
  static const auto system = reinterpret_cast<decltype(&getaddrinfo)>(dlsym(RTLD_NEXT, "getaddrinfo"));
  return system(node, service, hints, found);
}

namespace gannet::directory {
namespace {

using gannet::testing::SqlDatabase;
using ::testing::HasSubstr;
using Clock = std::chrono::steady_clock;

// A kind of server with people on it.
class Kind {
 public:
  virtual ~Kind() = default;
  virtual std::string skip_reason() = 0;
  virtual void fill() = 0;
  virtual void tell(const std::string& command) = 0;
  virtual std::shared_ptr<Directory> open(const std::string& more, std::shared_ptr<store::DataStore> data,
                                          std::shared_ptr<Logins> logins, gannet::Clock& clock,
                                          Random& random) = 0;
  // One of a server whose name nobody can look up now.
  virtual std::shared_ptr<Directory> open_unknown(const std::string& more,
                                                  std::shared_ptr<store::DataStore> data,
                                                  std::shared_ptr<Logins> logins, gannet::Clock& clock,
                                                  Random& random) = 0;
  // Connections of that directory, also those that are being made.
  virtual std::size_t open_of(Directory& directory) = 0;
  // The directory's connections that the server has.
  virtual int connections() = 0;
};

class SqlKind final : public Kind {
 public:
  SqlKind(std::unique_ptr<SqlDatabase> database, const char* count)
      : database_(std::move(database)), count_(count) {}
  std::string skip_reason() override { return database_->skip_reason(); }
  void fill() override { gannet::testing::fill(*database_, contract::population()); }
  void tell(const std::string& command) override { database_->tell(command); }
  std::shared_ptr<Directory> open(const std::string& more, std::shared_ptr<store::DataStore> data,
                                  std::shared_ptr<Logins> logins, gannet::Clock& clock,
                                  Random& random) override {
    return std::make_shared<sql::SqlDirectory>(gannet::testing::read_people(*database_, more),
                                               std::move(data), std::move(logins), clock, random);
  }
  std::shared_ptr<Directory> open_unknown(const std::string& more, std::shared_ptr<store::DataStore> data,
                                          std::shared_ptr<Logins> logins, gannet::Clock& clock,
                                          Random& random) override {
    auto settings = gannet::testing::read_people(*database_, more);
    settings.target.host = SlowNames::kName;
    return std::make_shared<sql::SqlDirectory>(std::move(settings), std::move(data), std::move(logins), clock,
                                               random);
  }
  std::size_t open_of(Directory& directory) override {
    return dynamic_cast<sql::SqlDirectory&>(directory).connections().open;
  }
  int connections() override { return std::stoi(database_->ask(count_)); }

 private:
  const std::unique_ptr<SqlDatabase> database_;
  const char* const count_;
};

class LdapKind final : public Kind {
 public:
  std::string skip_reason() override { return gannet::testing::slapd().skip_reason(); }
  void fill() override { gannet::testing::fill_ldap(contract::population()); }
  void tell(const std::string& command) override { gannet::testing::slapd().tell(command); }
  std::shared_ptr<Directory> open(const std::string& more, std::shared_ptr<store::DataStore> data,
                                  std::shared_ptr<Logins> logins, gannet::Clock& clock,
                                  Random& random) override {
    return std::make_shared<ldap::LdapDirectory>(gannet::testing::read_ldap(more), std::move(data),
                                                 std::move(logins), clock, random);
  }
  std::shared_ptr<Directory> open_unknown(const std::string& more, std::shared_ptr<store::DataStore> data,
                                          std::shared_ptr<Logins> logins, gannet::Clock& clock,
                                          Random& random) override {
    auto settings = gannet::testing::read_ldap(more);
    settings.target.url = std::string("ldap://") + SlowNames::kName;
    return std::make_shared<ldap::LdapDirectory>(std::move(settings), std::move(data), std::move(logins),
                                                 clock, random);
  }
  std::size_t open_of(Directory& directory) override {
    return dynamic_cast<ldap::LdapDirectory&>(directory).connections().open;
  }
  int connections() override { return gannet::testing::ldap_connections(); }
};

std::unique_ptr<Kind> make(const std::string& name) {
  if (name == "ldap") return std::make_unique<LdapKind>();
  if (name == "postgresql")
    return std::make_unique<SqlKind>(
        gannet::testing::postgresql_database(),
        "select count(*) from pg_stat_activity where application_name = 'gannet directory'");
  // Without whoever asks.
  return std::make_unique<SqlKind>(
      gannet::testing::mariadb_database(),
      "select count(*) - 1 from information_schema.processlist where user = 'mail'");
}

class DirectoryPool : public gannet::testing::ExternalDirectoryTest,
                      public ::testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override {
    kind_ = make(GetParam());
    if (const auto why = kind_->skip_reason(); !why.empty()) GTEST_SKIP() << why;
    kind_->fill();
    ASSERT_TRUE(soon([&] { return kind_->connections() == 0; })) << "of the test before";
  }
  // Lines of the directory's table.
  void open(const std::string& more) { directory_ = kind_->open(more, data_, logins(), manual_, random_); }
  bool comes_to(int connections) {
    return soon([&] { return kind_->connections() == connections; });
  }
  // How many have been seen at once while so many logins were checked side by side.
  int most_during_logins(int threads) {
    std::atomic<int> most = 0, running = threads;
    {
      std::vector<std::jthread> all;
      for (int i = 0; i < threads; ++i)
        all.emplace_back([&] {
          for (int n = 0; n < 20; ++n) EXPECT_EQ(login("bob", "böb"), "bob");
          --running;
        });
      while (running > 0) most = std::max(most.load(), kind_->connections());
    }
    return most;
  }

  ManualClock manual_;
  std::unique_ptr<Kind> kind_;
};

TEST_P(DirectoryPool, MaxConnectionsIsTheMost) {
  open("pool.max-connections = 2\n");
  EXPECT_LE(most_during_logins(8), 2);
  EXPECT_EQ(kind_->connections(), 2);
}

TEST_P(DirectoryPool, MinConnectionsAreThereBeforeAnybodyAsks) {
  open("pool.min-connections = 3\npool.idle-timeout = '1s'\n");
  EXPECT_TRUE(comes_to(3));
  manual_.advance(std::chrono::seconds(5));
  EXPECT_LE(most_during_logins(6), 10);
  manual_.advance(std::chrono::seconds(5));
  EXPECT_TRUE(comes_to(3)) << "the others have been idle for too long";
}

TEST_P(DirectoryPool, IdleConnectionsAreClosedByThemselves) {
  open("pool.idle-timeout = '1s'\n");
  EXPECT_EQ(login("bob", "böb"), "bob");
  EXPECT_EQ(kind_->connections(), 1);
  manual_.advance(std::chrono::seconds(2));
  EXPECT_TRUE(comes_to(0));
}

TEST_P(DirectoryPool, NoConnectionOutlivesMaxLifetime) {
  open("pool.max-lifetime = '1s'\n");
  EXPECT_EQ(login("bob", "böb"), "bob");
  EXPECT_EQ(kind_->connections(), 1);
  manual_.advance(std::chrono::seconds(2));
  EXPECT_TRUE(comes_to(0));
  EXPECT_EQ(login("bob", "böb"), "bob");
}

// The server is there, but silent.
class Frozen {
 public:
  explicit Frozen(Kind& kind) : kind_(kind) { kind_.tell("freeze"); }
  ~Frozen() { kind_.tell("thaw"); }
  Frozen(const Frozen&) = delete;

 private:
  Kind& kind_;
};

TEST_P(DirectoryPool, ANewConnectionMayTakeAsLongAsEitherGenerationSays) {
  for (const char* setting : {"pool.timeout.create = '1s'\n", "pool.connect-timeout = '1s'\n"}) {
    open(setting);
    const Frozen frozen(*kind_);
    const auto begin = Clock::now();
    EXPECT_THAT(login("bob", "böb"), HasSubstr("cannot be asked now"));
    EXPECT_LT(Clock::now() - begin, std::chrono::seconds(6)) << setting;
  }
}

TEST_P(DirectoryPool, TheEndDoesNotWaitForConnectionsThatAreBeingMade) {
  {
    const Frozen frozen(*kind_);
    open("pool.min-connections = 2\npool.timeout.create = '1m'\n");
    ASSERT_TRUE(soon([&] { return kind_->open_of(*directory_) > 0; })) << "one is being made";
    const auto begin = Clock::now();
    directory_.reset();
    EXPECT_LT(Clock::now() - begin, std::chrono::seconds(10)) << "not the minute that one may take";
  }
  EXPECT_TRUE(comes_to(0)) << "what came about after all was closed";
}

TEST_P(DirectoryPool, LookingUpTheServersNameIsBoundedToo) {
  slow_names().close();
  directory_ = kind_->open_unknown("pool.max-connections = 2\npool.timeout.create = '300ms'\n", data_,
                                   logins(), manual_, random_);
  const auto begin = Clock::now();
  for (int i = 0; i < 20; ++i) EXPECT_THAT(login("bob", "böb"), HasSubstr("cannot be asked now"));
  EXPECT_LT(Clock::now() - begin, std::chrono::seconds(30))
      << "twenty of 300 ms, of which most did not even begin";
  EXPECT_EQ(slow_names().waiting(), 2) << "as many as pool.max-connections, and no more";
  directory_.reset();
  EXPECT_LT(Clock::now() - begin, std::chrono::seconds(40));
  EXPECT_TRUE(slow_names().open()) << "and they end";
}

TEST_P(DirectoryPool, WhoFindsNoFreeConnectionWaitsForTimeoutWait) {
  open("pool.max-connections = 1\npool.timeout.wait = '300ms'\ntimeout = '5s'\n");
  EXPECT_EQ(login("bob", "böb"), "bob");
  std::mutex mutex;
  std::vector<std::pair<std::string, Clock::duration>> said;
  {
    const Frozen frozen(*kind_);
    std::vector<std::jthread> both;
    for (int i = 0; i < 2; ++i)
      both.emplace_back([&] {
        const auto begin = Clock::now();
        auto answer = login("bob", "böb");
        const std::lock_guard lock(mutex);
        said.emplace_back(std::move(answer), Clock::now() - begin);
      });
  }
  ASSERT_EQ(said.size(), 2U);
  EXPECT_THAT(said[0].first, HasSubstr("busy"));
  EXPECT_THAT(said[0].first, HasSubstr("directory.people.pool.max-connections"));
  EXPECT_LT(said[0].second, std::chrono::seconds(3));
  EXPECT_THAT(said[1].first, HasSubstr("cannot be asked now"));
  EXPECT_LT(said[1].second, std::chrono::seconds(12)) << "an answer may take 5 s";
  EXPECT_TRUE(soon([&] { return login("bob", "böb") == "bob"; }));
}

TEST_P(DirectoryPool, ASilentConnectionIsGivenUpAfterTimeoutRecycle) {
  open("pool.timeout.recycle = '200ms'\npool.timeout.create = '1s'\ntimeout = '1m'\n");
  EXPECT_EQ(login("bob", "böb"), "bob");
  manual_.advance(std::chrono::seconds(10));  // unused for so long that it is checked
  {
    const Frozen frozen(*kind_);
    const auto begin = Clock::now();
    EXPECT_THAT(login("bob", "böb"), HasSubstr("cannot be asked now"));
    EXPECT_LT(Clock::now() - begin, std::chrono::seconds(10)) << "not the minute that an answer may take";
  }
  EXPECT_EQ(login("bob", "böb"), "bob");
  EXPECT_TRUE(comes_to(1)) << "the silent one was closed";
}

TEST_P(DirectoryPool, ASilentServerCostsTimeoutRecycleOnceHoweverManyConnectionsAreIdle) {
  open("pool.min-connections = 8\npool.timeout.recycle = '1s'\npool.timeout.create = '500ms'\n");
  ASSERT_TRUE(comes_to(8));
  manual_.advance(std::chrono::seconds(10));
  const Frozen frozen(*kind_);
  const auto begin = Clock::now();
  EXPECT_THAT(login("bob", "böb"), HasSubstr("cannot be asked now"));
  EXPECT_LT(Clock::now() - begin, std::chrono::seconds(5)) << "not a second for each of the eight";
}

TEST_P(DirectoryPool, AServerThatIsDownIsATemporaryFailure) {
  open("");
  EXPECT_EQ(login("bob", "böb"), "bob");
  kind_->tell("kill");
  EXPECT_THAT(login("bob", "böb"), HasSubstr("cannot be asked now"));
  EXPECT_THAT(login("nobody", "x"), HasSubstr("cannot be asked now"));
  for (const char* address : {"bob@example.org", "nobody@example.org"}) {
    const auto answer = directory_->resolve(address, {});
    ASSERT_FALSE(answer);
    EXPECT_TRUE(answer.error().is(DirectoryError::kUnavailable) && answer.error().retry_can_help());
  }
  EXPECT_FALSE(directory_->is_local_domain("example.org"));
  kind_->tell("start");
  EXPECT_TRUE(soon([&] { return login("bob", "böb") == "bob"; }));
}

INSTANTIATE_TEST_SUITE_P(, DirectoryPool, ::testing::Values("postgresql", "mariadb", "ldap"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace gannet::directory
