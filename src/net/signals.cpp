#include "net/signals.h"

#include <csignal>
#include <ctime>

namespace gannet::net {
namespace {

sigset_t handled() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGHUP);
  return set;
}

}  // namespace

Signals::Signals() {
  auto set = handled();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

Signals::~Signals() {
  auto set = handled();
  // A second SIGTERM that came during the drain asks for nothing more.
  const timespec now{};
  while (sigtimedwait(&set, nullptr, &now) > 0) {
  }
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

std::optional<Signal> Signals::wait(Duration timeout) {
  auto set = handled();
  timespec time{.tv_sec = timeout.count() / 1000, .tv_nsec = timeout.count() % 1000 * 1'000'000};
  int signal = sigtimedwait(&set, nullptr, &time);
  if (signal < 0) return std::nullopt;
  return signal == SIGHUP ? Signal::kReload : Signal::kTerminate;
}

}  // namespace gannet::net
