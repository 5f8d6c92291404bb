// What the commands of a mail program cost in a mailbox of 10,000: one session on loopback, a server in this
// process. Prints a line a command: median milliseconds and octets.
//
//   imap_fetch_bench [MESSAGES [REPEAT]]
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

#include "imap/testing/server.h"

using namespace gannet;

namespace {

// About 4 KB, two parts, the header fields of everyday mail.
std::string message_of(int number) {
  std::string message = fmt::format(
      "Return-Path: <ann{0}@example.net>\r\nReceived: from mx.example.net by mail.example.org; Tue, 1 Jul "
      "2025 "
      "10:52:37 +0200\r\nDate: Tue, 1 Jul 2025 10:{1:02}:{2:02} +0200\r\nFrom: \"Ann Example {0}\" "
      "<ann{0}@example.net>\r\nTo: Alice <alice@example.org>, Bob <bob@example.org>\r\nCc: "
      "team@example.org\r\n"
      "Subject: =?utf-8?q?Number_{0}_of_the_gannets?=\r\nMessage-ID: "
      "<{0}.gannet@example.net>\r\nIn-Reply-To: "
      "<{3}.gannet@example.net>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; "
      "boundary=\"b{0}\"\r\n\r\n",
      number, number / 60 % 60, number % 60, number - 1);
  message += fmt::format("--b{}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n", number);
  for (int i = 0; i < 25; ++i)
    message += "The gannet dives from thirty metres and swims on with its wings.\r\n";
  message += fmt::format(
      "--b{}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\n", number);
  for (int i = 0; i < 25; ++i) message += "<p>The gannet dives from thirty metres and swims on.</p>\r\n";
  return message + fmt::format("--b{}--\r\n", number);
}

// Reads up to the tagged line; the number of octets.
std::size_t finish(net::testing::Peer& peer, const std::string& tag) {
  std::string tail;
  std::size_t size = 0;
  char buffer[256 * 1024];
  for (;;) {
    const auto n = ::recv(peer.socket(), buffer, sizeof buffer, 0);
    if (n <= 0) throw std::runtime_error("the connection ended");
    size += static_cast<std::size_t>(n);
    tail.append(buffer, static_cast<std::size_t>(n));
    if (tail.size() > 4096) tail.erase(0, tail.size() - 4096);
    const auto last = tail.rfind("\r\n", tail.size() - 3);
    const auto line = last == std::string::npos ? tail : tail.substr(last + 2);
    if (tail.ends_with("\r\n") && line.starts_with(tag + " ")) {
      if (!line.starts_with(tag + " OK")) throw std::runtime_error(line);
      return size;
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int messages = argc > 1 ? std::atoi(argv[1]) : 10'000;
  const int repeat = argc > 2 ? std::atoi(argv[2]) : 7;
  imap::testing::Server server;
  for (int i = 1; i <= messages; ++i) server.core.deliver("alice", message_of(i));
  auto peer = server.connect_as("alice");
  int number = 0;
  const std::vector<std::string> commands = {
      "SELECT INBOX",
      "NOOP",
      "FETCH 1:* FLAGS",
      "UID FETCH 1:* (FLAGS)",
      "FETCH 1:* FAST",
      "FETCH 1:* ENVELOPE",
      "FETCH 1:* BODYSTRUCTURE",
      "FETCH 1:* (UID FLAGS ENVELOPE BODYSTRUCTURE)",
      "FETCH 1:* BODY.PEEK[HEADER.FIELDS (FROM TO SUBJECT DATE MESSAGE-ID)]",
      "FETCH 1:* BODY.PEEK[HEADER]",
      "FETCH 1:* BODY.PEEK[]",
      "STORE 1:* +FLAGS.SILENT (\\Flagged)",
      "STORE 1:* -FLAGS (\\Flagged)",
      "SEARCH UNSEEN",
      "SEARCH SUBJECT 9999",
      "SEARCH BODY wings"};
  for (const auto& command : commands) {
    std::vector<double> times;
    std::size_t size = 0;
    for (int i = 0; i < repeat; ++i) {
      const auto tag = "t" + std::to_string(++number);
      const auto start = std::chrono::steady_clock::now();
      peer.send(tag + " " + command + "\r\n");
      size = finish(peer, tag);
      times.push_back(
          std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
    }
    std::ranges::sort(times);
    fmt::print("{:>9.2f} ms {:>10} octets  {}\n", times[times.size() / 2], size, command);
  }
}
