// What a command costs on the edge: lines answered a second, with and without a call across the worker pool.
//
//   net_echo_bench
#include <sys/wait.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "net/testing/server.h"
#include "net/worker_pool.h"

namespace {

using gannet::net::Connection;
using gannet::net::Task;
using gannet::net::WorkerPool;
using gannet::net::testing::Peer;
using gannet::net::testing::Server;

Task<void> run_echo(std::unique_ptr<Connection> connection, WorkerPool* workers) {
  for (;;) {
    connection->set_deadline(std::chrono::minutes(5));
    auto line = co_await connection->read_line(1000);
    if (!line) break;
    auto reply = line->text + "\r\n";
    if (workers) reply = (co_await workers->run([&] { return line->text + "\r\n"; })).value_or("busy\r\n");
    if (!co_await connection->write(std::move(reply))) break;
  }
}

constexpr int kTotal = 100'000;

[[noreturn]] void run_clients(int from_server, int to_server, int connections, int batch, bool tls) {
  gannet::Endpoint to;
  if (::read(from_server, &to, sizeof to) != sizeof to) std::_Exit(1);
  std::string commands;
  for (int i = 0; i < batch; ++i) commands += "NOOP of an ordinary length\r\n";
  std::vector<std::thread> threads;
  std::vector<Peer> peers;
  for (int i = 0; i < connections; ++i) {
    peers.push_back(Peer::connect(to));
    if (tls) peers.back().start_tls({.server_name = "", .alpn = {}});
  }
  auto start = std::chrono::steady_clock::now();
  for (auto& peer : peers) {
    threads.emplace_back([&] {
      for (int done = 0; done < kTotal / connections; done += batch) {
        peer.send(commands);
        peer.read(commands.size());
      }
    });
  }
  for (auto& thread : threads) thread.join();
  double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (::write(to_server, &seconds, sizeof seconds) != sizeof seconds) std::_Exit(1);
  std::_Exit(0);
}

void measure(int connections, int batch, bool tls, bool with_workers) {
  int down[2], up[2];
  if (::pipe(down) != 0 || ::pipe(up) != 0) std::exit(1);
  auto child = ::fork();
  if (child == 0) run_clients(down[0], up[1], connections, batch, tls);
  {
    WorkerPool workers({});
    auto listener = gannet::net::testing::loopback_listener();
    listener.tls.implicit = tls;
    gannet::net::Protocol protocol;
    protocol.name = "echo";
    protocol.run_session = [w = with_workers ? &workers : nullptr](auto c) {
      return run_echo(std::move(c), w);
    };
    Server server(protocol, listener);
    auto to = server.endpoint();
    double seconds = 0;
    if (::write(down[1], &to, sizeof to) != sizeof to || ::read(up[0], &seconds, sizeof seconds) <= 0)
      std::exit(1);
    ::waitpid(child, nullptr, 0);
    std::printf("%3d connections, %3d commands at once, %s, %-12s %8.0f lines/s, %6.1f us each round\n",
                connections, batch, tls ? "TLS  " : "plain",
                with_workers ? "worker pool:" : "edge alone:", kTotal / seconds,
                seconds * 1e6 * connections * batch / kTotal);
    workers.stop();
  }
  for (int fd : {down[0], down[1], up[0], up[1]}) ::close(fd);
}

}  // namespace

int main() {
  for (bool tls : {false, true}) {
    for (bool workers : {false, true}) {
      for (int connections : {1, 16}) measure(connections, 1, tls, workers);
      measure(1, 100, tls, workers);
    }
  }
}
