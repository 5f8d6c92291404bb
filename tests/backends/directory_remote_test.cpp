// Directories that are other mail servers, against Dovecot and Postfix: servers/mail_server.py.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <iomanip>
#include <optional>
#include <sstream>
#include <thread>

#include "config/config.h"
#include "directory/cached_directory.h"
#include "directory/describe.h"
#include "directory/directories.h"
#include "directory/trace.h"
#include "store/stores.h"
#include "tests/backends/backend.h"
#include "tests/contract/harness.h"

namespace gannet::directory {
namespace {

using namespace std::chrono_literals;
using gannet::testing::Backend;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;
using Time = std::chrono::steady_clock;

const std::string kAlice = "alice@example.org", kBob = "bob@example.org";
const std::string kAlicesPassword = "alice's pass word", kBobsPassword = "böb \"\\ {3}";

// Connections to a port of ours that the server has open now.
int connections_to(const std::string& port) {
  std::ostringstream wanted;
  wanted << ":" << std::uppercase << std::hex << std::setw(4) << std::setfill('0') << std::stoi(port);
  std::ifstream table("/proc/net/tcp");
  std::string line, number, local, remote, state;
  int count = 0;
  for (std::getline(table, line); std::getline(table, line);) {
    std::istringstream words(line);
    words >> number >> local >> remote >> state;
    if (local.ends_with(wanted.str()) && state == "01") ++count;
  }
  return count;
}

bool within(Duration limit, const std::function<bool()>& condition) {
  for (const auto end = Time::now() + limit; Time::now() < end; std::this_thread::sleep_for(10ms))
    if (condition()) return true;
  return condition();
}

class RemoteDirectoryTest : public ::testing::Test {
 protected:
  void SetUp() override { GANNET_NEED_BACKEND(server_); }
  void TearDown() override {
    directories_ = {};
    if (!undo_.empty()) server_.tell(undo_);
  }
  void tell(const std::string& command, const std::string& undo) {
    server_.tell(command);
    undo_ = undo;
  }
  std::string port(const std::string& name) const { return server_.parameter(name); }

  void open(const std::string& type, const std::string& port_name, const std::string& more = {}) {
    directories_ = {};
    port_ = port(port_name);
    const auto config = config::Config::load_text(
        "[store.db]\ntype = \"rocksdb\"\npath = \"" + folder_.path() + "/db\"\n[storage]\ndata = \"db\"\n" +
            "directory = \"out\"\n[server]\nhostname = \"mail.test\"\n[directory.out]\ntype = \"" + type +
            "\"\nhost = \"127.0.0.1\"\nport = " + port_ + "\nlookup.domains = [\"Example.org\"]\n" + more,
        "test.toml", {.fragment = true, .environment = {}});
    ASSERT_TRUE(config) << config.error().describe();
    if (!stores_) {
      auto stores = store::open_stores(*config, clock_, random_);
      ASSERT_TRUE(stores) << stores.error().describe();
      stores_ = *stores;
    }
    auto opened = open_directories(*config, *stores_, clock_, random_);
    ASSERT_TRUE(opened) << opened.error().describe();
    directories_ = *std::move(opened);
    EXPECT_EQ(directories_.admin, nullptr);
  }
  Directory& directory() { return *directories_.standard; }

  Result<AuthOutcome> log_in(const std::string& who, const std::string& password) {
    return directory().authenticate({.login = who,
                                     .password = password,
                                     .authorize_as = {},
                                     .remote_ip = "192.0.2.1",
                                     .protocol = "imap"});
  }
  // The name of who gets in, or the reason.
  std::string login(const std::string& who, const std::string& password) {
    const auto outcome = log_in(who, password);
    if (!outcome) return outcome.error().describe();
    return outcome->principal ? outcome->principal->name : std::string(to_string(outcome->failure));
  }
  std::string receives(const std::string& address, const ResolveOptions& options = {}) {
    const auto found = directory().resolve(address, options);
    return found ? describe(*found) : found.error().describe();
  }
  bool unavailable(const Result<Resolution>& result) {
    return !result && result.error().is(DirectoryError::kUnavailable) && result.error().retry_can_help();
  }
  // Lines of Postfix's log with this text, since the test's beginning.
  int logged(const std::string& text) const {
    std::ifstream log(server_.parameter("log"));
    int count = 0;
    for (std::string line; std::getline(log, line);) count += line.contains(text) ? 1 : 0;
    return count;
  }
  void logins_work() {
    EXPECT_EQ(login(kAlice, kAlicesPassword), kAlice);
    EXPECT_EQ(login("ALICE@Example.ORG", kAlicesPassword), kAlice);
    EXPECT_EQ(login(kBob, kBobsPassword), kBob);
    EXPECT_EQ(login("carol", "carol pass"), "carol@example.org") << "of the one domain";
    EXPECT_EQ(login(kAlice, "wrong"), "wrong password");
    EXPECT_EQ(login(kAlice, kBobsPassword), "wrong password");
    EXPECT_EQ(login("nobody@example.org", kAlicesPassword), "wrong password");
    EXPECT_EQ(login(kAlice, kAlicesPassword), kAlice) << "after failures";
  }
  void recipients_work() {
    EXPECT_EQ(receives(kAlice), "delivered to " + kAlice);
    EXPECT_EQ(receives("Bob@EXAMPLE.org"), "delivered to " + kBob);
    EXPECT_EQ(receives("nobody@example.org"), "nobody has this address");
    EXPECT_EQ(receives("alice+News@example.org"), "delivered to " + kAlice + ", sub-address \"news\"");
    EXPECT_EQ(receives("nobody+news@example.org"), "nobody has this address");
    EXPECT_EQ(receives("alice@elsewhere.example"), "not a domain of this directory");
    EXPECT_EQ(receives("älice@example.org"), "nobody has this address");
    EXPECT_EQ(receives("\"al>ice\"@example.org"), "nobody has this address");
  }

  store::contract::TemporaryDirectory folder_;
  SystemClock clock_;
  SystemRandom random_;
  Backend& server_ = Backend::shared("mail_server");
  std::optional<store::Stores> stores_;
  Directories directories_;
  std::string port_, undo_;
};

TEST_F(RemoteDirectoryTest, ImapChecksLogins) {
  open("imap", "imap");
  logins_work();
}

TEST_F(RemoteDirectoryTest, ImapsChecksLogins) {
  open("imap", "imaps", "tls.enable = true\ntls.allow-invalid-certs = true\n");
  logins_work();
}

TEST_F(RemoteDirectoryTest, ImapKnowsWhoHasLoggedIn) {
  open("imap", "imap");
  EXPECT_TRUE(unavailable(directory().resolve(kAlice, {}))) << "she may be somebody there";
  EXPECT_THAT(receives("nobody@example.org"), HasSubstr("directory.out.accounts"));
  EXPECT_EQ(receives("alice@elsewhere.example"), "not a domain of this directory");
  const auto in = log_in(kAlice, kAlicesPassword);
  ASSERT_TRUE(in && in->principal);
  EXPECT_NE(in->principal->id, 0u);
  EXPECT_EQ(receives(kAlice), "delivered to " + kAlice);
  EXPECT_EQ(receives("alice+x@example.org"), "delivered to " + kAlice + ", sub-address \"x\"");
  EXPECT_EQ(directory().find_by_id(in->principal->id)->value().name, kAlice);
  EXPECT_EQ(*directory().find("nobody@example.org"), std::nullopt);
  EXPECT_TRUE(*directory().may_send_as(*in->principal, "Alice+shop@example.org"));
  EXPECT_FALSE(*directory().may_send_as(*in->principal, kBob));
  open("imap", "imap");
  EXPECT_EQ(log_in(kAlice, kAlicesPassword)->principal->id, in->principal->id) << "over a restart";
}

TEST_F(RemoteDirectoryTest, SmtpChecksLoginsAndRecipients) {
  open("smtp", "smtp");
  logins_work();
  recipients_work();
}

TEST_F(RemoteDirectoryTest, SmtpUsesStarttlsWhereItIsOffered) {
  open("smtp", "smtp_starttls");
  logins_work();
}

TEST_F(RemoteDirectoryTest, SmtpsChecksLogins) {
  open("smtp", "smtps", "tls.enable = true\ntls.allow-invalid-certs = true\n");
  logins_work();
}

TEST_F(RemoteDirectoryTest, SmtpWithAuthLoginAlone) {
  open("smtp", "smtp_login");
  logins_work();
}

TEST_F(RemoteDirectoryTest, LmtpTellsRecipientsAndHasNoLogins) {
  open("lmtp", "lmtp");
  recipients_work();
  const auto refused = log_in(kAlice, kAlicesPassword);
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().is(DirectoryError::kUnavailable));
  EXPECT_THAT(refused.error().describe(), HasSubstr("AUTH"));
}

TEST_F(RemoteDirectoryTest, ACertificateThatCannotBeVerifiedIsNoAnswer) {
  for (const auto& [type, name] : {std::pair("imap", "imaps"), std::pair("smtp", "smtps")}) {
    open(type, name, "tls.enable = true\n");
    const auto refused = log_in(kAlice, kAlicesPassword);
    ASSERT_FALSE(refused) << type;
    EXPECT_TRUE(refused.error().is(DirectoryError::kUnavailable));
    EXPECT_THAT(refused.error().describe(), HasSubstr("certificate"));
    open(type, name, "tls.enable = true\ntls.ca-file = \"" + server_.parameter("ca") + "\"\n");
    EXPECT_EQ(login(kAlice, kAlicesPassword), kAlice) << type;
  }
}

TEST_F(RemoteDirectoryTest, AnAccountHasOneNumberWhicheverCameFirst) {
  open("smtp", "smtp");
  const auto mail = directory().resolve(kAlice, {});
  ASSERT_TRUE(mail && mail->accounts.size() == 1);
  EXPECT_EQ(log_in(kAlice, kAlicesPassword)->principal->id, mail->accounts[0].id);
  EXPECT_NE(log_in(kBob, kBobsPassword)->principal->id, mail->accounts[0].id);
}

TEST_F(RemoteDirectoryTest, DirectoriesThatShareTheirAccountsMeanTheSameOne) {
  const std::string users =
      "[directory.users]\ntype = \"lmtp\"\nhost = \"127.0.0.1\"\nport = " + port("lmtp") +
      "\nlookup.domains = [\"example.org\"]\n";
  open("imap", "imap", "accounts = \"users\"\n" + users);
  const auto mail = directories_.by_id.at("users")->resolve(kAlice, {});
  ASSERT_TRUE(mail && mail->accounts.size() == 1);
  const auto in = log_in(kAlice, kAlicesPassword);
  ASSERT_TRUE(in && in->principal);
  EXPECT_EQ(in->principal->id, mail->accounts[0].id);
  EXPECT_EQ(directory().find_by_id(in->principal->id)->value().name, kAlice);
  EXPECT_EQ(receives(kAlice), "delivered to " + kAlice) << "known by the mail that came";
  const auto wrong = [&](const std::string& accounts, const std::string& more) {
    const auto config = config::Config::load_text(
        "[directory.out]\ntype = \"imap\"\nhost = \"127.0.0.1\"\naccounts = \"" + accounts + "\"\n" + more,
        "test.toml", {.fragment = true, .environment = {}});
    const auto said = check_settings(*config);
    return said.empty() ? std::string() : said.front();
  };
  EXPECT_EQ(wrong("out", ""), "");
  EXPECT_THAT(wrong("people", "[directory.people]\ntype = \"memory\"\n"),
              HasSubstr("directory.out.accounts: \"people\" is of type memory"));
  EXPECT_THAT(
      wrong("users", users + "accounts = \"third\"\n[directory.third]\ntype = \"imap\"\nhost = \"x\"\n"),
      HasSubstr("\"users\" has the accounts of \"third\" itself: write that"));
}

TEST_F(RemoteDirectoryTest, AServerThatIsDownIsATemporaryFailure) {
  open("smtp", "smtp", "pool.timeout.create = \"2s\"\n");
  recipients_work();
  tell("kill", "start");
  for (const char* address : {"alice@example.org", "nobody@example.org"})
    EXPECT_TRUE(unavailable(directory().resolve(address, {}))) << address;
  const auto refused = log_in(kAlice, kAlicesPassword);
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().is(DirectoryError::kUnavailable));
  tell("start", "");
  EXPECT_TRUE(within(10s, [&] { return receives(kAlice) == "delivered to " + kAlice; }));
  logins_work();
}

TEST_F(RemoteDirectoryTest, TheLookupCacheSavesQuestions) {
  server_.tell("clear_log");
  open("smtp", "smtp", "cache.entries = 100\n");
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(receives(kAlice), "delivered to " + kAlice);
    EXPECT_EQ(receives("nobody@example.org"), "nobody has this address");
    EXPECT_EQ(receives("ALICE@example.org"), "delivered to " + kAlice);
  }
  EXPECT_TRUE(directory().resolve_now(kAlice, {}));
  receives("end@example.org");
  EXPECT_TRUE(within(10s, [&] { return logged("info: RCPT") >= 3; }));
  EXPECT_EQ(logged("info: RCPT"), 3) << "alice, nobody and the end";
}

TEST_F(RemoteDirectoryTest, AFailureIsNotRemembered) {
  open("smtp", "smtp", "cache.entries = 100\npool.timeout.create = \"2s\"\n");
  tell("kill", "start");
  EXPECT_TRUE(unavailable(directory().resolve(kAlice, {})));
  tell("start", "");
  EXPECT_TRUE(within(10s, [&] { return receives(kAlice) == "delivered to " + kAlice; }));
  tell("kill", "start");
  EXPECT_EQ(receives(kAlice), "delivered to " + kAlice) << "from memory";
  tell("start", "");
}

// ---- limits

TEST_F(RemoteDirectoryTest, LimitsRecipientsOfAConnection) {
  server_.tell("clear_log");
  open("smtp", "smtp", "limits.rcpt = 2\npool.max-connections = 1\n");
  for (int i = 0; i < 6; ++i) receives("n" + std::to_string(i) + "@example.org");
  EXPECT_TRUE(within(10s, [&] { return logged("rcpt=0/2 ") == 3; })) << "each closed after two";
}

TEST_F(RemoteDirectoryTest, LimitsFailedLoginsOfAConnection) {
  server_.tell("clear_log");
  open("smtp", "smtp", "limits.auth-errors = 2\npool.max-connections = 1\n");
  for (int i = 0; i < 6; ++i) EXPECT_EQ(login(kAlice, "wrong"), "wrong password");
  EXPECT_TRUE(within(10s, [&] { return logged("auth=0/2 ") == 3; })) << "each closed after two";
}

// ---- the pool, seen at the server

TEST_F(RemoteDirectoryTest, NoMoreThanMaxConnections) {
  // None is replaced: the system's table of connections is not read in one moment, and could show both.
  open("lmtp", "lmtp", "pool.max-connections = 2\nlimits.rcpt = 10000\n");
  std::atomic<bool> done = false;
  int most = 0;
  std::jthread watch([&] {
    while (!done) most = std::max(most, connections_to(port_));
  });
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 30; ++i) EXPECT_EQ(receives(kAlice), "delivered to " + kAlice);
      });
  }
  done = true;
  watch.join();
  EXPECT_EQ(most, 2);
}

TEST_F(RemoteDirectoryTest, MinConnectionsAreThereUnasked) {
  open("lmtp", "lmtp", "pool.min-connections = 3\n");
  EXPECT_TRUE(within(10s, [&] { return connections_to(port_) == 3; })) << connections_to(port_);
}

TEST_F(RemoteDirectoryTest, IdleConnectionsAreClosed) {
  open("lmtp", "lmtp", "pool.idle-timeout = \"1s\"\n");
  receives(kAlice);
  EXPECT_EQ(connections_to(port_), 1);
  EXPECT_TRUE(within(10s, [&] { return connections_to(port_) == 0; }));
}

TEST_F(RemoteDirectoryTest, OldConnectionsAreClosed) {
  open("lmtp", "lmtp", "pool.max-lifetime = \"1s\"\n");
  receives(kAlice);
  EXPECT_EQ(connections_to(port_), 1);
  EXPECT_TRUE(within(10s, [&] { return connections_to(port_) == 0; }));
}

Duration time_of(const std::function<void()>& call) {
  const auto begun = Time::now();
  call();
  return std::chrono::duration_cast<Duration>(Time::now() - begun);
}

TEST_F(RemoteDirectoryTest, AnExhaustedPoolSaysTryAgainAfterTimeoutWait) {
  open("lmtp", "lmtp", "timeout = \"5s\"\npool.max-connections = 1\npool.timeout.wait = \"300ms\"\n");
  receives(kAlice);
  tell("freeze", "thaw");
  std::jthread slow([&] { EXPECT_TRUE(unavailable(directory().resolve(kAlice, {}))); });
  std::this_thread::sleep_for(100ms);
  Result<Resolution> second = Resolution{};
  const Duration took = time_of([&] { second = directory().resolve(kBob, {}); });
  EXPECT_TRUE(unavailable(second));
  EXPECT_THAT(second.error().describe(), HasSubstr("pool.max-connections"));
  EXPECT_GE(took, 300ms);
  EXPECT_LT(took, 3s);
  slow.join();
  tell("thaw", "");
}

TEST_F(RemoteDirectoryTest, AConnectionIsMadeWithinTimeoutCreate) {
  for (const char* setting : {"pool.timeout.create", "pool.connect-timeout"}) {
    open("lmtp", "lmtp", std::string(setting) + " = \"400ms\"\n");
    tell("freeze", "thaw");
    const Duration took = time_of([&] { EXPECT_TRUE(unavailable(directory().resolve(kAlice, {}))); });
    EXPECT_GE(took, 400ms) << setting;
    EXPECT_LT(took, 3s) << setting;
    tell("thaw", "");
  }
}

TEST_F(RemoteDirectoryTest, AUsedConnectionIsCheckedWithinTimeoutRecycle) {
  open("lmtp", "lmtp",
       "timeout = \"20s\"\npool.timeout.create = \"400ms\"\npool.timeout.recycle = \"400ms\"\n");
  receives(kAlice);
  std::this_thread::sleep_for(1100ms);  // as long as a connection is handed out unchecked
  tell("freeze", "thaw");
  const Duration took = time_of([&] { EXPECT_TRUE(unavailable(directory().resolve(kAlice, {}))); });
  EXPECT_GE(took, 400ms);
  EXPECT_LT(took, 5s) << "not the timeout of a question";
  tell("thaw", "");
  EXPECT_TRUE(within(10s, [&] { return receives(kAlice) == "delivered to " + kAlice; }));
}

TEST_F(RemoteDirectoryTest, ASilentServerCostsTimeoutRecycleOnceHoweverManyConnectionsAreIdle) {
  for (const char* type : {"imap", "smtp", "lmtp"}) {
    open(type, type,
         "pool.min-connections = 8\npool.timeout.create = \"500ms\"\npool.timeout.recycle = \"1s\"\n");
    ASSERT_TRUE(within(10s, [&] { return connections_to(port_) == 8; })) << type;
    std::this_thread::sleep_for(1100ms);  // as long as a connection is handed out unchecked
    tell("freeze", "thaw");
    const Duration took =
        time_of([&] { EXPECT_THAT(login(kAlice, kAlicesPassword), HasSubstr("cannot be asked")); });
    EXPECT_LT(took, 5s) << type << ": not a second for each of the eight";
    tell("thaw", "");
  }
}

TEST_F(RemoteDirectoryTest, AQuestionTakesNoLongerThanTimeout) {
  open("lmtp", "lmtp", "timeout = \"400ms\"\n");
  receives(kAlice);
  tell("freeze", "thaw");
  const Duration took = time_of([&] { EXPECT_TRUE(unavailable(directory().resolve(kAlice, {}))); });
  EXPECT_GE(took, 400ms);
  EXPECT_LT(took, 3s);
  tell("thaw", "");
}

TEST_F(RemoteDirectoryTest, ARestartCostsAQuestionNothing) {
  open("lmtp", "lmtp");
  receives(kAlice);
  server_.tell("kill");
  server_.tell("start");
  EXPECT_EQ(receives(kAlice), "delivered to " + kAlice) << "a connection that the server closed is made anew";
}

// ---- bad input

// Logins and addresses that mean something to a protocol, a database or a shell, made from a seed.
std::string hostile(SeededRandom& random) {
  static const std::vector<std::string> kPieces = {"alice",
                                                   "@",
                                                   "example.org",
                                                   "\r\n",
                                                   "\n",
                                                   "\r",
                                                   std::string(1, '\0'),
                                                   "\"",
                                                   "\\",
                                                   "{3}",
                                                   "{3+}\r\nabc",
                                                   " ",
                                                   "*",
                                                   "%",
                                                   "(",
                                                   ")",
                                                   "<",
                                                   ">",
                                                   "'",
                                                   "--",
                                                   ";",
                                                   "a1 LOGOUT",
                                                   "RCPT TO:<",
                                                   "DATA\r\n",
                                                   "\xff",
                                                   "\xc3\x28",
                                                   "\xe2\x80\xae",
                                                   "ä",
                                                   "a\u0308",
                                                   "+",
                                                   "..",
                                                   ".",
                                                   std::string(400, 'x'),
                                                   "\t",
                                                   "\x7f",
                                                   "&",
                                                   "|",
                                                   "="};
  std::string out;
  for (auto left = 1 + random.below(6); left > 0; --left) out += kPieces[random.below(kPieces.size())];
  return out;
}

TEST_F(RemoteDirectoryTest, HostileAddressesAreNobodys) {
  open("lmtp", "lmtp", "limits.rcpt = 10000\n");
  SeededRandom random(7);
  for (int i = 0; i < 10'000; ++i) {
    const std::string text = hostile(random) + (i % 2 ? "@example.org" : "");
    const auto found = directory().resolve(text, {});
    ASSERT_TRUE(found) << i << ": " << text << ": " << found.error().describe();
    for (const auto& account : found->accounts) ASSERT_THAT(account.name, AnyOf(kAlice, kBob)) << text;
  }
  recipients_work();
}

// Many at once: servers take their time over a wrong password. Dovecot answers those of half a second together.
void expect_nobody(Directory& directory, const char* type) {
  constexpr int kLogins = 10'000, kThreads = 100;
  std::vector<std::pair<std::string, std::string>> inputs;
  SeededRandom random(11);
  for (int i = 0; i < kLogins; ++i) {
    std::string who = i % 3 == 0 ? kAlice : hostile(random);
    inputs.emplace_back(std::move(who), hostile(random));
  }
  std::atomic<std::size_t> next = 0, refused = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t)
      threads.emplace_back([&] {
        for (std::size_t i = next++; i < inputs.size(); i = next++) {
          const auto& [who, password] = inputs[i];
          const auto outcome = directory.authenticate(
              {.login = who, .password = password, .authorize_as = {}, .remote_ip = {}, .protocol = "imap"});
          EXPECT_TRUE(outcome) << type << " " << i << ": " << who << ": " << outcome.error().describe();
          if (!outcome) return;
          EXPECT_FALSE(outcome->principal) << type << " " << who;
          ++refused;
        }
      });
  }
  EXPECT_EQ(refused, inputs.size()) << type;
}

TEST_F(RemoteDirectoryTest, HostileLoginsAreNobodys) {
  const std::string pool = "pool.max-connections = 100\npool.timeout.create = \"1m\"\ntimeout = \"1m\"\n";
  for (const char* type : {"imap", "smtp"}) {
    open(type, type, pool + (type == std::string("smtp") ? "limits.auth-errors = 100\n" : ""));
    // Without the bound on callers, which is for others' sake.
    expect_nobody(dynamic_cast<CachedDirectory&>(directory()).inner(), type);
    logins_work();
  }
}

TEST_F(RemoteDirectoryTest, TellsWhatWasAskedAndNoPassword) {
  open("smtp", "smtp", "cache.entries = 10\n");
  trace::Recording recording;
  receives(kAlice), receives(kAlice), login(kAlice, kAlicesPassword), login(kAlice, "wrong one");
  std::string all;
  for (const auto& step : recording.steps())
    all += step.what + ": " + step.question + " -> " + step.answer + (step.cached ? " (cached)\n" : "\n");
  EXPECT_THAT(all, HasSubstr("SMTP RCPT: alice@example.org -> 250"));
  EXPECT_THAT(all, HasSubstr("lookup cache: alice@example.org -> delivered to alice@example.org (cached)"));
  EXPECT_THAT(all, HasSubstr("SMTP AUTH: alice@example.org -> 235"));
  EXPECT_THAT(all, HasSubstr("SMTP AUTH: alice@example.org -> 535"));
  EXPECT_THAT(all, Not(AnyOf(HasSubstr(kAlicesPassword), HasSubstr("wrong one"))));
}

}  // namespace
}  // namespace gannet::directory
