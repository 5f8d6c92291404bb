// A real server for tests, run by backend.py on a free loopback port: see README.md.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>

namespace gannet::testing {

class Backend {
 public:
  // Started at the first call, shared by all tests of this program, stopped at its end. Any thread.
  static Backend& shared(const std::string& name);
  // One of the caller's own.
  explicit Backend(const std::string& name);
  ~Backend();
  Backend(const Backend&) = delete;

  // Empty if it runs; else why it cannot be had on this machine.
  const std::string& skip_reason() const { return skip_; }
  // What a client needs: "host", "port", ... Empty if there is none of that name.
  std::string parameter(const std::string& name) const;

  // Sends a command of README.md ("kill", "start", "freeze", ...) and waits until it is done; fails the test
  // if it did not work.
  void tell(const std::string& command);

 private:
  std::string read_line();
  pid_t process_ = -1;
  int to_ = -1, from_ = -1;
  std::string buffered_, skip_;
  std::map<std::string, std::string> parameters_;
};

// Skips the test where the server cannot be had.
#define GANNET_NEED_BACKEND(backend) \
  if (!(backend).skip_reason().empty()) GTEST_SKIP() << (backend).skip_reason()

}  // namespace gannet::testing
