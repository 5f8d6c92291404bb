#include "mime/date.h"

#include <fmt/format.h>

#include <array>
#include <chrono>

#include "mime/header.h"
#include "mime/lexer.h"

namespace gannet::mime {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                      "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_alpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

struct Fields {
  int year = -1, month = -1, day = -1;
  int hour = -1, minute = 0, second = 0;
  int zone = 0;
  bool has_zone = false;
};

// RFC 5322 4.3: the zones of North America; all other names, the military ones too, mean -0000.
int zone_minutes(std::string_view name) {
  struct Zone {
    std::string_view name;
    int minutes;
  };
  constexpr Zone kZones[] = {{"EDT", -240}, {"EST", -300}, {"CDT", -300}, {"CST", -360}, {"MDT", -360},
                             {"MST", -420}, {"PDT", -420}, {"PST", -480}, {"CET", 60},   {"CEST", 120},
                             {"MET", 60},   {"MEST", 120}, {"BST", 60},   {"EET", 120},  {"EEST", 180},
                             {"JST", 540},  {"MSK", 180},  {"WEST", 60},  {"AEST", 600}, {"AKST", -540},
                             {"HST", -600}};
  for (const auto& zone : kZones)
    if (equals_ignoring_case(zone.name, name)) return zone.minutes;
  return 0;
}

class DateParser {
 public:
  explicit DateParser(std::string_view in) : lexer_(in) {}

  std::optional<Fields> run() {
    for (int tokens = 0; tokens < 64; ++tokens) {
      lexer_.skip_cfws();
      if (lexer_.at_end()) break;
      const char c = lexer_.peek();
      if (is_digit(c)) {
        read_number();
      } else if (is_alpha(c)) {
        read_word();
      } else if ((c == '+' || c == '-') && fields_.hour >= 0 && !fields_.has_zone) {
        read_zone();
      } else {
        lexer_.skip();
      }
    }
    // "20 11 79": numbers only. With a name for the month two numbers are the day and the year.
    if (fields_.month < 0) return std::nullopt;
    if (fields_.day < 1 || fields_.day > 31 || fields_.year < 0) return std::nullopt;
    return fields_;
  }

 private:
  int digits(int max, int& count) {
    int value = 0;
    for (count = 0; count < max && is_digit(lexer_.peek()); ++count) {
      value = value * 10 + (lexer_.peek() - '0');
      lexer_.skip();
    }
    return value;
  }

  void read_number() {
    int count = 0;
    const int value = digits(9, count);
    if (count <= 2 && fields_.hour < 0) lexer_.skip_cfws();
    if (lexer_.peek() == ':' && fields_.hour < 0) {
      read_time(value);
    } else if (lexer_.peek() == '.' && fields_.hour < 0 && fields_.day >= 0 && fields_.year >= 0) {
      read_time(value);
    } else if (count >= 3 && fields_.year < 0) {
      set_year(value, count);
      if (fields_.day < 0 && fields_.month < 0 && lexer_.peek() == '-') read_iso();
    } else if (fields_.day < 0) {
      fields_.day = value;
    } else if (fields_.month < 0 && value >= 1 && value <= 12) {
      fields_.month = value;
    } else if (fields_.year < 0) {
      set_year(value, count);
    }
  }

  // RFC 5322 4.3
  void set_year(int value, int count) {
    if (count <= 2) value += value < 50 ? 2000 : 1900;
    if (count == 3) value += 1900;
    fields_.year = value <= 9999 ? value : -1;
  }

  // "2003-07-01T10:52:37": the year and its '-' were read.
  void read_iso() {
    int count = 0;
    lexer_.skip();
    const int month = digits(2, count);
    if (count == 0 || month < 1 || month > 12 || !lexer_.accept('-')) return;
    fields_.month = month;
    fields_.day = digits(2, count);
    if (lexer_.peek() == 'T') lexer_.skip();
  }

  void read_time(int hour) {
    const char separator = lexer_.peek();
    int count = 0;
    lexer_.skip();
    lexer_.skip_cfws();
    const int minute = digits(2, count);
    int second = 0;
    lexer_.skip_cfws();
    if (lexer_.peek() == separator) {
      lexer_.skip();
      lexer_.skip_cfws();
      second = digits(2, count);
    }
    if (hour > 24 || minute > 59 || second > 60) return;
    fields_.hour = hour % 24;
    fields_.minute = minute;
    fields_.second = second;
  }

  void read_zone() {
    const int sign = lexer_.peek() == '-' ? -1 : 1;
    lexer_.skip();
    int count = 0;
    int value = digits(4, count);
    if (count == 0) return;
    if (count <= 2) {
      value *= 100;
      if (lexer_.accept(':')) value += digits(2, count);
    }
    if (value % 100 > 59 || value > 2359) return;
    fields_.zone = sign * (value / 100 * 60 + value % 100);
    fields_.has_zone = true;
  }

  void read_word() {
    const std::size_t begin = lexer_.position();
    while (is_alpha(lexer_.peek())) lexer_.skip();
    const std::string_view word = lexer_.between(begin, lexer_.position());
    if (fields_.month < 0 && word.size() >= 3) {
      for (std::size_t i = 0; i < kMonths.size(); ++i)
        if (equals_ignoring_case(kMonths[i], word.substr(0, 3))) fields_.month = static_cast<int>(i) + 1;
      if (fields_.month > 0) return;
    }
    if (fields_.hour < 0) return;
    if (equals_ignoring_case(word, "pm")) {
      if (fields_.hour < 12) fields_.hour += 12;
    } else if (equals_ignoring_case(word, "am")) {
      if (fields_.hour == 12) fields_.hour = 0;
    } else if (!fields_.has_zone && !is_day(word)) {
      fields_.zone = zone_minutes(word);
      fields_.has_zone = fields_.zone != 0;
    }
  }

  static bool is_day(std::string_view word) {
    for (auto day : kDays)
      if (equals_ignoring_case(day, word.substr(0, 3))) return true;
    return false;
  }

  Lexer lexer_;
  Fields fields_;
};

}  // namespace

std::int64_t Date::local_day() const {
  const std::int64_t local = unix_seconds + std::int64_t{offset_minutes} * 60;
  return (local >= 0 ? local : local - 86399) / 86400;
}

std::optional<Date> parse_date(std::string_view raw_value) {
  // RFC 5322 3.6.7: in a trace field the date is what follows the last semicolon.
  if (const auto semicolon = raw_value.rfind(';'); semicolon != std::string_view::npos) {
    if (auto date = parse_date(raw_value.substr(semicolon + 1))) return date;
  }
  const auto fields = DateParser(raw_value).run();
  if (!fields) return std::nullopt;
  using namespace std::chrono;
  const sys_days month = year{fields->year} / fields->month / 1;
  const sys_seconds local = month + days(fields->day - 1) + hours(fields->hour < 0 ? 0 : fields->hour) +
                            minutes(fields->minute) + seconds(fields->second);
  return Date{.unix_seconds = (local - minutes(fields->zone)).time_since_epoch().count(),
              .offset_minutes = fields->zone};
}

std::string format_date(WallTime time, int offset_minutes) {
  using namespace std::chrono;
  const auto local = floor<seconds>(time) + minutes(offset_minutes);
  const auto day = floor<days>(local);
  const year_month_day date(day);
  const hh_mm_ss clock(local - day);
  const std::string month(kMonths[static_cast<unsigned>(date.month()) - 1]);
  const int zone = offset_minutes < 0 ? -offset_minutes : offset_minutes;
  return fmt::format("{}, {} {}{} {:04} {:02}:{:02}:{:02} {}{:02}{:02}", kDays[weekday(day).c_encoding()],
                     static_cast<unsigned>(date.day()), static_cast<char>(month[0] - 32), month.substr(1),
                     static_cast<int>(date.year()), clock.hours().count(), clock.minutes().count(),
                     clock.seconds().count(), offset_minutes < 0 ? '-' : '+', zone / 60, zone % 60);
}

}  // namespace gannet::mime
