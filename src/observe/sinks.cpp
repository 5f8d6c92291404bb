#include "observe/sinks.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/async_logger.h>
#include <spdlog/details/file_helper.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <filesystem>
#include <mutex>

namespace gannet::observe {
namespace {

constexpr std::size_t kBufferedEvents = 8192;
// A buffered file is flushed whenever the queue runs empty, and after as many events as this when it never
// does.
constexpr std::uint64_t kFlushEvery = 256;
constexpr std::chrono::seconds kFlushDeadline{5};

// How far the writing thread is behind.
struct Progress {
  std::atomic<std::uint64_t> handed_in{0};
  // The queue to the writing thread; null when there is none.
  spdlog::details::thread_pool* pool = nullptr;
  std::uint64_t written = 0;
  std::mutex mutex;
  std::condition_variable moved;
};

// Writes finished lines; derived classes say where to.
class LineWriter : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit LineWriter(std::shared_ptr<Progress> progress) : progress_(std::move(progress)) {}

 protected:
  virtual void write(const spdlog::details::log_msg& message) = 0;

  void sink_it_(const spdlog::details::log_msg& message) final {
    write(message);
    const std::uint64_t written = ++written_;
    const bool drained = !progress_->pool || progress_->pool->queue_size() == 0;
    if (!drained && written % kFlushEvery != 0) return;
    flush_();
    report(written);
  }
  void report(std::uint64_t written) {
    {
      std::lock_guard lock(progress_->mutex);
      progress_->written = written;
    }
    progress_->moved.notify_all();
  }

 private:
  std::shared_ptr<Progress> progress_;
  std::uint64_t written_ = 0;
};

class StandardErrorWriter final : public LineWriter {
 public:
  using LineWriter::LineWriter;

 private:
  void write(const spdlog::details::log_msg& message) override {
    std::fwrite(message.payload.data(), 1, message.payload.size(), stderr);
  }
  void flush_() override { std::fflush(stderr); }
};

class FileWriter final : public LineWriter {
 public:
  FileWriter(std::shared_ptr<Progress> progress, const TracerSettings& settings)
      : LineWriter(std::move(progress)),
        folder_(settings.path),
        prefix_(settings.prefix),
        rotate_(settings.rotate),
        keep_(settings.keep) {
    open(std::chrono::system_clock::now());
  }

 private:
  // The part of the name that changes at each rotation.
  std::string period(std::chrono::system_clock::time_point time) const {
    const auto utc = fmt::gmtime(std::chrono::system_clock::to_time_t(time));
    switch (rotate_) {
      case Rotate::kNever:
        return "";
      case Rotate::kDaily:
        return fmt::format(".{:%Y-%m-%d}", utc);
      case Rotate::kHourly:
        return fmt::format(".{:%Y-%m-%d-%H}", utc);
      case Rotate::kMinutely:
        return fmt::format(".{:%Y-%m-%d-%H-%M}", utc);
    }
    return "";
  }
  void open(std::chrono::system_clock::time_point time) {
    period_ = period(time);
    file_.open((folder_ / (prefix_ + period_ + ".log")).string());
    if (rotate_ != Rotate::kNever && keep_ > 0) remove_old();
  }
  void remove_old() {
    std::vector<std::filesystem::path> logs;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder_, error)) {
      const std::string name = entry.path().filename().string();
      if (name.starts_with(prefix_ + ".") && name.ends_with(".log")) logs.push_back(entry.path());
    }
    std::ranges::sort(logs);
    for (std::size_t i = 0; i + keep_ < logs.size(); ++i) std::filesystem::remove(logs[i], error);
  }
  void write(const spdlog::details::log_msg& message) override {
    if (rotate_ != Rotate::kNever && period(message.time) != period_) open(message.time);
    spdlog::memory_buf_t line;
    line.append(message.payload.data(), message.payload.data() + message.payload.size());
    file_.write(line);
  }
  void flush_() override { file_.flush(); }

  std::filesystem::path folder_;
  std::string prefix_;
  Rotate rotate_;
  std::size_t keep_;
  std::string period_;
  spdlog::details::file_helper file_;
};

// sd-daemon(3): a line on standard error may start with its priority.
std::string_view journal_priority(Level level) {
  switch (level) {
    case Level::kError:
      return "<3>";
    case Level::kWarn:
      return "<4>";
    case Level::kInfo:
      return "<6>";
    default:
      return "<7>";
  }
}

std::string_view colour(Level level) {
  switch (level) {
    case Level::kError:
      return "\x1b[31m";
    case Level::kWarn:
      return "\x1b[33m";
    case Level::kInfo:
      return "\x1b[32m";
    default:
      return "\x1b[2m";
  }
}

class Tracer final : public Sink {
 public:
  Tracer(const TracerSettings& settings, std::shared_ptr<LineWriter> writer,
         std::shared_ptr<Progress> progress)
      : settings_(settings),
        ansi_(settings.ansi && (settings.type == TracerType::kFile || isatty(STDERR_FILENO) != 0)),
        progress_(std::move(progress)) {
    if (settings.buffered) {
      pool_ = std::make_shared<spdlog::details::thread_pool>(kBufferedEvents, 1);
      progress_->pool = pool_.get();
      const auto policy = settings.lossy ? spdlog::async_overflow_policy::overrun_oldest
                                         : spdlog::async_overflow_policy::block;
      logger_ = std::make_shared<spdlog::async_logger>(settings.id, std::move(writer), pool_, policy);
    } else {
      logger_ = std::make_shared<spdlog::logger>(settings.id, std::move(writer));
    }
    logger_->set_level(spdlog::level::trace);
  }
  ~Tracer() override {
    logger_.reset();
    pool_.reset();  // writes what waits, then ends its thread
  }

  void accept(const Event& event) override {
    if (dropped(event.id)) return;
    progress_->handed_in.fetch_add(1, std::memory_order_acq_rel);
    logger_->log(std::chrono::system_clock::time_point(event.time.time_since_epoch()), spdlog::source_loc{},
                 spdlog::level::info, line(event));
  }

  void flush() override {
    const std::uint64_t target = progress_->handed_in.load(std::memory_order_acquire);
    std::unique_lock lock(progress_->mutex);
    progress_->moved.wait_for(lock, kFlushDeadline, [&] {
      const std::uint64_t lost = pool_ ? pool_->overrun_counter() : 0;
      return progress_->written + lost >= target;
    });
  }

  Level level() const override { return settings_.level; }

 private:
  bool dropped(std::string_view id) const {
    return std::ranges::any_of(settings_.disabled_events, [&](std::string_view pattern) {
      return pattern.ends_with('*') ? id.starts_with(pattern.substr(0, pattern.size() - 1)) : id == pattern;
    });
  }
  std::string line(const Event& event) const {
    std::string out;
    if (settings_.type == TracerType::kJournal) out += journal_priority(event.level);
    if (settings_.format == Format::kJson) return out + format_json(event) + '\n';
    std::string text = format_text(event);
    if (settings_.type == TracerType::kJournal)
      text.erase(0, text.find(' ') + 1);  // the journal has its own time
    if (!ansi_) return out + text + '\n';
    // The level is the word behind the time.
    const std::size_t start = text.find(' ') + 1;
    text.insert(text.find(' ', start), "\x1b[0m");
    text.insert(start, colour(event.level));
    return out + text + '\n';
  }

  const TracerSettings settings_;
  const bool ansi_;
  std::shared_ptr<Progress> progress_;
  std::shared_ptr<spdlog::details::thread_pool> pool_;
  std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace

Result<std::shared_ptr<Sink>> make_sink(const TracerSettings& settings) {
  auto progress = std::make_shared<Progress>();
  std::shared_ptr<LineWriter> writer;
  if (settings.type == TracerType::kFile) {
    if (settings.path.empty()) {
      return fail(ObserveError::kInvalid, fmt::format("tracer.{}.path is not set", settings.id));
    }
    try {
      writer = std::make_shared<FileWriter>(progress, settings);
    } catch (const spdlog::spdlog_ex& e) {
      return fail(ObserveError::kUnavailable,
                  fmt::format("tracer.{}: the log file cannot be written", settings.id), e.what());
    }
  } else {
    writer = std::make_shared<StandardErrorWriter>(progress);
  }
  return std::make_shared<Tracer>(settings, std::move(writer), std::move(progress));
}

}  // namespace gannet::observe
