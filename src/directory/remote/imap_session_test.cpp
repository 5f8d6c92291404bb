// What Dovecot does not do: servers without AUTH=PLAIN, without SASL-IR, that refuse in other ways than by "wrong".
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>

#include "base/encoding.h"
#include "directory/errors.h"
#include "directory/remote/session.h"
#include "net/testing/server.h"
#include "net/tls.h"

namespace gannet::directory::remote {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A server that says what it is told, and remembers what it heard.
struct Script {
  std::string greeting = "* OK ready";
  std::string capabilities = "IMAP4rev1";
  std::string answer = "OK in";  // to a login, behind the tag
  std::mutex mutex;
  std::vector<std::string> heard;  // commands without their tags, literals as they came

  // The test says what the server's thread reads.
  void say(std::string Script::* what, std::string text) {
    const std::scoped_lock lock(mutex);
    this->*what = std::move(text);
  }
  std::string said(std::string Script::* what) {
    const std::scoped_lock lock(mutex);
    return this->*what;
  }
  void hear(std::string line) {
    const std::scoped_lock lock(mutex);
    heard.push_back(std::move(line));
  }
};

net::Task<void> run_script(std::unique_ptr<net::Connection> c, std::shared_ptr<Script> script) {
  co_await c->write(script->said(&Script::greeting) + "\r\n");
  for (;;) {
    auto line = co_await c->read_line(10'000);
    if (!line) co_return;
    std::string command = line->text;
    while (command.ends_with("}")) {
      const auto open = command.rfind('{');
      const auto size = static_cast<std::size_t>(std::stoul(command.substr(open + 1)));
      co_await c->write("+ go on\r\n");
      auto literal = co_await c->read_exact(size);
      auto rest = co_await c->read_line(10'000);
      if (!literal || !rest) co_return;
      command += "\n" + *literal + rest->text;
    }
    const std::string tag = command.substr(0, command.find(' '));
    command.erase(0, tag.size() + 1);
    if (command == "AUTHENTICATE PLAIN") {
      co_await c->write("+ \r\n");
      auto more = co_await c->read_line(10'000);
      if (!more) co_return;
      command += "\n" + more->text;
    }
    if (command != "LOGOUT") script->hear(command);
    const std::string answer = script->said(&Script::answer);
    if (command == "CAPABILITY") {
      co_await c->write("* CAPABILITY " + script->said(&Script::capabilities) + "\r\n" + tag +
                        " OK done\r\n");
    } else if (command == "NOOP") {
      co_await c->write(tag + " OK done\r\n");
    } else if (answer.starts_with("* BYE")) {
      co_await c->write(answer + "\r\n");
      co_return;
    } else {
      co_await c->write("* OK something unasked\r\n" + tag + " " + answer + "\r\n");
    }
  }
}

class ImapSessionTest : public testing::Test {
 protected:
  ImapSessionTest() {
    net::Protocol protocol;
    protocol.name = "imap";
    protocol.run_session = [script = script_](std::unique_ptr<net::Connection> connection) {
      return run_script(std::move(connection), script);
    };
    server_ = std::make_unique<net::testing::Server>(std::move(protocol));
  }

  Result<std::unique_ptr<Session>> open() {
    SessionOptions options;
    options.host = "127.0.0.1";
    options.port = server_->endpoint().port;
    options.tls = options.loopback_tls = *net::ClientTls::create({});
    options.create_timeout = options.timeout = std::chrono::seconds(5);
    return open_session(calls_, options);
  }
  // "yes", "no", or why there is no answer.
  std::string log_in(const std::string& login, const std::string& password) {
    auto session = open();
    if (!session) return session.error().describe();
    const auto answer = (*session)->log_in(login, password);
    if (!answer) {
      EXPECT_TRUE(answer.error().is(DirectoryError::kUnavailable));
      return answer.error().describe();
    }
    return answer->yes ? "yes" : "no";
  }
  std::vector<std::string> heard() {
    const std::scoped_lock lock(script_->mutex);
    return script_->heard;
  }

  SystemClock clock_;
  std::shared_ptr<Script> script_ = std::make_shared<Script>();
  std::unique_ptr<net::testing::Server> server_;
  net::BlockingCalls calls_{clock_};
};

TEST_F(ImapSessionTest, LogsInWithQuotesWhereTheyAreEnough) {
  EXPECT_EQ(log_in("alice", "a \"word\" \\ {3}"), "yes");
  EXPECT_THAT(heard(), ElementsAre("CAPABILITY", "LOGIN \"alice\" \"a \\\"word\\\" \\\\ {3}\""));
}

TEST_F(ImapSessionTest, LogsInWithLiteralsWhereTheyAreNot) {
  EXPECT_EQ(log_in("alice", "pässword"), "yes");
  EXPECT_EQ(log_in("älice", "pässword"), "yes");
  EXPECT_EQ(log_in("älice", "plain"), "yes");
  EXPECT_THAT(heard(),
              ElementsAre("CAPABILITY", "LOGIN \"alice\" {9}\npässword", "CAPABILITY",
                          "LOGIN {6}\nälice {9}\npässword", "CAPABILITY", "LOGIN {6}\nälice \"plain\""));
}

TEST_F(ImapSessionTest, AuthenticatesWithoutAnInitialResponse) {
  script_->say(&Script::capabilities, "IMAP4rev1 auth=plain");
  EXPECT_EQ(log_in("alice", "secret"), "yes");
  EXPECT_EQ(heard().back(), "AUTHENTICATE PLAIN\n" + base64_encode(std::string("\0alice\0secret", 13)));
}

TEST_F(ImapSessionTest, OnlyAClearNoIsOne) {
  for (const char* no : {"NO [AUTHENTICATIONFAILED] wrong", "NO wrong", "NO [EXPIRED] old"}) {
    script_->say(&Script::answer, no);
    EXPECT_EQ(log_in("alice", "secret"), "no") << no;
  }
  for (const char* trouble : {"NO [UNAVAILABLE] later", "NO [LIMIT] too many", "BAD what", "* BYE gone"}) {
    script_->say(&Script::answer, trouble);
    EXPECT_THAT(log_in("alice", "secret"), HasSubstr("cannot be asked now")) << trouble;
  }
}

TEST_F(ImapSessionTest, TakesNoServerThatCannotCheckPasswords) {
  script_->say(&Script::capabilities, "IMAP4rev1 LOGINDISABLED");
  EXPECT_THAT(log_in("alice", "secret"), HasSubstr("LOGINDISABLED"));
  script_->say(&Script::greeting, "* PREAUTH welcome");
  EXPECT_THAT(log_in("alice", "secret"), HasSubstr("PREAUTH")) << "every password would be right";
}

TEST_F(ImapSessionTest, ASessionThatLoggedInIsDone) {
  auto session = open();
  ASSERT_TRUE(session);
  script_->say(&Script::answer, "NO wrong");
  EXPECT_FALSE((*session)->log_in("alice", "one")->yes);
  EXPECT_FALSE((*session)->done());
  EXPECT_TRUE((*session)->works());
  script_->say(&Script::answer, "OK in");
  EXPECT_TRUE((*session)->log_in("alice", "two")->yes);
  EXPECT_TRUE((*session)->done());
}

}  // namespace
}  // namespace gannet::directory::remote
