#include "mailbox/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ranges>

#include "base/unicode.h"

namespace gannet::mailbox {
namespace {

constexpr std::array<std::string_view, 5> kSystem = {"\\Seen", "\\Answered", "\\Flagged", "\\Deleted",
                                                     "\\Draft"};
constexpr std::size_t kMaxKeywordBytes = 255;

std::string with_inbox(std::string path) {
  const auto first = std::string_view(path).substr(0, path.find('/'));
  if (equal_ignoring_ascii_case(first, kInbox)) path.replace(0, kInbox.size(), kInbox);
  return path;
}

}  // namespace

std::vector<std::string_view> components(std::string_view path) {
  std::vector<std::string_view> out;
  for (const auto part : std::views::split(path, '/')) out.emplace_back(part.begin(), part.end());
  return out;
}

std::string_view parent_path(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view{} : path.substr(0, slash);
}

std::string_view last_component(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

Result<std::string> valid_path(std::string_view path, const NameLimits& limits) {
  if (path.ends_with('/')) path.remove_suffix(1);
  if (path.empty()) return fail(MailboxError::kInvalid, "a mailbox needs a name");
  auto nfc = to_nfc(path);
  if (!nfc) return fail(MailboxError::kInvalid, "a mailbox name must be UTF-8");
  if (has_unprintable(*nfc))
    return fail(MailboxError::kInvalid, "a mailbox name must not hold control characters");
  const auto parts = components(*nfc);
  if (parts.size() > limits.max_depth)
    return fail(MailboxError::kLimit, fmt::format("mailboxes may be nested {} deep, this one is {}",
                                                  limits.max_depth, parts.size()));
  for (const auto part : parts) {
    if (part.empty()) return fail(MailboxError::kInvalid, "a mailbox name must not have an empty component");
    if (part.size() > limits.max_name_length)
      return fail(MailboxError::kLimit, fmt::format("a mailbox name may have {} bytes, this one has {}",
                                                    limits.max_name_length, part.size()));
  }
  return with_inbox(std::move(*nfc));
}

std::string lookup_path(std::string_view path) {
  if (path.ends_with('/')) path.remove_suffix(1);
  if (is_ascii(path)) return with_inbox(std::string(path));
  return with_inbox(to_nfc(path).value_or(std::string(path)));
}

std::optional<std::uint32_t> system_keyword(std::string_view name) {
  if (!name.starts_with('\\')) return std::nullopt;
  for (std::uint32_t i = 0; i < kSystem.size(); ++i)
    if (equal_ignoring_ascii_case(name, kSystem[i])) return i;
  return std::nullopt;
}

std::string_view system_keyword_name(std::uint32_t number) {
  return number < kSystem.size() ? kSystem[number] : std::string_view{};
}

bool valid_keyword(std::string_view name) {
  return !name.empty() && name.size() <= kMaxKeywordBytes && std::ranges::all_of(name, [](char c) {
    return c > 0x20 && c < 0x7f && std::string_view("(){%*\"\\]").find(c) == std::string_view::npos;
  });
}

}  // namespace gannet::mailbox
