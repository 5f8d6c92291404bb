#include "cli/transfer/maildir_names.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/unicode.h"
#include "imap/mailbox_name.h"

namespace gannet::cli {
namespace {

constexpr std::array kLetters = {
    std::pair{'D', std::string_view("\\Draft")},    std::pair{'F', std::string_view("\\Flagged")},
    std::pair{'R', std::string_view("\\Answered")}, std::pair{'S', std::string_view("\\Seen")},
    std::pair{'T', std::string_view("\\Deleted")},
};
constexpr std::size_t kMostKeywords = 26;

std::string escape(std::string_view component) {
  std::string out;
  for (const char c : component) {
    if (c == '.')
      out += "\\2e";
    else if (c == '\\')
      out += "\\5c";
    else
      out += c;
  }
  return out;
}

std::string unescape(std::string_view component) {
  std::string out;
  while (!component.empty()) {
    if (component.starts_with("\\2e") || component.starts_with("\\5c")) {
      out += component[1] == '2' ? '.' : '\\';
      component.remove_prefix(3);
    } else {
      out += component.front();
      component.remove_prefix(1);
    }
  }
  return out;
}

std::optional<std::uint64_t> field(std::string_view base, std::string_view name) {
  const auto at = base.find(name);
  if (at == std::string_view::npos) return std::nullopt;
  std::uint64_t out = 0;
  const auto rest = base.substr(at + name.size());
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), out);
  if (error != std::errc()) return std::nullopt;
  return out;
}

}  // namespace

std::string maildir_folder(std::string_view path) {
  if (path == "INBOX") return {};
  std::string out;
  while (true) {
    const auto slash = path.find('/');
    out += '.' + escape(imap::encode_utf7(path.substr(0, slash)));
    if (slash == std::string_view::npos) return out;
    path.remove_prefix(slash + 1);
  }
}

std::optional<std::string> path_of_maildir_folder(std::string_view folder) {
  if (folder.empty()) return "INBOX";
  if (folder.front() != '.') return std::nullopt;
  std::string out;
  while (!folder.empty()) {
    folder.remove_prefix(1);
    const auto dot = folder.find('.');
    const std::string component = unescape(folder.substr(0, dot));
    if (component.empty() || component.contains('/')) return std::nullopt;
    out += (out.empty() ? "" : "/") + imap::decode_utf7(component).value_or(to_valid_utf8(component));
    if (dot == std::string_view::npos) break;
    folder.remove_prefix(dot);
  }
  return out;
}

MaildirName parse_maildir_name(std::string_view name) {
  const auto colon = name.find(':');
  MaildirName out{.base = name.substr(0, colon), .flags = {}, .size = {}, .wire_size = {}};
  if (colon != std::string_view::npos && name.substr(colon).starts_with(":2,")) {
    out.flags = name.substr(colon + 3);
    out.flags = out.flags.substr(0, out.flags.find(','));
  }
  out.size = field(out.base, ",S=");
  out.wire_size = field(out.base, ",W=");
  return out;
}

MaildirFlags maildir_flags(const std::vector<std::string>& keywords, std::vector<std::string>& of_folder) {
  MaildirFlags out;
  for (const auto& keyword : keywords) {
    const auto system = std::ranges::find_if(
        kLetters, [&](const auto& one) { return equal_ignoring_ascii_case(one.second, keyword); });
    if (system != kLetters.end()) {
      out.letters += system->first;
      continue;
    }
    auto known = std::ranges::find_if(
        of_folder, [&](const auto& one) { return equal_ignoring_ascii_case(one, keyword); });
    if (known == of_folder.end()) {
      if (of_folder.size() == kMostKeywords) {
        out.rest.push_back(keyword);
        continue;
      }
      known = of_folder.insert(of_folder.end(), keyword);
    }
    out.letters += static_cast<char>('a' + (known - of_folder.begin()));
  }
  std::ranges::sort(out.letters);
  return out;
}

std::vector<std::string> keywords_of_flags(std::string_view letters,
                                           const std::vector<std::string>& of_folder) {
  std::vector<std::string> out;
  for (const char letter : letters) {
    const auto system = std::ranges::find(kLetters, letter, &std::pair<char, std::string_view>::first);
    if (system != kLetters.end())
      out.emplace_back(system->second);
    else if (letter == 'P')  // passed on
      out.emplace_back("$Forwarded");
    else if (letter >= 'a' && letter <= 'z') {
      const auto index = static_cast<std::size_t>(letter - 'a');
      if (index < of_folder.size() && !of_folder[index].empty()) out.push_back(of_folder[index]);
    }
  }
  return out;
}

}  // namespace gannet::cli
