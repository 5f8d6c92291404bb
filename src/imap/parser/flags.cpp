#include "imap/parser/flags.h"

#include <array>

#include "base/unicode.h"

namespace gannet::imap {

std::optional<std::string_view> system_flag(std::string_view word) {
  static constexpr std::array<std::string_view, 5> kFlags = {"\\Seen", "\\Answered", "\\Flagged", "\\Deleted",
                                                             "\\Draft"};
  for (const auto flag : kFlags) {
    if (equal_ignoring_ascii_case(word, flag)) return flag;
  }
  return std::nullopt;
}

Result<std::optional<std::string>> parse_flag(Scanner& in) {
  if (!in.skip('\\')) return std::string(TRY(in.atom("a flag")));
  const auto word = "\\" + std::string(TRY(in.atom("the name of a flag after '\\'")));
  if (const auto known = system_flag(word)) return std::string(*known);
  if (equal_ignoring_ascii_case(word, "\\Recent")) return std::optional<std::string>();
  return fail(ImapError::kSyntax,
              word +
                  " is no flag; there are \\Seen \\Answered \\Flagged \\Deleted \\Draft, and keywords "
                  "without a backslash");
}

Result<std::vector<std::string>> parse_flag_list(Scanner& in) {
  TRY(in.expect('(', "a list of flags in parentheses"));
  std::vector<std::string> flags;
  if (in.skip(')')) return flags;
  do {
    if (auto flag = TRY(parse_flag(in))) flags.push_back(std::move(*flag));
  } while (in.skip(' '));
  TRY(in.expect(')', "a space or ')' after a flag"));
  return flags;
}

namespace {

Result<void> parse_changed_flags(Scanner& in, std::vector<std::string>& flags) {
  do {
    auto flag = TRY(parse_flag(in));
    // To pass over it would make `FLAGS (\Recent)` take away all flags.
    if (!flag) return fail(ImapError::kSyntax, "\\Recent cannot be changed by a client (RFC 3501 2.3.2)");
    flags.push_back(*std::move(flag));
  } while (in.skip(' '));
  return {};
}

}  // namespace

Result<std::vector<std::string>> parse_store_flags(Scanner& in) {
  std::vector<std::string> flags;
  if (in.peek() == '(') {
    TRY(in.expect('(', "a list of flags in parentheses"));
    if (!in.skip(')')) {
      TRY(parse_changed_flags(in, flags));
      TRY(in.expect(')', "a space or ')' after a flag"));
    }
  } else {
    TRY(parse_changed_flags(in, flags));
  }
  TRY(in.end());
  return flags;
}

}  // namespace gannet::imap
