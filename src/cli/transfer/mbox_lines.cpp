#include "cli/transfer/mbox_lines.h"

#include <fmt/chrono.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <vector>

#include "base/clock.h"
#include "base/unicode.h"

namespace gannet::cli {
namespace {

constexpr std::string_view kSizeHeader = "X-Gannet-Size: ";
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct StatusLetter {
  bool extended;  // X-Status, else Status
  char letter;
  std::string_view keyword;
};
constexpr std::array kLetters = {
    StatusLetter{false, 'R', "\\Seen"},   StatusLetter{true, 'A', "\\Answered"},
    StatusLetter{true, 'F', "\\Flagged"}, StatusLetter{true, 'T', "\\Draft"},
    StatusLetter{true, 'D', "\\Deleted"},
};

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> out;
  while (true) {
    const auto start = text.find_first_not_of(" \t\r\n");
    if (start == std::string_view::npos) return out;
    text.remove_prefix(start);
    const auto end = std::min(text.find_first_of(" \t\r\n"), text.size());
    out.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

std::optional<int> number_of(std::string_view text, int base = 10) {
  int out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

// "11:22" or "11:22:33", as seconds of the day.
std::optional<int> time_of(std::string_view text) {
  int out = 0, parts = 0;
  while (true) {
    const auto colon = text.find(':');
    const auto part = number_of(text.substr(0, colon));
    if (!part || *part < 0 || *part > 60) return std::nullopt;
    out = out * 60 + *part;
    ++parts;
    if (colon == std::string_view::npos) break;
    text.remove_prefix(colon + 1);
  }
  if (parts == 2) return out * 60;
  return parts == 3 ? std::optional(out) : std::nullopt;
}

void add(MessageFacts& facts, std::string_view keyword) {
  if (std::ranges::find(facts.keywords, keyword) == facts.keywords.end())
    facts.keywords.emplace_back(keyword);
}

// Whether the header field is the mailbox's, not the message's; what it tells goes to `facts`.
bool take_header(std::string_view name, std::string_view value, MessageFacts& facts) {
  const std::string key = to_lower_ascii(name);
  if (key == "status" || key == "x-status") {
    for (const auto& one : kLetters)
      if (one.extended == (key == "x-status") && value.contains(one.letter)) add(facts, one.keyword);
    return true;
  }
  if (key == "x-keywords") {
    for (const auto word : words_of(value)) add(facts, word);
    return true;
  }
  if (key == "x-uid") {
    const auto words = words_of(value);
    Uid uid = 0;
    if (!words.empty()) std::from_chars(words[0].data(), words[0].data() + words[0].size(), uid);
    facts.uid = uid == UINT32_MAX ? 0 : uid;
    return true;
  }
  if (key == "x-mozilla-status") {
    const auto words = words_of(value);
    const int bits = words.empty() ? 0 : number_of(words[0], 16).value_or(0);
    if (bits & 1) add(facts, "\\Seen");
    if (bits & 2) add(facts, "\\Answered");
    if (bits & 4) add(facts, "\\Flagged");
    if (bits & 8) add(facts, "\\Deleted");
    return true;
  }
  return key == "x-imapbase" || key == "x-imap" || key == "x-mozilla-status2" || key == "x-mozilla-keys";
}

// The header field at the start of `text`, with its continuation lines and last line end; 0 at the header's end.
std::size_t field_length(std::string_view text) {
  if (text.empty() || text.starts_with("\r\n")) return 0;
  std::size_t end = 0;
  do {
    const auto next = text.find('\n', end);
    end = next == std::string_view::npos ? text.size() : next + 1;
  } while (end < text.size() && (text[end] == ' ' || text[end] == '\t'));
  return end;
}

}  // namespace

std::string mbox_date(std::int64_t ms) {
  return fmt::format("{:%a %b %e %H:%M:%S %Y}", std::chrono::floor<std::chrono::seconds>(from_unix_ms(ms)));
}

std::optional<std::int64_t> date_of_from_line(std::string_view line) {
  const auto words = words_of(line);
  // ... Mon 25 17:30:51 [zone] 2026 [zone]
  for (std::size_t i = 1; i + 3 < words.size(); ++i) {
    const auto month = std::ranges::find(kMonths, words[i]);
    const auto day = number_of(words[i + 1]);
    const auto time = time_of(words[i + 2]);
    if (month == kMonths.end() || !day || !time) continue;
    std::optional<int> year;
    int zone = 0;
    for (std::size_t k = i + 3; k < words.size() && k < i + 6; ++k) {
      const auto word = words[k];
      if (word.size() == 5 && (word[0] == '+' || word[0] == '-')) {
        const int offset = number_of(word.substr(1)).value_or(0);
        zone = (offset / 100 * 60 + offset % 100) * (word[0] == '-' ? -60 : 60);
      } else if (const auto number = number_of(word); number && !year && word.size() == 4) {
        year = number;
      }
    }
    if (!year) continue;
    const std::chrono::year_month_day date{
        std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(month - kMonths.begin()) + 1),
        std::chrono::day(static_cast<unsigned>(*day))};
    if (!date.ok()) return std::nullopt;
    const auto seconds = std::chrono::sys_days(date).time_since_epoch() / std::chrono::seconds(1);
    return (static_cast<std::int64_t>(seconds) + *time - zone) * 1000;
  }
  return std::nullopt;
}

bool is_quotable(std::string_view line) {
  const auto start = line.find_first_not_of('>');
  return start != std::string_view::npos && line.substr(start).starts_with("From ");
}

void take_mbox_headers(std::string& content, MessageFacts& facts) {
  const bool ours = std::string_view(content).starts_with(kSizeHeader);
  std::string kept;
  std::size_t at = 0;
  std::uint64_t size = 0;
  for (std::size_t length = 0; (length = field_length(std::string_view(content).substr(at))) > 0;
       at += length) {
    const auto field = std::string_view(content).substr(at, length);
    const auto colon = std::min(field.find(':'), field.size());
    const auto name = field.substr(0, colon);
    const auto value = field.substr(std::min(colon + 1, field.size()));
    if (ours && at == 0) {
      const auto words = words_of(value);
      if (!words.empty()) std::from_chars(words[0].data(), words[0].data() + words[0].size(), size);
      continue;
    }
    if (!take_header(name, value, facts)) kept += field;
    if (ours && equal_ignoring_ascii_case(name, "X-Keywords")) {
      at += length;
      break;  // what follows is the message's own
    }
  }
  content.replace(0, at, kept);
  // A message that did not end with a line end was given one.
  if (ours && content.size() == size + 2 && content.ends_with("\r\n")) content.resize(size);
}

std::string mbox_headers(const MessageFacts& facts, std::string_view imap_base) {
  std::string status = "O", extended, keywords;
  for (const auto& keyword : facts.keywords) {
    const auto known = std::ranges::find_if(
        kLetters, [&](const StatusLetter& one) { return equal_ignoring_ascii_case(one.keyword, keyword); });
    if (known == kLetters.end())
      keywords += " " + keyword;
    else
      (known->extended ? extended : status) += known->letter;
  }
  std::string out = fmt::format("{}{}\n", kSizeHeader, facts.size);
  if (!imap_base.empty()) out += fmt::format("X-IMAPbase: {}\n", imap_base);
  return out + fmt::format("X-UID: {}\nStatus: {}\nX-Status: {}\nX-Keywords:{}\n", facts.uid, status,
                           extended, keywords);
}

}  // namespace gannet::cli
