// Internal: the tokens of structured header fields (RFC 5322 3.2, RFC 2045 5.1), read leniently, without
// copies.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gannet::mime {

inline bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}
// RFC 2045's tspecials and white space end a token; 8-bit octets do not.
bool ends_token(char c);

class Lexer {
 public:
  explicit Lexer(std::string_view in) : in_(in) {}

  bool at_end() const { return position_ >= in_.size(); }
  char peek() const { return at_end() ? '\0' : in_[position_]; }
  std::size_t position() const { return position_; }
  std::string_view rest() const { return in_.substr(position_); }
  std::string_view between(std::size_t begin, std::size_t end) const {
    return in_.substr(begin, end - begin);
  }
  void skip(std::size_t count = 1) { position_ += count; }
  void move_to(std::size_t position) { position_ = position; }

  bool accept(char c) {
    if (at_end() || in_[position_] != c) return false;
    ++position_;
    return true;
  }
  void skip_space() {
    while (!at_end() && is_space(in_[position_])) ++position_;
  }
  // White space and comments; a '(' that is never closed is no comment.
  void skip_cfws();
  // Empty if there is none here.
  std::string_view token();
  // Stands on '(': the text between the outer parentheses. False, and nothing read, if it is never closed.
  bool comment(std::string_view& text);
  // Stands on '"': the text between the quotes, backslashes and line ends still in it. False, and nothing
  // read, if it is never closed.
  bool quoted(std::string_view& text);

 private:
  std::string_view in_;
  std::size_t position_ = 0;
  bool no_more_comments_ = false;  // an unclosed '(' was met: looking again would cost as much each time
  bool no_more_quotes_ = false;
};

// Backslash escapes and line ends removed.
void append_unquoted(std::string& out, std::string_view quoted);
std::string_view trim(std::string_view text);

}  // namespace gannet::mime
