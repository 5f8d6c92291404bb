#include "tests/backends/backend.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <mutex>

namespace gannet::testing {
namespace {

constexpr int kTimeoutMs = 240'000;  // beyond what any server takes to start

}  // namespace

Backend& Backend::shared(const std::string& name) {
  struct Entry {
    std::once_flag started;
    std::unique_ptr<Backend> backend;
  };
  static std::mutex mutex;
  static std::map<std::string, Entry> all;
  std::unique_lock lock(mutex);
  auto& entry = all[name];
  lock.unlock();
  std::call_once(entry.started, [&] { entry.backend = std::make_unique<Backend>(name); });
  return *entry.backend;
}

Backend::Backend(const std::string& name) {
  std::signal(SIGPIPE, SIG_IGN);
  std::array<int, 2> in{}, out{};
  if (pipe2(in.data(), O_CLOEXEC) != 0 || pipe2(out.data(), O_CLOEXEC) != 0) {
    ADD_FAILURE() << "pipe: " << errno;
    return;
  }
  const std::string script = GANNET_SOURCE_DIR "/tests/backends/backend.py";
  process_ = fork();
  if (process_ == 0) {
    dup2(in[0], 0);
    dup2(out[1], 1);
    execl("/usr/bin/python3", "python3", script.c_str(), name.c_str(), nullptr);
    _exit(127);
  }
  close(in[0]);
  close(out[1]);
  to_ = in[1], from_ = out[0];
  for (std::string line = read_line(); !line.empty(); line = read_line()) {
    const auto at = line.find('=');
    parameters_[line.substr(0, at)] = at == std::string::npos ? "" : line.substr(at + 1);
  }
  skip_ = parameter("skip");
  if (!parameter("failed").empty()) {
    ADD_FAILURE() << name << " did not start: " << parameter("failed");
    skip_ = "it did not start";
  }
}

Backend::~Backend() {
  close(to_);
  close(from_);
  int status = 0;
  if (process_ > 0) waitpid(process_, &status, 0);
}

std::string Backend::parameter(const std::string& name) const {
  const auto found = parameters_.find(name);
  return found == parameters_.end() ? "" : found->second;
}

std::string Backend::read_line() {
  for (;;) {
    if (const auto end = buffered_.find('\n'); end != std::string::npos) {
      std::string line = buffered_.substr(0, end);
      buffered_.erase(0, end + 1);
      return line;
    }
    pollfd wait{.fd = from_, .events = POLLIN, .revents = 0};
    std::array<char, 1024> piece{};
    const ssize_t got = poll(&wait, 1, kTimeoutMs) > 0 ? read(from_, piece.data(), piece.size()) : -1;
    if (got <= 0) {
      ADD_FAILURE() << "the server's runner ended or is silent";
      return "";
    }
    buffered_.append(piece.data(), static_cast<std::size_t>(got));
  }
}

void Backend::tell(const std::string& command) {
  const std::string line = command + "\n";
  EXPECT_EQ(write(to_, line.data(), line.size()), static_cast<ssize_t>(line.size()));
  EXPECT_EQ(read_line(), "ok") << command;
}

}  // namespace gannet::testing
