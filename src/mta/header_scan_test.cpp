#include "mta/header_scan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mta/received.h"

namespace gannet::mta {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(HeaderScan, CountsHopsAndFindsLoops) {
  const HeaderScan scan = scan_header(
      "Delivered-To: bob@demo.test\r\nReceived: one\r\nRECEIVED: two\r\n three\r\n"
      "Delivered-To:  carol@demo.test \r\nDate: x\r\n\r\nReceived: not a header\r\n");
  EXPECT_EQ(scan.received, 2U);
  EXPECT_THAT(scan.delivered_to, ElementsAre("bob@demo.test", "carol@demo.test"));
  EXPECT_TRUE(scan.date);
  EXPECT_FALSE(scan.message_id);
}

// RFC 5321 4.4: one Return-Path, written by final delivery.
TEST(HeaderScan, TakesOutReturnPaths) {
  const std::string message =
      "Return-Path: <forged@x>\r\nSubject: x\r\nReturn-Path:\r\n <another@x>\r\nTo: y\r\n\r\nReturn-Path: "
      "body\r\n";
  EXPECT_EQ(compose("Received: z\r\n", message, scan_header(message)),
            "Received: z\r\nSubject: x\r\nTo: y\r\n\r\nReturn-Path: body\r\n");
}

// RFC 5322 3.6.3
TEST(HeaderScan, TakesOutWhomNobodyMaySee) {
  const std::string message =
      "BCC: a@x,\r\n b@x\r\nReturn-Path: <>\r\nSubject: x\r\nResent-Bcc: c@x\r\nTo: y\r\n\r\nBcc: body\r\n";
  EXPECT_EQ(compose("Received: z\r\n", message, scan_header(message), Blind::kTakenOut),
            "Received: z\r\nSubject: x\r\nTo: y\r\n\r\nBcc: body\r\n");
  EXPECT_EQ(compose("", message, scan_header(message)),
            "BCC: a@x,\r\n b@x\r\nSubject: x\r\nResent-Bcc: c@x\r\nTo: y\r\n\r\nBcc: body\r\n");
}

TEST(HeaderScan, TakesMessagesWithoutHeader) {
  EXPECT_EQ(compose("Top: x\r\n", "", scan_header("")), "Top: x\r\n");
  EXPECT_EQ(compose("Top: x\r\n", "\r\nbody\r\n", scan_header("\r\nbody\r\n")), "Top: x\r\n\r\nbody\r\n");
  for (const char* body : {"just text\r\n", "hello there: text\r\n", " Subject: text\r\n", ": text\r\n"})
    EXPECT_EQ(compose("Top: x\r\n", body, scan_header(body)), std::string("Top: x\r\n\r\n") + body);
}

smtp::SessionInfo session() {
  smtp::SessionInfo out;
  out.peer = *Endpoint::parse("192.0.2.1:1234");
  out.hello = "client.example";
  out.extended = true;
  return out;
}

ReceivedFacts facts() {
  ReceivedFacts out;
  out.hostname = "mx.demo.test";
  out.id = "0001";
  out.time = from_unix_ms(1'700'000'000'000);
  return out;
}

TEST(Received, SaysHowTheMessageCame) {
  EXPECT_EQ(received_header(session(), facts()),
            "Received: from client.example ([192.0.2.1])\r\n\tby mx.demo.test with ESMTP id 0001;\r\n"
            "\tTue, 14 Nov 2023 22:13:20 +0000\r\n");
}

TEST(Received, NamesTlsAndALoneRecipient) {
  auto from = session();
  from.tls = net::TlsInfo{.version = "TLSv1.3", .cipher = "TLS_AES_256_GCM_SHA384"};
  auto about = facts();
  about.recipient = "bob@demo.test";
  const std::string header = received_header(from, about);
  EXPECT_THAT(header, HasSubstr(" with ESMTPS id 0001\r\n\tfor <bob@demo.test>\r\n"
                                "\ttls TLS_AES_256_GCM_SHA384 (TLSv1.3);"));
}

// RFC 3848, RFC 6531 4.3
TEST(Received, KnowsTheWordOfEachProtocol) {
  auto from = session();
  from.extended = false;
  EXPECT_EQ(with_protocol(from, false), "SMTP");
  from.extended = true;
  from.authenticated_as = "alice";
  EXPECT_EQ(with_protocol(from, false), "ESMTPA");
  from.tls.emplace();
  EXPECT_EQ(with_protocol(from, false), "ESMTPSA");
  EXPECT_EQ(with_protocol(from, true), "UTF8SMTPSA");
  from.protocol = smtp::Protocol::kLmtp;
  from.authenticated_as.clear();
  EXPECT_EQ(with_protocol(from, false), "LMTPS");
}

TEST(Received, LetsNoClientForgeIt) {
  auto from = session();
  from.hello = "x)(by-evil\\";
  EXPECT_THAT(received_header(from, facts()), HasSubstr("from [192.0.2.1] (helo=x??by-evil?)\r\n"));
  from.hello = "j\xc3\xb6.example";
  EXPECT_THAT(received_header(from, facts()), HasSubstr("from [192.0.2.1] (helo=j??.example)\r\n"));
  from.hello.clear();
  from.peer = *Endpoint::parse("[2001:db8::1]:25");
  EXPECT_THAT(received_header(from, facts()), HasSubstr("from [IPv6:2001:db8::1]\r\n"));
}

}  // namespace
}  // namespace gannet::mta
