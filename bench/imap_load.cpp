// A small IMAP client that loads a server and measures it: one program for Gannet and its peers.
//
//   imap_load append  HOST PORT LOGIN PASSWORD CONNECTIONS MESSAGES BYTES   -> messages/s
//   imap_load command HOST PORT LOGIN PASSWORD MAILBOX REPEAT COMMAND...    -> seconds, median of REPEAT
//   imap_load wait    HOST PORT LOGIN PASSWORD MESSAGES SECONDS             -> when INBOX holds MESSAGES
//
// Plain text on loopback, blocking sockets, a thread a connection. Prints one JSON object.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using Steady = std::chrono::steady_clock;

double since(Steady::time_point start) {
  return std::chrono::duration<double>(Steady::now() - start).count();
}

class Client {
 public:
  Client(const char* host, const char* port, const char* login, const char* password) {
    socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(port)));
    ::inet_pton(AF_INET, host, &address.sin_addr);
    if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error("cannot connect");
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    read_until("\r\n");
    command(std::string("LOGIN \"") + login + "\" \"" + password + "\"");
  }
  ~Client() { ::close(socket_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // The octets of the answer; fails unless it is OK.
  std::size_t command(const std::string& text) {
    const std::string tag = "t" + std::to_string(++number_);
    send(tag + " " + text + "\r\n");
    return finish(tag);
  }

  void append(const std::string& head, const std::string& message) {
    const std::string tag = "t" + std::to_string(++number_);
    send(tag + head + message + "\r\n");
    finish(tag);
  }

  // The last answer that began with `start`, from there to its line's end.
  std::string line_with(const std::string& text, std::string_view start) {
    const std::string tag = "t" + std::to_string(++number_);
    send(tag + " " + text + "\r\n");
    keep_ = true;
    finish(tag);
    keep_ = false;
    const auto at = kept_.find(start);
    std::string line = at == std::string::npos ? "" : kept_.substr(at, kept_.find("\r\n", at) - at);
    kept_.clear();
    return line;
  }

 private:
  void send(std::string_view data) {
    while (!data.empty()) {
      const ssize_t n = ::send(socket_, data.data(), data.size(), MSG_NOSIGNAL);
      if (n <= 0) throw std::runtime_error("the connection broke");
      data.remove_prefix(static_cast<std::size_t>(n));
    }
  }
  void fill() {
    char buffer[1 << 16];
    const ssize_t n = ::recv(socket_, buffer, sizeof buffer, 0);
    if (n <= 0) throw std::runtime_error("the connection broke");
    input_.append(buffer, static_cast<std::size_t>(n));
    total_ += static_cast<std::size_t>(n);
  }
  void read_until(std::string_view end) {
    while (input_.find(end) == std::string::npos) fill();
    input_.clear();
  }
  // A tagged line never stands inside of what these commands fetch: the messages are made here.
  std::size_t finish(const std::string& tag) {
    total_ = input_.size();
    const std::string marker = "\r\n" + tag + " ";
    for (;;) {
      std::size_t at = input_.starts_with(tag + " ") ? 0 : input_.find(marker);
      if (at != std::string::npos && input_.find("\r\n", at + 2) != std::string::npos) {
        if (at != 0) at += 2;
        const std::string line = input_.substr(at, input_.find("\r\n", at) - at);
        if (keep_) kept_ += input_;
        input_.clear();
        if (!line.starts_with(tag + " OK")) throw std::runtime_error("answered " + line);
        return total_;
      }
      if (input_.size() > (1 << 20)) {  // only the end matters
        if (keep_) kept_ += input_;
        input_.erase(0, input_.size() - 4096);
      }
      fill();
    }
  }

  int socket_;
  int number_ = 0;
  bool keep_ = false;
  std::size_t total_ = 0;
  std::string input_, kept_;
};

std::string make_message(std::size_t number, std::size_t bytes) {
  std::string message =
      "From: Sender <sender@example.org>\r\nTo: Reader <alice@demo.test>, Other <other@example.org>\r\n"
      "Cc: copy@example.org\r\nSubject: Message number " +
      std::to_string(number) + "\r\nDate: Mon, 1 Jan 2024 10:00:00 +0000\r\nMessage-ID: <" +
      std::to_string(number) + "." + std::to_string(::getpid()) +
      "@load.example.org>\r\nMIME-Version: 1.0\r\n"
      "Content-Type: multipart/alternative; boundary=\"sep\"\r\n\r\n--sep\r\n"
      "Content-Type: text/plain; charset=utf-8\r\n\r\n";
  std::uint64_t state = number * 2654435761u + 1;
  while (message.size() + 120 < bytes) {
    for (int i = 0; i < 10; ++i) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      for (int j = 0; j < 5; ++j) message += static_cast<char>('a' + (state >> (30 + j * 4)) % 26);
      message += i == 9 ? "\r\n" : " ";
    }
  }
  return message + "\r\n--sep\r\nContent-Type: text/html\r\n\r\n<p>The same</p>\r\n--sep--\r\n";
}

int run_append(char** a) {
  const int connections = std::atoi(a[4]), messages = std::atoi(a[5]), bytes = std::atoi(a[6]);
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < connections; ++i) clients.push_back(std::make_unique<Client>(a[0], a[1], a[2], a[3]));
  std::atomic<int> next{0};
  std::atomic<bool> failed{false};
  const auto start = Steady::now();
  std::vector<std::thread> threads;
  for (auto& client : clients)
    threads.emplace_back([&] {
      try {
        for (int n; (n = next++) < messages;) {
          const auto message = make_message(static_cast<std::size_t>(n), static_cast<std::size_t>(bytes));
          client->append(" APPEND INBOX {" + std::to_string(message.size()) + "+}\r\n", message);
        }
      } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        failed = true;
      }
    });
  for (auto& thread : threads) thread.join();
  const double seconds = since(start);
  std::printf("{\"rate\": %.1f, \"seconds\": %.3f}\n", messages / seconds, seconds);
  return failed ? 1 : 0;
}

int run_command(int count, char** a) {
  Client client(a[0], a[1], a[2], a[3]);
  const int repeat = std::atoi(a[5]);
  std::vector<double> times;
  std::size_t bytes = 0;
  client.command(std::string("SELECT ") + a[4]);
  for (int i = 0; i < repeat; ++i) {
    const auto start = Steady::now();
    for (int c = 6; c < count; ++c) bytes = client.command(a[c]);
    times.push_back(since(start));
  }
  std::sort(times.begin(), times.end());
  std::printf("{\"seconds\": %.6f, \"first\": %.6f, \"bytes\": %zu}\n", times[times.size() / 2], times.back(),
              bytes);
  return 0;
}

int run_wait(char** a) {
  Client client(a[0], a[1], a[2], a[3]);
  const std::string wanted = a[4];
  const double limit = std::atof(a[5]);
  const auto start = Steady::now();
  while (since(start) < limit) {
    const std::string line = client.line_with("STATUS INBOX (MESSAGES)", "(MESSAGES ");
    if (std::atoi(line.c_str() + std::min<std::size_t>(line.size(), 10)) >= std::atoi(wanted.c_str())) {
      std::printf("{\"seconds\": %.6f}\n", since(start));
      return 0;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  std::fprintf(stderr, "INBOX never held %s messages\n", wanted.c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::string_view mode = argc > 1 ? argv[1] : "";
    if (mode == "append" && argc == 9) return run_append(argv + 2);
    if (mode == "command" && argc >= 9) return run_command(argc - 2, argv + 2);
    if (mode == "wait" && argc == 8) return run_wait(argv + 2);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "imap_load: %s\n", error.what());
    return 1;
  }
  std::fprintf(stderr, "usage: see the head of imap_load.cpp\n");
  return 2;
}
