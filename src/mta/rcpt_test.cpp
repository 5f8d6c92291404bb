// Where RCPT is answered: on the connection's loop when memory holds the answer, else over the bridge, once.
#include <gmock/gmock.h>

#include "mta/environment.h"
#include "mta/testing/house.h"
#include "observe/log.h"

namespace gannet::mta::testing {
namespace {

class RcptTest : public ::testing::Test {
 protected:
  // The reply to RCPT, and how often it crossed the bridge.
  struct Answer {
    std::string code;
    std::uint64_t crossings;
  };
  Answer rcpt(net::testing::Peer& peer, const std::string& address) {
    const auto before = house_->workers.stats().finished;
    const std::string reply = ask(peer, "RCPT TO:<" + address + ">");
    return {reply.substr(0, reply.find(' ', 4)), house_->workers.stats().finished - before};
  }
  // A client after MAIL.
  net::testing::Peer client() {
    auto peer = house_->connect();
    EXPECT_TRUE(peer.read_line().starts_with("220 "));
    EXPECT_TRUE(ask(peer, "HELO client.test").starts_with("250 "));
    EXPECT_TRUE(ask(peer, "MAIL FROM:<x@elsewhere.test>").starts_with("250 "));
    return peer;
  }
  static std::string ask(net::testing::Peer& peer, const std::string& line) {
    peer.send(line + "\r\n");
    return peer.read_line();
  }

  std::optional<House> house_;
};

TEST_F(RcptTest, CrossesTheBridgeOnlyForWhatIsNotInMemory) {
  house_.emplace();
  auto peer = client();
  for (const std::string address :
       {"alice@demo.test", "bob+news@demo.test", "any@catch.test", "team@demo.test"}) {
    SCOPED_TRACE(address);
    auto first = rcpt(peer, address);
    EXPECT_EQ(first.code, "250 2.1.5");
    EXPECT_LE(first.crossings, 1u);
    auto second = rcpt(peer, address);
    EXPECT_EQ(second.code, "250 2.1.5");
    EXPECT_EQ(second.crossings, 0u);
  }
  const auto reads = house_->faulty->reads();
  EXPECT_EQ(rcpt(peer, "alice@demo.test").code, "250 2.1.5");
  EXPECT_EQ(house_->faulty->reads(), reads);
}

TEST_F(RcptTest, ASettingThatCannotBeComputedIsNamed) {
  const observe::CapturedEvents events;
  house_.emplace("rcpt.relay = \"1 / 0\"\n");
  auto peer = client();
  EXPECT_EQ(rcpt(peer, "alice@demo.test").code, "451 4.3.0");
  EXPECT_THAT(events.lines(),
              ::testing::Contains(::testing::AllOf(::testing::HasSubstr("smtp.setting-failed"),
                                                   ::testing::HasSubstr("key=session.rcpt.relay"),
                                                   ::testing::HasSubstr("reason=\"division by zero\""))));
}

// Whatever an expression may call is answered here.
TEST_F(RcptTest, EveryFunctionOfExpressionsIsAnswered) {
  house_.emplace();
  Services services = house_->transport->services();
  services.stores.lookup = store::memory_lookup_store(1 << 20, house_->clock);
  CoreEnvironment environment(services);
  const smtp::SessionInfo session;
  const Envelope envelope;
  const SessionVariables variables(session, envelope);
  for (const std::string call :
       {"is_local_domain('*', 'a.test')", "is_local_address('*', 'x@a.test')", "key_get('s', 'k')",
        "key_exists('s', 'k')", "key_set('s', 'k', 1)", "counter_incr('s', 'c', 1)", "counter_get('s', 'c')",
        "config_get('server.hostname')"}) {
    const auto value = require(config::Expression::compile(call))->evaluate(variables, environment);
    EXPECT_TRUE(value) << call << ": " << value.error().describe();
  }
}

TEST_F(RcptTest, RefusesFromMemoryAsFromTheStore) {
  house_.emplace("rcpt.errors.total = 100\n");
  auto peer = client();
  for (const auto& [address, code] :
       std::initializer_list<std::pair<std::string, std::string>>{{"nobody@demo.test", "550 5.1.1"},
                                                                  {"x@elsewhere.test", "550 5.7.1"},
                                                                  {"away@demo.test", "550 5.7.1"}}) {
    SCOPED_TRACE(address);
    EXPECT_EQ(rcpt(peer, address).code, code);
    auto again = rcpt(peer, address);
    EXPECT_EQ(again.code, code);
    EXPECT_EQ(again.crossings, 0u);
  }
}

TEST_F(RcptTest, AChangeOfTheDirectoryHoldsForTheNextRcpt) {
  house_.emplace("rcpt.errors.total = 100\n");
  auto peer = client();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(rcpt(peer, "carol@demo.test").code, "550 5.1.1");
    EXPECT_EQ(rcpt(peer, "carol@demo.test").code, "550 5.1.1");
    require(house_->directory->create({.name = "carol@demo.test", .emails = {"carol@demo.test"}}, "secret"));
    EXPECT_EQ(rcpt(peer, "carol@demo.test").code, "250 2.1.5");
    EXPECT_EQ(rcpt(peer, "carol@demo.test").crossings, 0u);
    require(house_->directory->remove("carol@demo.test", directory::PrincipalType::kIndividual));
  }
}

TEST_F(RcptTest, AFullMailboxIsSeenFromMemory) {
  house_.emplace();
  auto peer = client();
  EXPECT_EQ(rcpt(peer, "small@demo.test").code, "250 2.1.5");
  auto room = rcpt(peer, "small@demo.test");
  EXPECT_EQ(room.code, "250 2.1.5");
  EXPECT_EQ(room.crossings, 0u);
  directory::PrincipalChange smaller;
  smaller.quota = 100;
  EXPECT_EQ(house_
                ->send("x@elsewhere.test", {"small@demo.test"},
                       "Subject: one\r\n\r\n" + std::string(500, 'x') + "\r\n")
                .code,
            250);
  require(house_->directory->update("small@demo.test", smaller));
  EXPECT_EQ(rcpt(peer, "small@demo.test").code, "452 4.2.2");
  auto full = rcpt(peer, "small@demo.test");
  EXPECT_EQ(full.code, "452 4.2.2");
  EXPECT_EQ(full.crossings, 0u);
  EXPECT_EQ(rcpt(peer, "tight@demo.test").code, "250 2.1.5");  // alice has room
}

// RFC 1870 6.3: what the client says of the size is held against each recipient's room.
TEST_F(RcptTest, AMessageThatCannotFitIsRefusedBeforeItIsSent) {
  house_.emplace();
  require(house_->directory->create({.type = directory::PrincipalType::kList,
                                     .name = "smalls@demo.test",
                                     .emails = {"smalls@demo.test"},
                                     .members = {"small@demo.test"}},
                                    std::nullopt));
  auto peer = client();
  const auto declare = [&](const std::string& size) {
    EXPECT_TRUE(ask(peer, "RSET").starts_with("250 "));
    EXPECT_TRUE(ask(peer, "MAIL FROM:<x@elsewhere.test> SIZE=" + size).starts_with("250 "));
  };
  EXPECT_TRUE(ask(peer, "RSET").starts_with("250 "));
  EXPECT_TRUE(ask(peer, "EHLO client.test").starts_with("250-"));
  while (!peer.read_line().starts_with("250 ")) {
  }
  declare("6001");
  for (int i = 0; i < 2; ++i) EXPECT_EQ(rcpt(peer, "small@demo.test").code, "552 5.2.3");
  EXPECT_EQ(rcpt(peer, "smalls@demo.test").code, "552 5.2.3");
  EXPECT_EQ(rcpt(peer, "tight@demo.test").code, "250 2.1.5");  // alice has room
  EXPECT_EQ(rcpt(peer, "alice@demo.test").code, "250 2.1.5");
  declare("3000");
  EXPECT_EQ(rcpt(peer, "small@demo.test").code, "250 2.1.5");
  EXPECT_EQ(house_->send("x@elsewhere.test", {"small@demo.test"}, "Subject: one\r\n\r\nx\r\n").code, 250);
  EXPECT_EQ(rcpt(peer, "small@demo.test").code, "452 4.2.2");
  declare("2000");
  EXPECT_EQ(rcpt(peer, "small@demo.test").code, "250 2.1.5");
}

TEST_F(RcptTest, AnExpressionThatAsksIsEvaluatedOnTheCoreOnce) {
  house_.emplace("rcpt.catch-all = \"is_local_domain('*', rcpt_domain)\"\n");
  auto peer = client();
  for (int i = 0; i < 3; ++i) {
    auto answer = rcpt(peer, "alice@demo.test");
    EXPECT_EQ(answer.code, "250 2.1.5");
    EXPECT_EQ(answer.crossings, 1u);
  }
}

TEST_F(RcptTest, AStoreThatFailsIsToldWhereMemoryDoesNotKnow) {
  house_.emplace();
  auto peer = client();
  EXPECT_EQ(rcpt(peer, "alice@demo.test").code, "250 2.1.5");
  house_->faulty->plan_reads([](std::uint64_t, std::string_view) {
    return store::testing::Fault{.kind = store::testing::Fault::kUnavailable};
  });
  EXPECT_EQ(rcpt(peer, "alice@demo.test").code, "250 2.1.5");
  EXPECT_EQ(rcpt(peer, "unknown@demo.test").code, "451 4.4.3");
}

}  // namespace
}  // namespace gannet::mta::testing
