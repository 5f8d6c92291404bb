#include "config/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <span>

namespace gannet::config {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};
constexpr Unit kTimeUnits[] = {{"w", 604'800'000}, {"d", 86'400'000}, {"h", 3'600'000},
                               {"m", 60'000},      {"s", 1'000},      {"ms", 1}};
constexpr Unit kSizeUnits[] = {{"tb", 1ull << 40}, {"gb", 1ull << 30}, {"mb", 1ull << 20},
                               {"kb", 1ull << 10}, {"t", 1ull << 40},  {"g", 1ull << 30},
                               {"m", 1ull << 20},  {"k", 1ull << 10},  {"b", 1}};

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

// A number and one of the units, in any case; `bare` is the factor of a number without unit, 0 when it needs
// one.
std::optional<std::uint64_t> parse_with_unit(std::string_view text, std::span<const Unit> units,
                                             std::uint64_t bare) {
  text = trimmed(text);
  const auto digits = static_cast<std::size_t>(std::ranges::find_if_not(text, is_digit) - text.begin());
  const auto number = parse_number(text.substr(0, digits));
  std::string unit(trimmed(text.substr(digits)));
  std::ranges::transform(unit, unit.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  std::uint64_t factor = unit.empty() ? bare : 0;
  for (const Unit& known : units) {
    if (known.name == unit) factor = known.factor;
  }
  std::uint64_t value = 0;
  if (!number || factor == 0 || __builtin_mul_overflow(*number, factor, &value)) return std::nullopt;
  if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return std::nullopt;
  return value;
}

std::string format_with_unit(std::uint64_t value, std::span<const Unit> units) {
  for (const Unit& unit : units) {
    if (value != 0 && value % unit.factor == 0) return fmt::format("{}{}", value / unit.factor, unit.name);
  }
  return {};
}

// One field of a cron: nothing when it is wrong; an empty optional inside for *.
std::optional<std::optional<int>> parse_cron_field(std::string_view text, int lowest, int highest) {
  if (text == "*") return std::optional<int>();
  const auto number = parse_number(text);
  if (!number || *number < static_cast<std::uint64_t>(lowest) ||
      *number > static_cast<std::uint64_t>(highest)) {
    return std::nullopt;
  }
  return std::optional<int>(static_cast<int>(*number));
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  const auto value = parse_with_unit(text, kTimeUnits, trimmed(text) == "0" ? 1 : 0);
  if (!value) return std::nullopt;
  return Duration(static_cast<std::int64_t>(*value));
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  return parse_with_unit(text, kSizeUnits, 1);
}

std::optional<Rate> parse_rate(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto count = parse_number(trimmed(text.substr(0, slash)));
  const auto period = parse_duration(text.substr(slash + 1));
  if (!count || *count == 0 || !period || period->count() == 0) return std::nullopt;
  return Rate{*count, *period};
}

std::optional<Cron> parse_cron(std::string_view text) {
  std::array<std::string_view, 3> fields;
  for (auto& field : fields) {
    text = trimmed(text);
    const auto end = std::min(text.find(' '), text.size());
    field = text.substr(0, end);
    text.remove_prefix(end);
  }
  const auto minute = parse_cron_field(fields[0], 0, 59);
  const auto hour = parse_cron_field(fields[1], 0, 23);
  const auto weekday = parse_cron_field(fields[2], 1, 7);
  if (!minute || !hour || !weekday || !trimmed(text).empty()) return std::nullopt;
  return Cron{*minute, *hour, *weekday};
}

WallTime Cron::next(WallTime after, std::chrono::minutes local_offset) const {
  using std::chrono::days;
  using std::chrono::minutes;
  auto local = std::chrono::floor<minutes>(after + local_offset) + minutes(1);
  // A week holds every combination of the three fields.
  for (const auto last = local + days(8); local < last; local += minutes(1)) {
    const auto day = std::chrono::floor<days>(local);
    const auto in_day = (local - day).count();
    if (weekday && std::chrono::weekday(day).iso_encoding() != static_cast<unsigned>(*weekday)) {
      local = day + days(1) - minutes(1);
      continue;
    }
    if ((!hour || in_day / 60 == *hour) && (!minute || in_day % 60 == *minute)) break;
  }
  return local - local_offset;
}

std::string format_duration(Duration value) {
  const auto text = format_with_unit(static_cast<std::uint64_t>(value.count()), kTimeUnits);
  return text.empty() ? "0s" : text;
}

std::string format_size(std::uint64_t value) {
  if (value % 1024 != 0) return fmt::format("{}", value);
  const auto text = format_with_unit(value, std::span(kSizeUnits).first(4));
  return text.empty() ? "0" : text;
}

std::string format_rate(const Rate& value) {
  return fmt::format("{}/{}", value.count, format_duration(value.period));
}

std::string format_cron(const Cron& value) {
  const auto field = [](const std::optional<int>& v) { return v ? fmt::format("{}", *v) : std::string("*"); };
  return fmt::format("{} {} {}", field(value.minute), field(value.hour), field(value.weekday));
}

}  // namespace gannet::config
