// The value types of settings, and how they are written.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace gannet::config {

// `100/1m`: so many in such a time. count >= 1, period >= 1 ms.
struct Rate {
  std::uint64_t count = 0;
  Duration period{};
  bool operator==(const Rate&) const = default;
};

// `minute hour weekday`, each a number or *; weekday 1 is Monday, 7 Sunday; local time.
struct Cron {
  std::optional<int> minute;   // 0..59
  std::optional<int> hour;     // 0..23
  std::optional<int> weekday;  // 1..7
  bool operator==(const Cron&) const = default;
  // The next time strictly after `after`, to the minute. `local_offset` is what to add to UTC for local time.
  WallTime next(WallTime after, std::chrono::minutes local_offset = {}) const;
};

// Each answers nothing when the text is not such a value.
std::optional<Duration> parse_duration(std::string_view text);   // 500ms 30s 5m 1h 30d 2w
std::optional<std::uint64_t> parse_size(std::string_view text);  // 1024 512kb 10mb 1gb 1tb, by 1024
std::optional<Rate> parse_rate(std::string_view text);           // 100/1m
std::optional<Cron> parse_cron(std::string_view text);           // 0 3 *

// The shortest text that parses back to the value.
std::string format_duration(Duration value);
std::string format_size(std::uint64_t value);
std::string format_rate(const Rate& value);
std::string format_cron(const Cron& value);

}  // namespace gannet::config
