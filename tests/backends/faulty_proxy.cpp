#include "tests/backends/faulty_proxy.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace gannet::testing {
namespace {

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

// Reads one request, head and body; empty when there is no whole one.
std::string read_request(int fd) {
  std::string request;
  std::array<char, 65536> buffer{};
  std::size_t wanted = std::string::npos;
  while (request.size() < wanted) {
    const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (got <= 0) return {};
    request.append(buffer.data(), static_cast<std::size_t>(got));
    const auto end = request.find("\r\n\r\n");
    if (wanted != std::string::npos || end == std::string::npos) continue;
    std::string head = request.substr(0, end);
    std::ranges::transform(head, head.begin(), [](unsigned char c) { return std::tolower(c); });
    const auto length = head.find("\r\ncontent-length:");
    wanted = end + 4 + (length == std::string::npos ? 0 : std::stoul(head.substr(length + 17)));
  }
  return request;
}

}  // namespace

FaultyProxy::FaultyProxy(int server)
    : server_(server), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(::listen(listener_, 64), 0);
  EXPECT_EQ(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] {
    for (int client; (client = ::accept(listener_, nullptr, nullptr)) >= 0;)
      workers_.emplace_back([this, client] {
        serve(client);
        ::close(client);
      });
  });
}

FaultyProxy::~FaultyProxy() {
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  for (auto& worker : workers_) worker.join();
}

void FaultyProxy::plan(std::function<HttpFault(int, const std::string&)> plan) {
  const std::scoped_lock lock(mutex_);
  plan_ = std::move(plan);
  requests_.clear();
  answered_ = 0;
}

std::vector<std::string> FaultyProxy::requests() {
  const std::scoped_lock lock(mutex_);
  return requests_;
}

// One request a connection.
void FaultyProxy::serve(int client) {
  const std::string request = read_request(client);
  if (request.empty()) return;
  HttpFault fault;
  {
    const std::scoped_lock lock(mutex_);
    requests_.push_back(request.substr(0, request.find("\r\n")));
    if (plan_) fault = plan_(static_cast<int>(requests_.size()), requests_.back());
  }
  if (fault.cut) return;
  if (fault.status != 0) {
    send_all(client, "HTTP/1.1 " + std::to_string(fault.status) +
                         " Planned\r\nConnection: close\r\nContent-Length: " +
                         std::to_string(fault.body.size()) + "\r\n" + fault.header + "\r\n" + fault.body);
    return;
  }
  relay(client, request, fault.lose);
}

void FaultyProxy::relay(int client, const std::string& request, bool lose) {
  const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(server_);
  std::string asked = request;
  asked.insert(asked.find("\r\n") + 2, "Connection: close\r\n");
  if (::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      send_all(server, asked)) {
    std::array<char, 65536> buffer{};
    for (ssize_t got; (got = ::recv(server, buffer.data(), buffer.size(), 0)) > 0;) {
      answered_ += static_cast<std::uint64_t>(got);
      if (!lose && !send_all(client, {buffer.data(), static_cast<std::size_t>(got)})) break;
    }
  }
  ::close(server);
}

}  // namespace gannet::testing
