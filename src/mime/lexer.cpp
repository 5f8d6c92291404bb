#include "mime/lexer.h"

#include <array>

namespace gannet::mime {
namespace {
constexpr auto kEndsToken = [] {
  std::array<bool, 256> table{};
  for (int c = 0; c <= 0x20; ++c) table[static_cast<std::size_t>(c)] = true;
  for (char c : std::string_view("()<>@,;:\\\"/[]?=\x7f")) table[static_cast<unsigned char>(c)] = true;
  return table;
}();
}  // namespace

bool ends_token(char c) {
  return kEndsToken[static_cast<unsigned char>(c)];
}

void Lexer::skip_cfws() {
  for (;;) {
    skip_space();
    std::string_view ignored;
    if (peek() != '(' || !comment(ignored)) return;
  }
}

std::string_view Lexer::token() {
  const std::size_t begin = position_;
  while (position_ < in_.size() && !ends_token(in_[position_])) ++position_;
  return in_.substr(begin, position_ - begin);
}

bool Lexer::comment(std::string_view& text) {
  if (no_more_comments_) return false;
  int depth = 0;
  for (std::size_t i = position_; i < in_.size(); ++i) {
    const char c = in_[i];
    if (c == '\\') {
      ++i;
    } else if (c == '(') {
      ++depth;
    } else if (c == ')' && --depth == 0) {
      text = in_.substr(position_ + 1, i - position_ - 1);
      position_ = i + 1;
      return true;
    }
  }
  no_more_comments_ = true;
  return false;
}

bool Lexer::quoted(std::string_view& text) {
  if (no_more_quotes_) return false;
  for (std::size_t i = position_ + 1; i < in_.size(); ++i) {
    if (in_[i] == '\\') {
      ++i;
    } else if (in_[i] == '"') {
      text = in_.substr(position_ + 1, i - position_ - 1);
      position_ = i + 1;
      return true;
    }
  }
  no_more_quotes_ = true;
  return false;
}

void append_unquoted(std::string& out, std::string_view quoted) {
  for (std::size_t i = 0; i < quoted.size(); ++i) {
    char c = quoted[i];
    if (c == '\\' && i + 1 < quoted.size()) c = quoted[++i];
    if (c == '\r' || c == '\n') continue;
    out.push_back(c);
  }
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace gannet::mime
