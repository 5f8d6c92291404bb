#include "net/blocking.h"

namespace gannet::net {

BlockingCalls::BlockingCalls(const Clock& clock, Duration tick)
    : runtime_({.threads = 1, .tick = tick}, clock), tasks_(runtime_) {
  runtime_.start();
}

BlockingCalls::~BlockingCalls() {
  tasks_.cancel();
  tasks_.join(std::chrono::seconds(5));
  runtime_.stop();
}

}  // namespace gannet::net
