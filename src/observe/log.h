// Events: what happened, as a stable id, a level and key-value pairs.
//
//   observe::info("smtp.message-received", {{"remote-ip", ip}, {"size", bytes}, {"queue-id", id}});
//
// An id is `part.what-happened` in small letters and dashes. It is a name that users type (`disabled-events`,
// log searches), so it never changes its meaning. Keys are dashed words too. An event carries no message
// body, password or token; a gannet::Secret handed in prints as ***.
//
// Any thread may emit. An event below the lowest level that any sink wants costs one relaxed load, but its
// fields are evaluated: guard what is dear to compute with `if (observe::enabled(observe::Level::kDebug))`.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"

namespace gannet::observe {

enum class Level : std::uint8_t { kTrace, kDebug, kInfo, kWarn, kError, kOff };

// "info" for kInfo.
std::string_view level_name(Level level);

// One key-value pair. Holds views: it lives no longer than the call that emits it.
class Field {
 public:
  using Value = std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool, std::string>;

  Field(std::string_view key, std::string_view value) : key_(key), value_(value) {}
  Field(std::string_view key, const char* value) : key_(key), value_(std::string_view(value)) {}
  Field(std::string_view key, const std::string& value) : key_(key), value_(std::string_view(value)) {}
  Field(std::string_view key, bool value) : key_(key), value_(value) {}
  template <std::signed_integral T>
  Field(std::string_view key, T value) : key_(key), value_(static_cast<std::int64_t>(value)) {}
  template <std::unsigned_integral T>
    requires(!std::same_as<T, bool>)
  Field(std::string_view key, T value) : key_(key), value_(static_cast<std::uint64_t>(value)) {}
  Field(std::string_view key, double value) : key_(key), value_(value) {}
  // In milliseconds.
  template <typename Rep, typename Period>
  Field(std::string_view key, std::chrono::duration<Rep, Period> value)
      : key_(key),
        value_(
            static_cast<std::int64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(value).count())) {
  }
  // The operator's view of it: text and detail.
  Field(std::string_view key, const Error& error) : key_(key), value_(error.describe()) {}
  Field(std::string_view key, const Secret&) : key_(key), value_(kSecretMask) {}

  std::string_view key() const { return key_; }
  const Value& value() const { return value_; }
  // The value as text, without quotes.
  std::string text() const;

 private:
  std::string_view key_;
  Value value_;
};

// An event as sinks receive it; its views live until accept() returns.
struct Event {
  WallTime time;
  Level level;
  std::string_view id;
  std::span<const Field> fields;
};

// Where events go. accept() may be called from any thread, several at once, and must not emit events itself.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual void accept(const Event& event) = 0;
  // All that was accepted is with the operating system when this returns.
  virtual void flush() {}
  // The lowest level that the sink wants.
  virtual Level level() const { return Level::kTrace; }
};

// Replaces the process's sinks. Call it at start, or again when settings are reloaded; events in flight may
// still reach the former sinks. With none set, warnings and errors go to standard error as text.
void set_sinks(std::vector<std::shared_ptr<Sink>> sinks);
std::vector<std::shared_ptr<Sink>> sinks();
// Where events take their time from; the system's clock by default. `clock` must outlive the process's last
// event.
void set_log_clock(const Clock* clock);
void flush_logs();

// Whether any sink wants events of this level.
bool enabled(Level level);
void emit(Level level, std::string_view id, std::span<const Field> fields);

inline void trace(std::string_view id, std::initializer_list<Field> fields = {}) {
  if (enabled(Level::kTrace)) emit(Level::kTrace, id, {fields.begin(), fields.size()});
}
inline void debug(std::string_view id, std::initializer_list<Field> fields = {}) {
  if (enabled(Level::kDebug)) emit(Level::kDebug, id, {fields.begin(), fields.size()});
}
inline void info(std::string_view id, std::initializer_list<Field> fields = {}) {
  if (enabled(Level::kInfo)) emit(Level::kInfo, id, {fields.begin(), fields.size()});
}
inline void warn(std::string_view id, std::initializer_list<Field> fields = {}) {
  if (enabled(Level::kWarn)) emit(Level::kWarn, id, {fields.begin(), fields.size()});
}
inline void error(std::string_view id, std::initializer_list<Field> fields = {}) {
  if (enabled(Level::kError)) emit(Level::kError, id, {fields.begin(), fields.size()});
}

// `2026-01-02T03:04:05.678Z INFO smtp.message-received size=512 subject="two words"`. No line break in it:
// control characters in values are escaped, so that a peer cannot forge a line.
std::string format_text(const Event& event);
// {"time":"2026-01-02T03:04:05.678Z","level":"info","event":"smtp.message-received","size":512}
std::string format_json(const Event& event);

// Keeps events for a test to look at. Installs itself as the only sink, and puts the former ones back at its
// end.
class CapturedEvents {
 public:
  explicit CapturedEvents(Level level = Level::kTrace);
  ~CapturedEvents();
  CapturedEvents(const CapturedEvents&) = delete;
  CapturedEvents& operator=(const CapturedEvents&) = delete;

  // As format_text, without the time.
  std::vector<std::string> lines() const;
  std::size_t count(std::string_view id) const;

 private:
  class Recorder;
  std::shared_ptr<Recorder> recorder_;
  std::vector<std::shared_ptr<Sink>> former_;
};

}  // namespace gannet::observe
