#include "config/expression/lexer.h"

#include <fmt/format.h>

#include <charconv>

#include "config/errors.h"
#include "config/values.h"

namespace gannet::config::expression {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

}  // namespace

std::unexpected<Error> fail_at(std::size_t position, std::string_view what) {
  return fail(ConfigError::kInvalid, fmt::format("{} at character {}", what, position + 1));
}

Result<Token> Lexer::next() {
  while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  if (at_ == text_.size()) return Token{Token::Kind::kEnd, {}, "end of the expression", 0, at_};
  const char c = text_[at_];
  if (c == '\'' || c == '"') return string_literal(c);
  if (is_digit(c)) return number();
  const std::size_t start = at_;
  if (is_letter(c)) {
    while (at_ < text_.size() && (is_letter(text_[at_]) || is_digit(text_[at_]))) ++at_;
    return Token{Token::Kind::kName, {}, text_.substr(start, at_ - start), 0, start};
  }
  if (c == '$') {
    Token out{Token::Kind::kCapture, {}, {}, 0, start};
    const auto [end, error] =
        std::from_chars(text_.data() + at_ + 1, text_.data() + text_.size(), out.capture);
    if (error != std::errc() || out.capture > 99)
      return fail_at(start, "expected a number from 0 to 99 after $");
    at_ = static_cast<std::size_t>(end - text_.data());
    out.text = text_.substr(start, at_ - start);
    return out;
  }
  Token out = symbol();
  if (!out.text.empty()) return out;
  if (c == '&' || c == '|' || c == '=') {
    return fail_at(start, fmt::format("`{}` stands alone: write `{}{}`", c, c, c));
  }
  return fail_at(start, fmt::format("unexpected character `{}`", text_.substr(start, 1)));
}

// Only \' inside '...' is an escape: every other backslash belongs to the text, so that regular expressions
// read as they are.
Result<Token> Lexer::string_literal(char quote) {
  const std::size_t start = at_++;
  std::string value;
  for (; at_ < text_.size(); ++at_) {
    const char c = text_[at_];
    if (c == '\\' && at_ + 1 < text_.size() && text_[at_ + 1] == quote) {
      value.push_back(text_[++at_]);
    } else if (c == quote) {
      ++at_;
      return Token{Token::Kind::kLiteral, Value(std::move(value)), text_.substr(start, at_ - start), 0,
                   start};
    } else {
      value.push_back(c);
    }
  }
  return fail_at(start, fmt::format("text that starts with {} never ends", quote));
}

// 12, 1.5, and with a unit 30s (milliseconds) or 10mb (octets).
Result<Token> Lexer::number() {
  const std::size_t start = at_;
  bool fraction = false;
  while (at_ < text_.size() && (is_digit(text_[at_]) || (text_[at_] == '.' && !fraction)))
    fraction |= text_[at_++] == '.';
  const std::string_view digits = text_.substr(start, at_ - start);
  while (at_ < text_.size() && (is_letter(text_[at_]) || is_digit(text_[at_]))) ++at_;
  const std::string_view whole = text_.substr(start, at_ - start);
  Token out{Token::Kind::kLiteral, {}, whole, 0, start};
  const char* end = digits.data() + digits.size();
  if (whole.size() > digits.size()) {
    if (const auto duration = parse_duration(whole)) {
      out.literal = Value(static_cast<std::int64_t>(duration->count()));
    } else if (const auto size = parse_size(whole)) {
      out.literal = Value(static_cast<std::int64_t>(*size));
    } else {
      return fail_at(start, fmt::format("`{}` is neither a number nor a duration or size", whole));
    }
  } else if (fraction) {
    double value = 0;
    const auto [stop, error] = std::from_chars(digits.data(), end, value);
    if (error != std::errc() || stop != end)
      return fail_at(start, fmt::format("`{}` is not a number", whole));
    out.literal = Value(value);
  } else {
    std::int64_t value = 0;
    const auto [stop, error] = std::from_chars(digits.data(), end, value);
    if (error != std::errc() || stop != end) return fail_at(start, fmt::format("`{}` is too large", whole));
    out.literal = Value(value);
  }
  return out;
}

Token Lexer::symbol() {
  static constexpr std::string_view kSymbols[] = {"&&", "||", "==", "!=", "<=", ">=", "+", "-", "*", "/",
                                                  "(",  ")",  "[",  "]",  ",",  "!",  "^", "<", ">"};
  for (const auto symbol : kSymbols) {
    if (!text_.substr(at_).starts_with(symbol)) continue;
    Token out{Token::Kind::kSymbol, {}, symbol, 0, at_};
    at_ += symbol.size();
    return out;
  }
  return Token{};
}

}  // namespace gannet::config::expression
