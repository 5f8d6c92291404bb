// Memory of an idle session: opens many connections to an edge, each of which has answered one line and waits
// for the next one or for a wake-up, and prints what the process's resident memory has grown by.
//
//   net_idle_bench [--connections N] [--plain]
#include <sys/resource.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "net/testing/server.h"

namespace {

using gannet::net::Connection;
using gannet::net::Task;
using gannet::net::testing::Peer;
using gannet::net::testing::Server;

Task<void> run_idle(std::unique_ptr<Connection> connection) {
  auto notifier = connection->notifier();
  connection->set_deadline(std::chrono::minutes(30));
  for (;;) {
    auto line = co_await connection->read_line_or_notified(1000);
    if (!line) break;
    if (!co_await connection->write(*line ? (*line)->text + "\r\n" : "notified\r\n")) break;
  }
  co_await connection->close();
}

std::size_t resident() {
  std::ifstream statm("/proc/self/statm");
  std::size_t total = 0, pages = 0;
  statm >> total >> pages;
  return pages * 4096;
}

// In a process of its own, so that the clients' memory is not counted.
[[noreturn]] void run_clients(int from_server, int to_server, int count, bool tls) {
  gannet::Endpoint to;
  if (::read(from_server, &to, sizeof to) != sizeof to) std::_Exit(1);
  std::vector<Peer> peers;
  for (int i = 0; i < count; ++i) {
    peers.push_back(Peer::connect(to));
    if (tls) peers.back().start_tls({.server_name = "mail.example.org", .alpn = {}});
    if (peers.back().ask("hello") != "hello") std::_Exit(1);
    char one = 1;
    // The first is a warm-up, after which the server measures its base.
    if (i == 0 && (::write(to_server, &one, 1) != 1 || ::read(from_server, &one, 1) != 1)) std::_Exit(1);
  }
  char done = 2;
  if (::write(to_server, &done, 1) != 1) std::_Exit(1);
  while (::read(from_server, &done, 1) > 0) {
  }
  std::_Exit(0);
}

}  // namespace

int main(int argc, char** argv) {
  int count = 2000;
  bool tls = true;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--connections") == 0 && i + 1 < argc) count = std::atoi(argv[++i]);
    if (std::strcmp(argv[i], "--plain") == 0) tls = false;
  }
  rlimit files;
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  int down[2], up[2];
  if (::pipe(down) != 0 || ::pipe(up) != 0) return 1;
  auto child = ::fork();
  if (child == 0) {
    ::close(down[1]);
    ::close(up[0]);
    run_clients(down[0], up[1], count, tls);
  }
  ::close(down[0]);
  ::close(up[1]);

  auto listener = gannet::net::testing::loopback_listener();
  listener.tls.implicit = tls;
  listener.max_connections = 1'000'000;
  gannet::net::Protocol protocol;
  protocol.name = "idle";
  protocol.run_session = run_idle;
  Server server(protocol, listener, {.max_connections = 1'000'000});
  auto to = server.endpoint();
  char byte = 0;
  if (::write(down[1], &to, sizeof to) != sizeof to || ::read(up[0], &byte, 1) != 1) return 1;
  auto before = resident();
  if (::write(down[1], &byte, 1) != 1 || ::read(up[0], &byte, 1) != 1 || byte != 2) {
    std::puts("the clients failed");
    return 1;
  }
  auto grown = resident() - before;
  std::printf("%d idle %s sessions: %zu bytes of resident memory each (%zu KiB in all)\n", count - 1,
              tls ? "TLS" : "plain", grown / static_cast<std::size_t>(count - 1), grown / 1024);
  ::close(down[1]);
  ::waitpid(child, nullptr, 0);
  return 0;
}
