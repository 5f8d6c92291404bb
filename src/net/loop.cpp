#include "net/loop.h"

#include <pthread.h>

#include <string>

#include "base/assert.h"
#include "net/channel.h"

namespace gannet::net {
namespace {
thread_local Loop* current_loop = nullptr;
}  // namespace

Loop::Loop(const Clock& clock, Duration tick)
    : clock_(clock), tick_(tick), work_(context_.get_executor()), timer_(context_) {}

Loop::~Loop() {
  stop();
}

void Loop::start(unsigned number) {
  thread_ = std::thread([this, number] {
    pthread_setname_np(pthread_self(), ("edge-" + std::to_string(number)).c_str());
    current_loop = this;
    arm_tick();
    run();
    current_loop = nullptr;
  });
}

void Loop::stop() {
  context_.stop();
  if (thread_.joinable()) thread_.join();
}

// What a handler throws is a bug or memory exhaustion: it ends that handler, not the other connections.
void Loop::run() {
  for (;;) {
    try {
      context_.run();
      return;
    } catch (const std::exception& e) {
      GANNET_BUG((std::string("an event loop caught: ") + e.what()).c_str());
    }
  }
}

Loop* Loop::current() {
  return current_loop;
}

void Loop::add(internal::Channel& channel) {
  channel.previous_ = nullptr;
  channel.next_ = first_;
  if (first_) first_->previous_ = &channel;
  first_ = &channel;
}

void Loop::remove(internal::Channel& channel) {
  (channel.previous_ ? channel.previous_->next_ : first_) = channel.next_;
  if (channel.next_) channel.next_->previous_ = channel.previous_;
}

void Loop::set_drain(Drain drain) {
  drain_ = drain;
  for (auto* channel = first_; channel; channel = channel->next_) channel->interrupt();
}

void Loop::arm_tick() {
  timer_.expires_after(tick_);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    interrupt_expired();
    arm_tick();
  });
}

// A walk over all connections beats a timer each: at 10,000 idle ones it takes about a millisecond a second,
// and costs an idle connection no memory.
void Loop::interrupt_expired() {
  auto current = now();
  for (auto* channel = first_; channel; channel = channel->next_) {
    if (channel->deadline() <= current) channel->interrupt();
  }
}

}  // namespace gannet::net
