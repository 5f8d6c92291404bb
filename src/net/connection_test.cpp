#include "net/connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <numeric>

#include "net/testing/server.h"

namespace gannet::net {
namespace {

using testing::loopback_listener;
using testing::Peer;
using testing::Server;
using ::testing::StartsWith;

std::string name_of(const Error& error) {
  if (error.is(NetError::kEof)) return "eof";
  if (error.is(NetError::kReset)) return "reset";
  if (error.is(NetError::kTimeout)) return "timeout";
  if (error.is(NetError::kTooLong)) return "too long";
  if (error.is(NetError::kTooSlow)) return "too slow";
  if (error.is(NetError::kShutdown)) return "shutdown";
  if (error.is(NetError::kTls)) return "tls";
  return "other: " + error.describe();
}

std::string shown(const Line& line) {
  return "[" + line.text + "]" + (line.bare ? " bare" : "") + (line.crlf ? "" : " lf");
}

// Answers each line with what it read, and ends with the error in `end`.
Task<void> run_lines(std::unique_ptr<Connection> connection, std::size_t max, LineMode mode,
                     std::promise<std::string>* end) {
  for (;;) {
    auto line = co_await connection->read_line(max, mode);
    if (!line && !line.error().is(NetError::kTooLong)) {
      if (end) end->set_value(name_of(line.error()));
      break;
    }
    auto reply = line ? shown(*line) : "too long";
    [[maybe_unused]] auto queued = connection->queue(reply + "\r\n");
  }
  co_await connection->close();
}

Protocol lines(LineMode mode, std::size_t max = 64, std::promise<std::string>* end = nullptr) {
  return {.name = "lines", .run_session = [=](auto c) { return run_lines(std::move(c), max, mode, end); }};
}

TEST(ReadLine, FindsTheSameLinesHoweverTheyAreSplit) {
  Server server(lines(LineMode::kStrictCrlf));
  const std::string input = "one\r\n\r\nbare\nlf\r\nbare\rcr\r\nend\r\r\n";
  const std::vector<std::string> expected = {"[one]", "[]", "[bare\nlf] bare", "[bare\rcr] bare",
                                             "[end\r] bare"};
  for (std::size_t size = 1; size <= input.size(); ++size) {
    auto peer = server.connect();
    for (std::size_t at = 0; at < input.size(); at += size) peer.send(input.substr(at, size));
    std::string all;
    for (const auto& line : expected) all += line + "\r\n";
    EXPECT_EQ(peer.read(all.size()), all) << "in pieces of " << size;
  }
}

TEST(ReadLine, TakesLfAloneOnlyWhereItIsAllowed) {
  Server server(lines(LineMode::kAllowLf));
  auto peer = server.connect();
  peer.send("a\nb\r\nc\rd\n");
  EXPECT_EQ(peer.read_line(), "[a] lf");
  EXPECT_EQ(peer.read_line(), "[b]");
  EXPECT_EQ(peer.read(13), "[c\rd] bare lf");
}

TEST(ReadLine, RefusesLongLinesAndGoesOnAfterThem) {
  Server server(lines(LineMode::kStrictCrlf, 10));
  auto peer = server.connect();
  peer.send("0123456789\r\n");
  EXPECT_EQ(peer.read_line(), "[0123456789]");
  peer.send("0123456789a\r\nnext\r\n");
  EXPECT_EQ(peer.read_line(), "too long");
  EXPECT_EQ(peer.read_line(), "[next]");
  // Longer than any buffer, with a CR at the end of what is dropped.
  peer.send(std::string(300'000, 'x'));
  EXPECT_EQ(peer.read_line(), "too long");
  peer.send(std::string(1000, 'y') + "\r");
  peer.send("\nafter\r\n");
  EXPECT_EQ(peer.read_line(), "[after]");
}

TEST(ReadLine, TellsEofFromResetFromTimeout) {
  for (std::string how : {"eof", "reset"}) {
    std::promise<std::string> end;
    Server server(lines(LineMode::kStrictCrlf, 64, &end));
    auto peer = server.connect();
    EXPECT_EQ(peer.ask("hello"), "[hello]");
    if (how == "reset") {
      linger now{.l_onoff = 1, .l_linger = 0};
      ::setsockopt(peer.socket(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    }
    peer.close();
    EXPECT_EQ(end.get_future().get(), how);
  }
}

Task<void> run_deadline(std::unique_ptr<Connection> connection) {
  connection->set_deadline(std::chrono::milliseconds(50));
  for (;;) {
    auto line = co_await connection->read_line(100);
    if (!line) {
      connection->set_deadline(std::chrono::seconds(5));
      co_await connection->write(name_of(line.error()) + "\r\n");
      break;
    }
  }
  co_await connection->close();
}

TEST(Deadline, EndsAWaitAndLetsTheSessionSayWhy) {
  Server server({.name = "deadline", .run_session = run_deadline});
  auto peer = server.connect();
  EXPECT_EQ(peer.read_line(), "timeout");
  EXPECT_EQ(peer.read_line(), "<eof>");
}

TEST(Deadline, IsNotMovedByAPeerThatDribbles) {
  Server server({.name = "deadline", .run_session = run_deadline});
  auto peer = server.connect();
  std::string got;
  // Octet by octet for as long as it is let: the line is never whole.
  auto reader = std::async(std::launch::async, [&] { got = peer.read_line(); });
  while (reader.wait_for(std::chrono::milliseconds(5)) != std::future_status::ready) {
    ::send(peer.socket(), "x", 1, MSG_NOSIGNAL);
  }
  EXPECT_EQ(got, "timeout");
}

Task<void> run_body(std::unique_ptr<Connection> connection) {
  auto size = co_await connection->read_line(20);
  if (!size) co_return;
  auto exact = co_await connection->read_exact(5);
  if (!exact) co_return;
  std::uint64_t sum = 0;
  std::size_t left = std::stoul(size->text);
  while (left > 0) {
    auto in = co_await connection->read_some();
    if (!in) co_return;
    auto part = in->substr(0, left);
    sum = std::accumulate(part.begin(), part.end(), sum, [](std::uint64_t s, char c) { return s * 31 + c; });
    left -= part.size();
    connection->consume(part.size());
  }
  auto after = co_await connection->read_line(20);
  if (!after) co_return;
  co_await connection->write(*exact + " " + std::to_string(sum) + " " + after->text + " " +
                             std::to_string(connection->bytes_read()) + "\r\n");
  co_await connection->close();
}

TEST(ReadSome, GivesABodyInChunksAndLeavesWhatFollows) {
  for (bool tls : {false, true}) {
    auto listener = loopback_listener();
    listener.tls.implicit = tls;
    Server server({.name = "body", .run_session = run_body}, listener);
    auto peer = server.connect();
    if (tls) peer.start_tls();
    std::string body(1'000'000, ' ');
    for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>('a' + i % 23);
    auto sum = std::accumulate(body.begin(), body.end(), std::uint64_t{0},
                               [](std::uint64_t s, char c) { return s * 31 + c; });
    auto all = "1000000\r\nexact" + body + "after\r\n";
    peer.send(all);
    EXPECT_EQ(peer.read_line(), "exact " + std::to_string(sum) + " after " + std::to_string(all.size()));
  }
}

Task<void> run_bulk(std::unique_ptr<Connection> connection, std::size_t size) {
  for (std::size_t sent = 0; sent < size; sent += 10'000) {
    if (!co_await connection->write(std::string(10'000, 'z'))) co_return;
  }
  co_await connection->close();
}

TEST(Write, SendsAllOfALargeReplyToASlowReader) {
  for (bool tls : {false, true}) {
    auto listener = loopback_listener();
    listener.tls.implicit = tls;
    Server server({.name = "bulk", .run_session = [](auto c) { return run_bulk(std::move(c), 5'000'000); }},
                  listener);
    auto peer = Peer::connect(server.endpoint(), 8192);
    if (tls) peer.start_tls();
    EXPECT_EQ(peer.read_all().size(), 5'000'000u);
  }
}

Task<void> run_push(std::unique_ptr<Connection> connection, std::promise<std::string>* end) {
  connection->set_outbox_limit(100'000);
  for (;;) {
    auto queued = connection->queue(std::string(1000, 'p'));
    if (!queued) {
      end->set_value(name_of(queued.error()) + " with room for " + std::to_string(connection->outbox_room()));
      co_return;
    }
  }
}

TEST(Queue, RefusesBeyondTheOutboxLimit) {
  std::promise<std::string> end;
  Server server({.name = "push", .run_session = [&](auto c) { return run_push(std::move(c), &end); }});
  auto peer = server.connect();
  EXPECT_EQ(end.get_future().get(), "too slow with room for 0");
  EXPECT_EQ(peer.read_all(), "") << "unsent replies are lost when a session ends without close()";
}

Task<void> run_stuck_writer(std::unique_ptr<Connection> connection, std::promise<std::string>* end) {
  connection->set_deadline(std::chrono::milliseconds(200));
  for (;;) {
    auto written = co_await connection->write(std::string(100'000, 'w'));
    if (!written) {
      end->set_value(name_of(written.error()));
      co_return;
    }
  }
}

TEST(Write, EndsAtTheDeadlineForAPeerThatDoesNotRead) {
  std::promise<std::string> end;
  Server server(
      {.name = "stuck", .run_session = [&](auto c) { return run_stuck_writer(std::move(c), &end); }});
  auto peer = Peer::connect(server.endpoint(), 4096);
  EXPECT_EQ(end.get_future().get(), "timeout");
}

Task<void> run_close(std::unique_ptr<Connection> connection) {
  co_await connection->read_line(100);
  [[maybe_unused]] auto queued = connection->queue("bye\r\n");
  co_await connection->close();
}

TEST(Close, DeliversTheLastReplyEvenIfInputIsUnread) {
  Server server({.name = "close", .run_session = run_close});
  auto peer = server.connect();
  peer.send("x\r\n" + std::string(200'000, 'u'));
  EXPECT_EQ(peer.read_line(), "bye");
  EXPECT_EQ(peer.read_line(), "<eof>");
}

Task<void> run_pipelined(std::unique_ptr<Connection> connection) {
  for (;;) {
    auto line = co_await connection->read_line(100);
    if (!line) co_return;
    if (!co_await connection->write("r " + line->text + "\r\n")) co_return;
  }
}

TEST(Pipelining, AnswersAGroupOfCommandsInOneSegment) {
  Server server({.name = "pipelined", .run_session = run_pipelined});
  auto peer = server.connect();
  EXPECT_EQ(peer.ask("first"), "r first");
  peer.send("a\r\nb\r\nc\r\nd\r\n");
  // What one recv() gives is one write of the server: replies are held until it has to wait.
  char buffer[200];
  auto got = ::recv(peer.socket(), buffer, sizeof buffer, 0);
  EXPECT_EQ(std::string(buffer, static_cast<std::size_t>(got)), "r a\r\nr b\r\nr c\r\nr d\r\n");
}

// ---- Wake-ups.

Task<void> run_idle(std::unique_ptr<Connection> connection, std::promise<Notifier>* notifier) {
  notifier->set_value(connection->notifier());
  for (;;) {
    auto line = co_await connection->read_line_or_notified(100);
    if (!line) {
      co_await connection->write(name_of(line.error()) + "\r\n");
      break;
    }
    co_await connection->write(*line ? shown(**line) + "\r\n" : "notified\r\n");
  }
  co_await connection->close();
}

TEST(Notifier, WakesASessionThatWaitsAndLosesNoInput) {
  for (bool tls : {false, true}) {
    std::promise<Notifier> promise;
    auto listener = loopback_listener();
    listener.tls.implicit = tls;
    Server server({.name = "idle", .run_session = [&](auto c) { return run_idle(std::move(c), &promise); }},
                  listener);
    auto peer = server.connect();
    if (tls) peer.start_tls();
    auto notifier = promise.get_future().get();
    EXPECT_EQ(peer.ask("one"), "[one]");
    notifier.notify();
    EXPECT_EQ(peer.read_line(), "notified");
    peer.send("half");
    notifier.notify();
    EXPECT_EQ(peer.read_line(), "notified");
    EXPECT_EQ(peer.ask(" line"), "[half line]");
    peer.close();
    for (int i = 0; i < 100; ++i) notifier.notify();
  }
}

TEST(Notifier, ManyThreadsWakeManyTimes) {
  std::promise<Notifier> promise;
  Server server({.name = "idle", .run_session = [&](auto c) { return run_idle(std::move(c), &promise); }});
  auto peer = server.connect();
  auto notifier = promise.get_future().get();
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([notifier] {
      for (int i = 0; i < 500; ++i) notifier.notify();
    });
  }
  for (auto& thread : threads) thread.join();
  peer.send("last\r\n");
  int notified = 0;
  for (;;) {
    auto line = peer.read_line();
    if (line == "[last]") break;
    ASSERT_EQ(line, "notified");
    ++notified;
  }
  EXPECT_GE(notified, 1);
  EXPECT_LE(notified, 2000);
}

// ---- Drain.

Task<void> run_draining(std::unique_ptr<Connection> connection, std::promise<void>* reading) {
  for (;;) {
    auto line = co_await connection->read_line(100);
    if (!line) {
      co_await connection->write(name_of(line.error()) + "\r\n");
      break;
    }
    if (line->text == "body") {
      reading->set_value();
      auto body = co_await connection->read_exact(4);
      co_await connection->write(body ? *body + "\r\n" : "cut: " + name_of(body.error()) + "\r\n");
      if (!body) break;
    }
  }
  co_await connection->close();
}

TEST(Drain, LetsACommandInHandFinishAndTellsWhoIsIdle) {
  std::promise<void> reading;
  Server server(
      {.name = "drain", .run_session = [&](auto c) { return run_draining(std::move(c), &reading); }});
  auto busy = server.connect();
  auto idle = server.connect();
  busy.send("body\r\n12");
  reading.get_future().wait();
  auto report = std::async(std::launch::async, [&] { return server.edge.drain(std::chrono::seconds(20)); });
  EXPECT_EQ(idle.read_line(), "shutdown");
  EXPECT_EQ(idle.read_line(), "<eof>");
  busy.send("34");
  EXPECT_EQ(busy.read_line(), "1234");
  EXPECT_EQ(busy.read_line(), "shutdown");
  EXPECT_EQ(busy.read_line(), "<eof>");
  auto done = report.get();
  EXPECT_EQ(done.finished, 2u);
  EXPECT_EQ(done.forced + done.left, 0u);
  EXPECT_THROW(server.connect(), std::runtime_error) << "the listener is closed";
}

TEST(Drain, CutsOffWhoDoesNotFinish) {
  std::promise<void> reading;
  Server server(
      {.name = "drain", .run_session = [&](auto c) { return run_draining(std::move(c), &reading); }});
  auto busy = server.connect();
  busy.send("body\r\n12");
  reading.get_future().wait();
  auto report = server.edge.drain(std::chrono::milliseconds(200));
  EXPECT_EQ(report.forced, 1u);
  EXPECT_EQ(report.left, 0u);
  EXPECT_EQ(busy.read_line(), "cut: shutdown");
}

}  // namespace
}  // namespace gannet::net
