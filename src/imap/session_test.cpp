// Sessions over a socket: what transcripts cannot say, since it needs TLS, settings, large data or time.
#include <gmock/gmock.h>

#include <algorithm>
#include <future>

#include "imap/testing/server.h"
#include "mailbox/schema.h"

namespace gannet::imap {
namespace {

using imap::testing::Core;
using imap::testing::plain_text;
using imap::testing::require;
using imap::testing::Server;
using net::testing::Peer;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// Everything up to the line that starts with `tag`, that line included.
std::string read_reply(Peer& peer, const std::string& tag) {
  std::string all;
  for (;;) {
    const auto line = peer.read_line();
    all += line + "\n";
    if (line.starts_with(tag + " ") || line == "<eof>") return all;
  }
}
std::string command(Peer& peer, const std::string& tag, const std::string& text) {
  peer.send(tag + " " + text + "\r\n");
  return read_reply(peer, tag);
}

std::string message_of(std::size_t size) {
  std::string message = "Subject: large\r\n\r\n";
  while (message.size() + 80 <= size) message += std::string(78, 'x') + "\r\n";
  return message + std::string(size - message.size(), 'y');
}

TEST(ImapSession, WithoutTlsNoPasswordIsTaken) {
  Server server{Settings{}};
  auto peer = server.connect();
  const auto greeting = peer.read_line();
  EXPECT_THAT(greeting, HasSubstr(" STARTTLS LOGINDISABLED"));
  EXPECT_THAT(greeting, Not(HasSubstr("AUTH=")));
  EXPECT_THAT(peer.ask("a LOGIN alice secret"), StartsWith("a NO [PRIVACYREQUIRED]"));
  EXPECT_THAT(peer.ask("b AUTHENTICATE PLAIN AGFsaWNlAHNlY3JldA=="), StartsWith("b NO [PRIVACYREQUIRED]"));
}

TEST(ImapSession, StartTlsForgetsWhatCameBefore) {
  Server server{Settings{}};
  auto peer = server.connect();
  peer.read_line();
  // RFC 9051 11.1: a command slipped in before the handshake is not run after it.
  peer.send("a STARTTLS\r\nb CAPABILITY\r\n");
  EXPECT_THAT(peer.read_line(), StartsWith("a OK"));
  peer.start_tls();
  EXPECT_THAT(peer.ask("c CAPABILITY"), HasSubstr("AUTH=PLAIN"));
  EXPECT_THAT(peer.read_line(), StartsWith("c OK"));
  EXPECT_THAT(peer.ask("d STARTTLS"), StartsWith("d BAD"));
  EXPECT_THAT(peer.ask("e LOGIN alice secret"), StartsWith("e OK"));
}

TEST(ImapSession, LargeMessagesGoInAndComeOutWhole) {
  Server server;
  auto peer = server.connect_as("alice");
  const auto message = message_of(5'000'001);
  peer.send("a APPEND INBOX {" + std::to_string(message.size()) + "+}\r\n" + message + "\r\n");
  EXPECT_THAT(peer.read_line(), StartsWith("a OK [APPENDUID"));
  command(peer, "b", "SELECT INBOX");
  peer.send("c FETCH 1 (BODY.PEEK[] RFC822.SIZE BODY.PEEK[TEXT]<100.50>)\r\n");
  EXPECT_EQ(peer.read_line(), "* 1 FETCH (RFC822.SIZE 5000001 BODY[] {5000001}");
  EXPECT_TRUE(peer.read(message.size()) == message);
  EXPECT_EQ(peer.read_line(), " BODY[TEXT]<100> {50}");
  EXPECT_EQ(peer.read(50), message.substr(message.find("\r\n\r\n") + 4 + 100, 50));
  EXPECT_EQ(peer.read_line(), ")");
  EXPECT_THAT(peer.read_line(), StartsWith("c OK"));
}

TEST(ImapSession, WhatIsTooLargeIsRefusedAndTheSessionGoesOn) {
  auto settings = plain_text();
  settings.max_request_size = settings.max_message_size = 100'000;
  Server server{settings};
  auto peer = server.connect_as("alice");
  // Asked first: refused before a single octet of it.
  EXPECT_THAT(peer.ask("a APPEND INBOX {100001}"), StartsWith("a NO [TOOBIG]"));
  // Sent without asking: skipped.
  peer.send("b APPEND INBOX {150000+}\r\n" + message_of(150'000) + "\r\n");
  EXPECT_THAT(peer.read_line(), StartsWith("b NO [TOOBIG]"));
  EXPECT_THAT(peer.ask("c NOOP"), StartsWith("c OK"));
  // What waits for its tag gets it; a line without one gets none.
  EXPECT_EQ(peer.ask("long NOOP " + std::string(70'000, 'x')), "long BAD The line is too long");
  EXPECT_EQ(peer.ask(std::string(70'000, '(')), "* BAD The line is too long");
  EXPECT_EQ(peer.ask("after APPEND {5+}\r\nINBOX " + std::string(70'000, 'x')),
            "after BAD The line is too long");
  EXPECT_THAT(peer.ask("d NOOP"), StartsWith("d OK"));
  // Far too large to be skipped.
  EXPECT_THAT(peer.ask("e APPEND INBOX {99999999999+}"), StartsWith("* BYE"));
  EXPECT_EQ(peer.read_line(), "<eof>");
}

TEST(ImapSession, TooManyErrorsEndIt) {
  auto settings = plain_text();
  settings.max_errors = 3;
  Server server{settings};
  auto peer = server.connect();
  peer.read_line();
  EXPECT_THAT(peer.ask("a WHAT"), StartsWith("a BAD"));
  EXPECT_THAT(peer.ask("b WHAT"), StartsWith("b BAD"));
  EXPECT_THAT(peer.ask("c NOOP"), StartsWith("c OK"));  // and the count begins anew
  EXPECT_THAT(peer.ask("d WHAT"), StartsWith("d BAD"));
  EXPECT_THAT(peer.ask("e WHAT"), StartsWith("e BAD"));
  EXPECT_THAT(peer.ask("f WHAT"), StartsWith("f BAD"));
  EXPECT_EQ(peer.read_line(), "* BYE Too many errors");
  EXPECT_EQ(peer.read_line(), "<eof>");
}

TEST(ImapSession, SilenceEndsIt) {
  auto settings = plain_text();
  settings.timeout_anonymous = std::chrono::milliseconds(500);
  settings.timeout_idle = std::chrono::milliseconds(50);
  Server server{settings};
  auto silent = server.connect();
  silent.read_line();
  EXPECT_THAT(silent.read_line(), StartsWith("* BYE"));
  auto idle = server.connect_as("alice");
  EXPECT_EQ(idle.ask("a IDLE"), "+ idling");
  EXPECT_THAT(idle.read_line(), StartsWith("* BYE"));
}

TEST(ImapSession, WhoDoesNotLogInInTimeIsSentAwayHoweverBusy) {
  auto settings = plain_text();
  settings.timeout_anonymous = std::chrono::milliseconds(300);
  Server server{settings};
  auto busy = server.connect();
  busy.read_line();
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  std::string line;
  do {
    line = busy.ask("a NOOP");
  } while (line.starts_with("a OK") && std::chrono::steady_clock::now() < until);
  EXPECT_EQ(line, "* BYE No login came in time");
  // Who has logged in stays.
  auto there = server.connect_as("alice");
  const auto later = std::chrono::steady_clock::now() + std::chrono::milliseconds(600);
  while (std::chrono::steady_clock::now() < later) ASSERT_THAT(there.ask("b NOOP"), StartsWith("b OK"));
}

// RFC 9051 4.3.1: NUL is for literal8 alone.
TEST(ImapSession, NoNulIsSentInALiteral) {
  Server server;
  auto peer = server.connect_as("alice");
  std::string message = "Subject: a";
  message += '\0';
  message += "b\r\n\r\nc";
  message += '\0';
  message += 'd';
  message += message_of(1'200'000);  // which is sent in more than one piece
  message.back() = '\0';
  peer.send("a APPEND INBOX {" + std::to_string(message.size()) + "+}\r\n" + message + "\r\n");
  EXPECT_THAT(peer.read_line(), StartsWith("a OK [APPENDUID"));
  command(peer, "b", "SELECT INBOX");
  std::ranges::replace(message, '\0', '\x80');
  peer.send("c FETCH 1 BODY.PEEK[]\r\n");
  EXPECT_EQ(peer.read_line(), "* 1 FETCH (BODY[] {" + std::to_string(message.size()) + "}");
  EXPECT_TRUE(peer.read(message.size()) == message);
  EXPECT_EQ(peer.read_line(), ")");
  EXPECT_THAT(peer.read_line(), StartsWith("c OK"));
  for (const auto* section : {"BODY.PEEK[HEADER]", "BODY.PEEK[HEADER.FIELDS (SUBJECT)]"}) {
    const auto text = command(peer, "d", "FETCH 1 " + std::string(section));
    EXPECT_EQ(text.find('\0'), std::string::npos) << section;
    EXPECT_THAT(text, HasSubstr("Subject: a\x80"
                                "b"));
  }
}

TEST(ImapSession, LimitsOfRateAndOfSessionsHold) {
  auto settings = plain_text();
  settings.rate_count = 3;
  settings.rate_period = std::chrono::hours(1);
  settings.max_sessions = 1;
  Server server{settings};
  {
    auto first = server.connect_as("alice");
    auto second = server.connect();
    second.read_line();
    EXPECT_THAT(second.ask("a LOGIN alice secret"), StartsWith("a NO [LIMIT]"));
    EXPECT_THAT(second.ask("b LOGIN bob secret"), StartsWith("b OK"));
    EXPECT_THAT(first.ask("c NOOP"), StartsWith("c OK"));
    EXPECT_THAT(first.ask("d NOOP"), StartsWith("d OK"));
    EXPECT_THAT(first.ask("e NOOP"), StartsWith("e NO [LIMIT]"));
    EXPECT_THAT(first.read_line(), StartsWith("* BYE "));
    EXPECT_EQ(first.read_line(), "<eof>");
  }
  // The place is free again once the session has gone.
  auto again = server.connect();
  again.read_line();
  EXPECT_THAT(again.ask("f LOGIN alice secret"), StartsWith("f OK"));
}

TEST(ImapSession, PipelinedCommandsAreAnsweredInOrder) {
  Server server;
  for (int i = 0; i < 300; ++i) server.core.deliver("bob", "Subject: " + std::to_string(i) + "\r\n\r\nx\r\n");
  auto peer = server.connect_as("bob");
  peer.send(
      "a SELECT INBOX\r\nb UID FETCH 1:* (FLAGS)\r\nc UID STORE 1:300 +FLAGS.SILENT (\\Deleted)\r\nd "
      "EXPUNGE\r\n"
      "e STATUS INBOX (MESSAGES)\r\nf LOGOUT\r\n");
  EXPECT_THAT(read_reply(peer, "a"), HasSubstr("* 300 EXISTS"));
  EXPECT_THAT(read_reply(peer, "b"), HasSubstr("* 300 FETCH (UID 300 FLAGS (\\Recent))"));
  EXPECT_EQ(read_reply(peer, "c"), "c OK STORE completed\n");
  EXPECT_THAT(read_reply(peer, "d"), StartsWith("* 1 EXPUNGE\n* 1 EXPUNGE\n"));
  EXPECT_THAT(read_reply(peer, "e"), HasSubstr("* STATUS INBOX (MESSAGES 0)"));
  EXPECT_THAT(read_reply(peer, "f"), HasSubstr("* BYE"));
}

TEST(ImapSession, FetchOfManyMessagesComesInOrderWhateverItAsks) {
  Server server;
  constexpr int kMessages = 700;
  for (int i = 1; i <= kMessages; ++i) {
    server.core.deliver(
        "bob", "Subject: number " + std::to_string(i) + "\r\n\r\n" + std::string(2000, 'z') + "\r\n");
  }
  auto peer = server.connect_as("bob");
  command(peer, "a", "SELECT INBOX");
  for (const std::string items : {"FLAGS", "ENVELOPE", "BODYSTRUCTURE", "(UID BODY.PEEK[TEXT])", "BODY[]"}) {
    const auto reply = command(peer, "b", "FETCH 1:* " + items);
    std::size_t at = 0;
    for (int i = 1; i <= kMessages; ++i) {
      at = reply.find("* " + std::to_string(i) + " FETCH (", at);
      ASSERT_NE(at, std::string::npos) << items << " " << i;
    }
    EXPECT_THAT(reply, HasSubstr("b OK FETCH completed")) << items;
  }
  EXPECT_THAT(command(peer, "c", "SEARCH UNSEEN"), StartsWith("* SEARCH\n"));
}

TEST(ImapSession, IdleHearsOfADelivery) {
  Server server;
  auto peer = server.connect_as("alice");
  command(peer, "a", "SELECT INBOX");
  EXPECT_EQ(peer.ask("b IDLE"), "+ idling");
  server.core.deliver("alice", "Subject: new\r\n\r\n");
  EXPECT_EQ(peer.read_line(), "* 1 EXISTS");
  EXPECT_EQ(peer.read_line(), "* 1 RECENT");
  server.core.deliver("bob", "Subject: somebody else's\r\n\r\n");
  EXPECT_THAT(peer.ask("DONE"), StartsWith("b OK"));
}

// A record that cannot be read is made anew by the limits by which it was made at first; a search, too.
TEST(ImapSession, WhatIsParsedAgainIsParsedByTheSettings) {
  auto options = Core::standard_folders();
  options.mime.max_parts = 3;
  Server server(plain_text(), {.threads = 4, .queue_limit = 256}, options);
  std::string message = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
  for (const std::string word : {"first", "second"})
    message += "--b\r\nContent-Type: text/plain\r\n\r\n" + word + "\r\n";
  message += "--b\r\nContent-Transfer-Encoding: base64\r\n\r\naGlkZGVuIHRyZWFzdXJl\r\n--b--\r\n";
  server.core.deliver("alice", message);
  server.core.deliver("alice", message);
  const auto account = server.core.account("alice");
  const mailbox::DocumentId second = 2;
  auto record = require(server.core.accounts->messages(account, std::span(&second, 1))).at(0).value();
  record.summary = "damaged";
  store::WriteBatch damage;
  damage.set(mailbox::message_key(account, second), mailbox::encode(record));
  require(server.core.stores.data->commit(std::move(damage)));

  auto peer = server.connect_as("alice");
  command(peer, "a", "SELECT INBOX");
  const auto whole = command(peer, "b", "FETCH 1 BODYSTRUCTURE");
  auto remade = command(peer, "b", "FETCH 2 BODYSTRUCTURE");
  remade.replace(remade.find('2'), 1, "1");
  EXPECT_EQ(remade, whole);
  EXPECT_THAT(command(peer, "c", "SEARCH BODY second"), StartsWith("* SEARCH 1 2\n"));
  EXPECT_THAT(command(peer, "d", "SEARCH BODY treasure"), StartsWith("* SEARCH\n"))
      << "a part beyond the limit is text of the one before it";
}

TEST(ImapSession, ADrainSaysGoodbye) {
  Server server;
  auto idle = server.connect_as("alice");
  EXPECT_EQ(idle.ask("a IDLE"), "+ idling");
  auto quiet = server.connect_as("bob");
  auto drained =
      std::async(std::launch::async, [&] { return server.edge.edge.drain(std::chrono::seconds(10)); });
  EXPECT_THAT(idle.read_line(), StartsWith("* BYE [UNAVAILABLE]"));
  EXPECT_THAT(quiet.read_line(), StartsWith("* BYE [UNAVAILABLE]"));
  idle.close();
  quiet.close();
  EXPECT_EQ(drained.get().forced, 0u);
}

TEST(ImapSession, WhenTheWorkersAreBusyItSaysSo) {
  Server server(plain_text(), {.threads = 1, .queue_limit = 0});
  auto busy = server.connect_as("alice");
  auto other = server.connect_as("bob");
  // Announcements are made on the thread that committed: the only worker waits in this one.
  std::promise<void> entered, release;
  const auto gate = release.get_future().share();
  const auto subscription = server.core.accounts->subscribe(server.core.account("alice"),
                                                            [&, gate](mailbox::AccountId, mailbox::Modseq) {
                                                              entered.set_value();
                                                              gate.wait();
                                                            });
  busy.send("a CREATE Work\r\n");
  entered.get_future().wait();
  EXPECT_THAT(other.ask("b LIST \"\" *"), StartsWith("b NO [UNAVAILABLE]"));
  EXPECT_THAT(other.ask("c CAPABILITY"), StartsWith("* CAPABILITY"));
  release.set_value();
  EXPECT_THAT(busy.read_line(), StartsWith("a OK"));
}

TEST(ImapSession, APasswordChangeOfCaseIsNoLogin) {
  Server server;
  auto peer = server.connect();
  peer.read_line();
  EXPECT_THAT(peer.ask("a LOGIN alice SECRET"), StartsWith("a NO [AUTHENTICATIONFAILED]"));
  // And nothing tells whether the name exists.
  EXPECT_EQ(peer.ask("b LOGIN nobody secret").substr(2), "NO [AUTHENTICATIONFAILED] Wrong login or password");
}

}  // namespace
}  // namespace gannet::imap
