#include "observe/log.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <mutex>

#include "base/assert.h"

namespace gannet::observe {

void append_event(std::string& out, const Event& event);

namespace {

class StandardError final : public Sink {
 public:
  void accept(const Event& event) override {
    const std::string line = format_text(event) + "\n";
    std::fwrite(line.data(), 1, line.size(), stderr);
  }
  Level level() const override { return Level::kWarn; }
};

using Sinks = std::vector<std::shared_ptr<Sink>>;

// Never destroyed: other static objects may emit while they go.
struct Log {
  std::atomic<Level> lowest{Level::kWarn};
  std::atomic<const Clock*> clock{nullptr};
  std::mutex mutex;
  std::shared_ptr<const Sinks> sinks = std::make_shared<Sinks>(Sinks{std::make_shared<StandardError>()});
  SystemClock system_clock;
};

Log& log() {
  static Log& instance = *new Log;
  return instance;
}

std::shared_ptr<const Sinks> current_sinks() {
  std::lock_guard lock(log().mutex);
  return log().sinks;
}

void emit_bug(const char* file, int line, const char* what) {
  error("base.bug", {{"file", file}, {"line", line}, {"what", what}});
}

}  // namespace

void set_sinks(std::vector<std::shared_ptr<Sink>> sinks) {
  auto lowest = Level::kOff;
  for (const auto& sink : sinks) lowest = std::min(lowest, sink->level());
  auto shared = std::make_shared<const Sinks>(std::move(sinks));
  {
    std::lock_guard lock(log().mutex);
    std::swap(log().sinks, shared);
    log().lowest.store(lowest, std::memory_order_relaxed);
  }
  set_bug_reporter(emit_bug);
}

std::vector<std::shared_ptr<Sink>> sinks() {
  return *current_sinks();
}

void set_log_clock(const Clock* clock) {
  log().clock.store(clock, std::memory_order_release);
}

void flush_logs() {
  for (const auto& sink : *current_sinks()) sink->flush();
}

bool enabled(Level level) {
  return level >= log().lowest.load(std::memory_order_relaxed);
}

void emit(Level level, std::string_view id, std::span<const Field> fields) {
  const Clock* clock = log().clock.load(std::memory_order_acquire);
  const Event event{clock ? clock->now() : log().system_clock.now(), level, id, fields};
  for (const auto& sink : *current_sinks()) {
    if (level >= sink->level()) sink->accept(event);
  }
}

class CapturedEvents::Recorder final : public Sink {
 public:
  explicit Recorder(Level level) : level_(level) {}
  void accept(const Event& event) override {
    std::string line;
    append_event(line, event);
    std::lock_guard lock(mutex_);
    lines_.push_back(std::move(line));
    ids_.emplace_back(event.id);
  }
  Level level() const override { return level_; }
  std::vector<std::string> lines() const {
    std::lock_guard lock(mutex_);
    return lines_;
  }
  std::size_t count(std::string_view id) const {
    std::lock_guard lock(mutex_);
    return static_cast<std::size_t>(std::ranges::count(ids_, id));
  }

 private:
  const Level level_;
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
  std::vector<std::string> ids_;
};

CapturedEvents::CapturedEvents(Level level) : recorder_(std::make_shared<Recorder>(level)), former_(sinks()) {
  set_sinks({recorder_});
}
CapturedEvents::~CapturedEvents() {
  set_sinks(std::move(former_));
}
std::vector<std::string> CapturedEvents::lines() const {
  return recorder_->lines();
}
std::size_t CapturedEvents::count(std::string_view id) const {
  return recorder_->count(id);
}

}  // namespace gannet::observe
