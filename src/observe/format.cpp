#include <fmt/chrono.h>
#include <fmt/format.h>

#include <iterator>

#include "base/unicode.h"
#include "observe/log.h"
#include "observe/utf8.h"

namespace gannet::observe {
namespace {

void append_time(std::string& out, WallTime time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  fmt::format_to(std::back_inserter(out), "{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(seconds),
                 (time - seconds).count());
}

bool needs_quotes(std::string_view text) {
  if (text.empty()) return true;
  for (const unsigned char c : text) {
    if (c <= ' ' || c == '"' || c == '=' || c == '\\' || c == 0x7f) return true;
  }
  return !is_utf8(text);
}

// Quoted so that a reader of lines finds no line break or quote that a peer put there. JSON's own escapes; in
// a text line bytes that are not UTF-8 show as \xNN, which JSON cannot say: there they become U+FFFD.
void append_quoted(std::string& out, std::string_view text, bool json) {
  out.push_back('"');
  while (!text.empty()) {
    const auto c = static_cast<unsigned char>(text.front());
    const std::size_t size = utf8_length(text);
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(static_cast<char>(c));
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c < ' ' || c == 0x7f) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", c);
    } else if (size == 0) {
      if (json) {
        out += "\xef\xbf\xbd";
      } else {
        fmt::format_to(std::back_inserter(out), "\\x{:02x}", c);
      }
    } else {
      out.append(text.substr(0, size));
    }
    text.remove_prefix(size == 0 ? 1 : size);
  }
  out.push_back('"');
}

void append_value(std::string& out, const Field::Value& value, bool json) {
  if (const auto* view = std::get_if<std::string_view>(&value)) {
    if (json || needs_quotes(*view)) return append_quoted(out, *view, json);
    out.append(*view);
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    if (json || needs_quotes(*text)) return append_quoted(out, *text, json);
    out.append(*text);
  } else if (const auto* number = std::get_if<std::int64_t>(&value)) {
    fmt::format_to(std::back_inserter(out), "{}", *number);
  } else if (const auto* positive = std::get_if<std::uint64_t>(&value)) {
    fmt::format_to(std::back_inserter(out), "{}", *positive);
  } else if (const auto* real = std::get_if<double>(&value)) {
    const bool finite = *real - *real == 0;
    if (json && !finite) {
      out += "null";
    } else {
      fmt::format_to(std::back_inserter(out), "{}", *real);
    }
  } else {
    out += std::get<bool>(value) ? "true" : "false";
  }
}

std::string_view text_level(Level level) {
  switch (level) {
    case Level::kTrace:
      return "TRACE";
    case Level::kDebug:
      return "DEBUG";
    case Level::kInfo:
      return "INFO";
    case Level::kWarn:
      return "WARN";
    default:
      return "ERROR";
  }
}

}  // namespace

std::string_view level_name(Level level) {
  switch (level) {
    case Level::kTrace:
      return "trace";
    case Level::kDebug:
      return "debug";
    case Level::kInfo:
      return "info";
    case Level::kWarn:
      return "warn";
    case Level::kError:
      return "error";
    case Level::kOff:
      return "off";
  }
  return "off";
}

std::string Field::text() const {
  if (const auto* view = std::get_if<std::string_view>(&value_)) return std::string(*view);
  if (const auto* owned = std::get_if<std::string>(&value_)) return *owned;
  std::string out;
  append_value(out, value_, false);
  return out;
}

void append_event(std::string& out, const Event& event) {
  out.append(text_level(event.level));
  out.push_back(' ');
  out.append(event.id);
  for (const Field& field : event.fields) {
    out.push_back(' ');
    out.append(field.key());
    out.push_back('=');
    append_value(out, field.value(), false);
  }
}

std::string format_text(const Event& event) {
  std::string out;
  out.reserve(128);
  append_time(out, event.time);
  out.push_back(' ');
  append_event(out, event);
  return out;
}

std::string format_json(const Event& event) {
  std::string out = R"({"time":")";
  out.reserve(160);
  append_time(out, event.time);
  out += R"(","level":")";
  out.append(level_name(event.level));
  out += R"(","event":)";
  append_quoted(out, event.id, true);
  for (const Field& field : event.fields) {
    out.push_back(',');
    append_quoted(out, field.key(), true);
    out.push_back(':');
    append_value(out, field.value(), true);
  }
  out.push_back('}');
  return out;
}

}  // namespace gannet::observe
