#include "smtp/command.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/unicode.h"
#include "smtp/text.h"

namespace gannet::smtp {
namespace {

constexpr std::array<std::pair<std::string_view, Verb>, 15> kVerbs = {{
    {"EHLO", Verb::kEhlo},
    {"HELO", Verb::kHelo},
    {"LHLO", Verb::kLhlo},
    {"STARTTLS", Verb::kStartTls},
    {"AUTH", Verb::kAuth},
    {"MAIL", Verb::kMail},
    {"RCPT", Verb::kRcpt},
    {"DATA", Verb::kData},
    {"BDAT", Verb::kBdat},
    {"RSET", Verb::kRset},
    {"NOOP", Verb::kNoop},
    {"HELP", Verb::kHelp},
    {"VRFY", Verb::kVrfy},
    {"EXPN", Verb::kExpn},
    {"QUIT", Verb::kQuit},
}};

std::unexpected<Reply> syntax(std::string_view text) {
  return std::unexpected(Reply{501, {5, 5, 4}, std::string(text)});
}

}  // namespace

CommandLine split_command(std::string_view line) {
  CommandLine command;
  std::string_view rest = trim(line);
  command.word = take_word(rest);
  command.arguments = rest;
  for (const auto& [name, verb] : kVerbs)
    if (equal_ignoring_ascii_case(command.word, name)) command.verb = verb;
  return command;
}

Parsed<BdatArguments> parse_bdat(std::string_view arguments) {
  const std::string_view size = take_word(arguments);
  BdatArguments out;
  const auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), out.size);
  if (size.empty() || error != std::errc() || end != size.data() + size.size())
    return syntax("Syntax: BDAT size [LAST]");
  if (arguments.empty()) return out;
  if (!equal_ignoring_ascii_case(arguments, "LAST")) return syntax("Syntax: BDAT size [LAST]");
  out.last = true;
  return out;
}

Parsed<AuthArguments> parse_auth(std::string_view arguments) {
  AuthArguments out;
  const std::string_view mechanism = take_word(arguments);
  const bool named =
      !mechanism.empty() && mechanism.size() <= 20 && std::ranges::all_of(mechanism, [](char c) {
        return is_alpha(c) || is_digit(c) || c == '-' || c == '_';
      });
  if (!named) return syntax("Syntax: AUTH mechanism [initial-response]");
  out.mechanism = mechanism;
  for (char& c : out.mechanism)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  if (arguments.empty()) return out;
  const std::string_view initial = take_word(arguments);
  if (!arguments.empty()) return syntax("Syntax: AUTH mechanism [initial-response]");
  out.initial = initial == "=" ? std::string() : std::string(initial);
  return out;
}

Parsed<std::string> parse_hello(std::string_view arguments) {
  const std::string_view name = take_word(arguments);
  if (name.empty()) return syntax("Say who you are: EHLO your.host.name");
  const bool printable = name.size() <= kMaxDomain && is_utf8(name) && std::ranges::none_of(name, [](char c) {
                           return (static_cast<unsigned char>(c) <= 0x20) || c == 0x7f;
                         });
  if (!printable || !arguments.empty()) return syntax("That is not a host name or address literal");
  return std::string(name);
}

}  // namespace gannet::smtp
