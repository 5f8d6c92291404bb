#include "mime/parameters.h"

namespace gannet::mime {
namespace {

// Types end where a parameter or a comment begins; "text/plain/format" has the subtype "plain/format".
std::string_view read_until(Lexer& lexer, bool stop_at_slash) {
  const std::size_t begin = lexer.position();
  while (!lexer.at_end()) {
    const char c = lexer.peek();
    if (is_space(c) || c == ';' || c == '(' || c == '"' || (c == '/' && stop_at_slash)) break;
    lexer.skip();
  }
  return lexer.between(begin, lexer.position());
}

bool is_name_char(char c) {
  return !is_space(c) && c != '=' && c != ';' && c != '"' && c != '(';
}

// Whether "name =" stands here, so that the blanks before it ended the value.
bool parameter_follows(std::string_view rest) {
  std::size_t i = 0;
  while (i < rest.size() && is_space(rest[i])) ++i;
  const std::size_t name = i;
  while (i < rest.size() && is_name_char(rest[i])) ++i;
  if (i == name) return false;
  while (i < rest.size() && is_space(rest[i])) ++i;
  return i < rest.size() && rest[i] == '=';
}

std::string_view unquoted_value(Lexer& lexer) {
  const std::size_t begin = lexer.position();
  std::size_t end = begin;
  while (!lexer.at_end() && lexer.peek() != ';') {
    if (!is_space(lexer.peek())) {
      lexer.skip();
      end = lexer.position();
      continue;
    }
    if (parameter_follows(lexer.rest())) break;
    lexer.skip_space();
    if (lexer.peek() == '(') break;
  }
  return lexer.between(begin, end);
}

}  // namespace

RawType read_type(Lexer& lexer) {
  RawType out;
  lexer.skip_cfws();
  out.type = read_until(lexer, true);
  lexer.skip_cfws();
  if (!lexer.accept('/')) return out;
  lexer.skip_cfws();
  out.subtype = read_until(lexer, false);
  return out;
}

bool next_parameter(Lexer& lexer, RawParameter& out) {
  while (true) {
    lexer.skip_cfws();
    if (lexer.at_end()) return false;
    const std::size_t begin = lexer.position();
    while (!lexer.at_end() && is_name_char(lexer.peek())) lexer.skip();
    out.name = lexer.between(begin, lexer.position());
    lexer.skip_cfws();
    if (!lexer.accept('=')) {
      if (lexer.position() == begin) lexer.skip();
      continue;
    }
    lexer.skip_cfws();
    out.quoted = false;
    if (lexer.peek() == '"') {
      if (lexer.quoted(out.value)) {
        out.quoted = true;
      } else {  // never closed: all the rest
        lexer.skip();
        out.value = lexer.rest();
        lexer.skip(out.value.size());
        out.quoted = true;
      }
    } else {
      out.value = unquoted_value(lexer);
    }
    if (!out.name.empty() && (out.quoted || !out.value.empty())) return true;
  }
}

}  // namespace gannet::mime
