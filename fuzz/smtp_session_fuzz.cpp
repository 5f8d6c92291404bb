// Whole sessions over a socket pair, as a hostile client would have them. Whatever it sends, each line of the
// answer is a reply, no message is larger than the limit or for nobody, and the session ends when the client
// does.
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "net/testing/server.h"
#include "observe/log.h"
#include "smtp/session.h"
#include "smtp/testing/memory_handler.h"

using namespace gannet;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

struct Host {
  Host() : mail(std::make_shared<smtp::testing::MemoryMail>()), server(protocol()) {
    observe::set_sinks({});
    smtp::SessionOptions& options = mail->options;
    options.mechanisms = {"PLAIN", "LOGIN"};
    options.auth_errors_wait = options.rcpt_errors_wait = Duration(0);
    options.chunking = true;
    options.vrfy = options.expn = true;
    options.data.size = 2000;
    options.data.line = 500;
    options.max_command_line = 600;
    options.max_recipients = 3;
  }
  net::Protocol protocol() {
    net::Protocol out;
    out.name = "smtp";
    out.run_session = [kept = mail](std::unique_ptr<net::Connection> connection) {
      static const SystemClock clock;
      const auto protocol = connection->peer().port == 24 ? smtp::Protocol::kLmtp : smtp::Protocol::kSmtp;
      return smtp::run_session(std::move(connection), protocol,
                               std::make_unique<smtp::testing::MemoryHandler>(kept), &clock);
    };
    return out;
  }

  std::shared_ptr<smtp::testing::MemoryMail> mail;
  net::testing::Server server;
};

void check_replies(std::string_view out) {
  while (!out.empty()) {
    const std::size_t end = out.find("\r\n");
    require(end != std::string_view::npos && end >= 4 && end <= 510);
    const std::string_view line = out.substr(0, end);
    require(line[0] >= '2' && line[0] <= '5' && (line[3] == ' ' || line[3] == '-'));
    for (const char c : line) require(static_cast<unsigned char>(c) >= 0x20);
    out.remove_prefix(end + 2);
  }
}

void check_messages(smtp::testing::MemoryMail& mail) {
  std::lock_guard lock(mail.mutex);
  for (const smtp::testing::Delivery& delivery : mail.deliveries) {
    require(!delivery.recipients.empty());
    require(delivery.message.size() <= 2000);
  }
  mail.deliveries.clear();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2 || size > 8000) return 0;
  static Host host;
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0) return 0;
  const Endpoint peer{*IpAddress::parse("192.0.2.1"), static_cast<std::uint16_t>(data[0] % 2 == 0 ? 24 : 25)};
  require(host.server.edge.adopt(pair[1], "test", peer).has_value());
  std::string_view rest(reinterpret_cast<const char*>(data + 1), size - 1);
  const std::size_t piece = data[0] < 128 ? rest.size() : 1 + data[0] % 64;
  std::string out;
  char buffer[4096];
  bool sending = true;
  while (true) {
    if (sending && rest.empty()) {
      ::shutdown(pair[0], SHUT_WR);
      sending = false;
    }
    pollfd wait{pair[0], static_cast<short>(sending ? POLLIN | POLLOUT : POLLIN), 0};
    require(::poll(&wait, 1, 10'000) == 1);
    if ((wait.revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
      const ssize_t n = ::recv(pair[0], buffer, sizeof buffer, 0);
      // A reset, since the server does not wait for all that a flooding client sends, may cut the last line.
      if (n < 0 && errno != EAGAIN) out.resize(out.rfind('\n') + 1);
      if (n == 0 || (n < 0 && errno != EAGAIN)) break;
      if (n > 0) out.append(buffer, static_cast<std::size_t>(n));
    }
    if (sending && (wait.revents & POLLOUT) != 0) {
      const ssize_t n = ::send(pair[0], rest.data(), std::min(piece, rest.size()), MSG_NOSIGNAL);
      if (n < 0 && errno != EAGAIN) rest = {};
      if (n > 0) rest.remove_prefix(static_cast<std::size_t>(n));
    }
  }
  ::close(pair[0]);
  check_replies(out);
  check_messages(*host.mail);
  return 0;
}
