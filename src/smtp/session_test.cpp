// Sessions over real sockets, most of them written down under tests/transcripts/smtp/.
#include "smtp/session.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "net/testing/server.h"
#include "smtp/testing/memory_handler.h"
#include "smtp/testing/transcript.h"

namespace gannet::smtp {
namespace {

using testing::MemoryMail;
using testing::Transcript;

struct WireServer {
  explicit WireServer(std::shared_ptr<MemoryMail> kept, Protocol protocol = Protocol::kSmtp, bool tls = true)
      : mail(std::move(kept)), server(make_protocol(protocol), listener(tls)) {}

  net::Protocol make_protocol(Protocol protocol) {
    net::Protocol out;
    out.name = protocol == Protocol::kLmtp ? "lmtp" : "smtp";
    out.run_session = [kept = mail, protocol](std::unique_ptr<net::Connection> connection) {
      static const SystemClock clock;
      return run_session(std::move(connection), protocol, std::make_unique<testing::MemoryHandler>(kept),
                         &clock);
    };
    return out;
  }
  static net::ListenerOptions listener(bool tls) {
    auto options = net::testing::loopback_listener();
    options.tls.enable = tls;
    return options;
  }

  std::shared_ptr<MemoryMail> mail;
  net::testing::Server server;
};

std::shared_ptr<MemoryMail> quick_mail() {
  auto mail = std::make_shared<MemoryMail>();
  mail->options.hostname = "mx.demo.test";
  mail->options.auth_errors_wait = mail->options.rcpt_errors_wait = Duration(1);
  return mail;
}

void apply(const std::map<std::string, std::string>& settings, SessionOptions& options) {
  for (const auto& [key, value] : settings) {
    const auto number = [&] { return static_cast<std::uint32_t>(std::stoul(value)); };
    if (key == "max-recipients") options.max_recipients = number();
    if (key == "max-messages") options.max_messages = number();
    if (key == "max-errors") options.max_errors = number();
    if (key == "size") options.data.size = number();
    if (key == "line") options.data.line = number();
    if (key == "transfer-limit") options.transfer_limit = number();
    if (key == "timeout") options.timeout = Duration(number());
    if (key == "duration") options.duration = Duration(number());
    if (key == "mechanisms") options.mechanisms = {"PLAIN", "LOGIN"};
    if (key == "vrfy") options.vrfy = options.expn = true;
    if (key == "memory") options.memory = std::make_shared<MessageMemory>(number());
    if (key == "no-chunking") options.chunking = false;
    if (key == "no-dsn") options.dsn = false;
    if (key == "hello-optional") options.require_hello = false;
  }
}

class WireTranscript : public ::testing::TestWithParam<Transcript> {};

TEST_P(WireTranscript, RunsAsWritten) {
  const Transcript& transcript = GetParam();
  auto mail = quick_mail();
  apply(transcript.settings, mail->options);
  const bool lmtp = transcript.settings.contains("lmtp");
  WireServer server(mail, lmtp ? Protocol::kLmtp : Protocol::kSmtp, !transcript.settings.contains("no-tls"));
  auto peer = server.server.connect();
  std::size_t seen = 0;
  testing::run_transcript(transcript, peer, [&](const Transcript::Step& step) {
    // M: the next message as it was handed on
    const auto taken = mail->taken();
    ASSERT_LT(seen, taken.size()) << "no further message was accepted";
    EXPECT_EQ(taken[seen++].message, testing::unescape(step.text));
  });
  EXPECT_EQ(mail->taken().size(), seen) << "messages that the transcript does not name (M:)";
}

INSTANTIATE_TEST_SUITE_P(Smtp, WireTranscript,
                         ::testing::ValuesIn(testing::read_transcripts(GANNET_SOURCE_DIR
                                                                       "/tests/transcripts/smtp")),
                         [](const auto& info) {
                           std::string name = info.param.name;
                           std::ranges::replace_if(name, [](char c) { return !std::isalnum(c); }, '_');
                           return name;
                         });

// RFC 3207 4.2, CVE-2011-0411: what an attacker slips in behind STARTTLS is not taken for the client's own.
TEST(Session, ForgetsWhatCameBehindStartTls) {
  WireServer server(quick_mail());
  auto peer = server.server.connect();
  peer.read_line();
  peer.send("EHLO client.test\r\n");
  while (peer.read_line().starts_with("250-")) {
  }
  peer.send("STARTTLS\r\nEHLO evil.test\r\nMAIL FROM:<evil@evil.test>\r\n");
  EXPECT_EQ(peer.read_line(), "220 2.0.0 Go ahead");
  peer.start_tls();
  EXPECT_EQ(peer.ask("MAIL FROM:<alice@demo.test>"), "503 5.5.1 Say EHLO or HELO first");
  EXPECT_EQ(peer.ask("RCPT TO:<bob@demo.test>"), "503 5.5.1 Say MAIL first");
}

TEST(Session, TakesALargeMessageInSmallPieces) {
  auto mail = quick_mail();
  WireServer server(mail);
  auto peer = server.server.connect();
  peer.read_line();
  peer.ask("HELO client.test");
  peer.ask("MAIL FROM:<>");
  peer.ask("RCPT TO:<bob@demo.test>");
  EXPECT_EQ(peer.ask("DATA").substr(0, 3), "354");
  std::string message, wire;
  for (int i = 0; i < 20'000; ++i) {
    const std::string line =
        (i % 7 == 0 ? "." : "") + std::string(static_cast<std::size_t>(i % 90), 'x') + "\r\n";
    message += line;
    wire += (i % 7 == 0 ? "." : "") + line;
  }
  wire += ".\r\n";
  for (std::size_t at = 0; at < wire.size(); at += 7919) peer.send(std::string_view(wire).substr(at, 7919));
  EXPECT_EQ(peer.read_line(), "250 2.0.0 Accepted");
  ASSERT_EQ(mail->taken().size(), 1U);
  EXPECT_TRUE(mail->taken()[0].message == message);
}

TEST(Session, TellsPipelinedCommandsApartInAnyPieces) {
  const std::string wire =
      "EHLO client.test\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<alice@demo.test>\r\nDATA\r\n"
      "Subject: x\r\n\r\n..y\r\n.\r\nMAIL FROM:<a@b.test> BODY=BINARYMIME\r\nRCPT TO:<bob@demo.test>\r\n"
      "BDAT 4\r\na\nb\rBDAT 3 LAST\r\n\x01\n.\r\nQUIT\r\n";
  std::string fixed = wire;
  fixed.replace(fixed.find("\x01\n.\r\nQUIT"), 9, "\x01\n.QUIT");
  for (const std::size_t piece : {std::size_t{1}, std::size_t{2}, std::size_t{5}, std::size_t{1000}}) {
    auto mail = quick_mail();
    WireServer server(mail);
    auto peer = server.server.connect();
    for (std::size_t at = 0; at < fixed.size(); at += piece)
      peer.send(std::string_view(fixed).substr(at, piece));
    const std::string replies = peer.read_all();
    EXPECT_NE(replies.find("\r\n221 2.0.0"), std::string::npos) << replies;
    ASSERT_EQ(mail->taken().size(), 2U) << replies;
    EXPECT_EQ(mail->taken()[0].message, "Subject: x\r\n\r\n.y\r\n");
    EXPECT_EQ(mail->taken()[1].message, "a\nb\r\x01\n.");
  }
}

// RFC 2920 3.2: the replies to a group of commands leave together.
TEST(Session, AnswersAGroupOfCommandsInOneSegment) {
  WireServer server(quick_mail());
  auto peer = server.server.connect();
  peer.read_line();
  peer.send(
      "HELO c.test\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<alice@demo.test>\r\nRCPT "
      "TO:<bob@demo.test>\r\nDATA\r\n");
  char buffer[4096];
  const auto size = ::recv(peer.socket(), buffer, sizeof buffer, 0);
  ASSERT_GT(size, 0);
  EXPECT_NE(std::string_view(buffer, static_cast<std::size_t>(size)).find("354 "), std::string_view::npos);
}

TEST(Session, SaysGoodbyeWhenTheServerStops) {
  WireServer server(quick_mail());
  auto peer = server.server.connect();
  peer.read_line();
  peer.ask("HELO c.test");
  const auto report = server.server.edge.drain(std::chrono::seconds(5));
  EXPECT_EQ(report.finished, 1U);
  EXPECT_EQ(peer.read_line(), "421 4.3.2 mx.demo.test is shutting down");
}

TEST(Session, LogsInUnderTls) {
  auto mail = quick_mail();
  mail->options.mechanisms = {"PLAIN", "LOGIN"};
  WireServer server(mail);
  auto peer = server.server.connect();
  peer.read_line();
  peer.send("EHLO c.test\r\nSTARTTLS\r\n");
  for (std::string line; line.find("Go ahead") == std::string::npos;) line = peer.read_line();
  peer.start_tls();
  peer.send("EHLO c.test\r\n");
  std::string line;
  while ((line = peer.read_line()).starts_with("250-")) EXPECT_NE(line, "250-STARTTLS");
  EXPECT_EQ(line, "250 AUTH PLAIN LOGIN");
  EXPECT_EQ(peer.ask("AUTH PLAIN " + base64_encode(std::string("\0alice\0wonderland", 17))),
            "235 2.7.0 Welcome");
  peer.send("MAIL FROM:<alice@demo.test>\r\nRCPT TO:<bob@demo.test>\r\nDATA\r\n");
  for (int i = 0; i < 3; ++i) peer.read_line();
  EXPECT_EQ(peer.ask("hello\r\n."), "250 2.0.0 Accepted");
  EXPECT_EQ(mail->taken().at(0).authenticated_as, "alice");
  EXPECT_TRUE(mail->taken().at(0).tls);
}

}  // namespace
}  // namespace gannet::smtp
