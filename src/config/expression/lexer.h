// The words of an expression. Internal to the expression language.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "config/expression/value.h"

namespace gannet::config::expression {

struct Token {
  enum class Kind { kEnd, kLiteral, kName, kCapture, kSymbol };
  Kind kind = Kind::kEnd;
  Value literal;          // kLiteral
  std::string_view text;  // as written; for kSymbol one of + - * / ( ) [ ] , ! ^ && || == != < <= > >=
  std::size_t capture = 0;
  std::size_t position = 0;  // octets before it
};

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}
  // kEnd for ever once the text is used up.
  Result<Token> next();

 private:
  Result<Token> string_literal(char quote);
  Result<Token> number();
  Token symbol();
  std::string_view text_;
  std::size_t at_ = 0;
};

// "... at character N" of the expression.
std::unexpected<Error> fail_at(std::size_t position, std::string_view what);

}  // namespace gannet::config::expression
