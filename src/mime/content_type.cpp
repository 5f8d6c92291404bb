#include "mime/content_type.h"

#include <algorithm>
#include <charconv>

#include "mime/charset.h"
#include "mime/encoded_word.h"
#include "mime/header.h"
#include "mime/parameters.h"

namespace gannet::mime {
namespace {

// One piece of an RFC 2231 continuation: "name*3*=value".
struct Piece {
  std::string base;
  unsigned section = 0;
  std::size_t order = 0;  // in which they were written
  bool encoded = false;
  std::string value;
};

// Splits "name*3*"; false if there is no section number.
bool split_name(std::string_view name, Piece& piece) {
  if (name.ends_with('*')) {
    piece.encoded = true;
    name.remove_suffix(1);
  }
  const auto star = name.rfind('*');
  if (star == std::string_view::npos || star == 0) return false;
  const std::string_view digits = name.substr(star + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), piece.section);
  if (error != std::errc() || end != digits.data() + digits.size()) return false;
  piece.base = name.substr(0, star);
  return true;
}

void append_percent_safe(std::string& out, std::string_view value) {
  for (char c : value) {
    if (c == '%') {
      out += "%25";
    } else {
      out.push_back(c);
    }
  }
}

// Puts the pieces of each name together, in the order of their numbers.
void join_pieces(std::vector<Piece>& pieces, std::vector<Parameter>& out) {
  std::ranges::sort(pieces, {}, [](const Piece& piece) { return std::pair(piece.section, piece.order); });
  std::vector<bool> used(pieces.size());
  for (std::size_t first = 0; first < pieces.size(); ++first) {
    if (used[first]) continue;
    bool encoded = false;
    for (std::size_t i = first; i < pieces.size(); ++i)
      encoded |= pieces[i].encoded && equals_ignoring_case(pieces[i].base, pieces[first].base);
    Parameter joined{.name = pieces[first].base + (encoded ? "*" : ""), .value = {}};
    if (encoded && !pieces[first].encoded) joined.value = "''";
    for (std::size_t i = first; i < pieces.size(); ++i) {
      if (used[i] || !equals_ignoring_case(pieces[i].base, pieces[first].base)) continue;
      used[i] = true;
      if (encoded && !pieces[i].encoded) {
        append_percent_safe(joined.value, pieces[i].value);
      } else {
        joined.value += pieces[i].value;
      }
    }
    out.push_back(std::move(joined));
  }
}

std::vector<Parameter> read_parameters(Lexer& lexer, std::size_t max) {
  std::vector<Parameter> out;
  std::vector<Piece> pieces;
  RawParameter raw;
  while (out.size() + pieces.size() < max && next_parameter(lexer, raw)) {
    std::string value;
    if (raw.quoted) {
      append_unquoted(value, raw.value);
    } else {
      std::ranges::copy_if(raw.value, std::back_inserter(value),
                           [](char c) { return c != '\r' && c != '\n'; });
    }
    Piece piece;
    if (split_name(raw.name, piece)) {
      piece.value = std::move(value);
      piece.order = pieces.size();
      pieces.push_back(std::move(piece));
    } else {
      out.push_back({std::string(raw.name), std::move(value)});
    }
  }
  join_pieces(pieces, out);
  return out;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string percent_decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0) {
      out.push_back(static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2])));
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

}  // namespace

ContentType parse_content_type(std::string_view raw_value, std::size_t max_parameters) {
  Lexer lexer(raw_value);
  const RawType raw = read_type(lexer);
  ContentType out{.type = std::string(raw.type), .subtype = std::string(raw.subtype), .parameters = {}};
  if (out.type.empty()) return {};
  out.parameters = read_parameters(lexer, max_parameters);
  return out;
}

Disposition parse_disposition(std::string_view raw_value, std::size_t max_parameters) {
  Lexer lexer(raw_value);
  lexer.skip_cfws();
  Disposition out;
  // "Content-Disposition: filename=x", without a type, means an attachment (RFC 2183 2.8: unknown ones are so
  // treated).
  const std::size_t begin = lexer.position();
  out.type = std::string(lexer.token());
  lexer.skip_cfws();
  if (lexer.peek() == '=') {
    lexer.move_to(begin);
    out.type = "attachment";
  }
  out.parameters = read_parameters(lexer, max_parameters);
  return out;
}

std::string decode_parameter_value(std::string_view name, std::string_view value) {
  if (!name.ends_with('*')) return value.contains("=?") ? decode_words(value) : to_utf8(value);
  const auto first = value.find('\'');
  const auto second = first == std::string_view::npos ? first : value.find('\'', first + 1);
  if (second == std::string_view::npos) return to_utf8(percent_decode(value));
  const std::string bytes = percent_decode(value.substr(second + 1));
  return to_utf8(bytes, value.substr(0, first));
}

std::optional<std::string_view> find_parameter(const std::vector<Parameter>& parameters,
                                               std::string_view name) {
  for (const auto& parameter : parameters)
    if (equals_ignoring_case(parameter.name, name)) return parameter.value;
  return std::nullopt;
}

std::optional<std::string> decode_parameter(const std::vector<Parameter>& parameters, std::string_view name) {
  // RFC 6266 4.3 and RFC 2231: where both are there, the encoded form is the better one.
  const std::string extended = std::string(name) + "*";
  if (auto value = find_parameter(parameters, extended)) return decode_parameter_value(extended, *value);
  if (auto value = find_parameter(parameters, name)) return decode_parameter_value(name, *value);
  return std::nullopt;
}

std::vector<std::string> parse_language(std::string_view raw_value) {
  std::vector<std::string> out;
  Lexer lexer(raw_value);
  while (out.size() < 64) {
    lexer.skip_cfws();
    if (lexer.at_end()) break;
    if (auto tag = lexer.token(); !tag.empty()) {
      out.emplace_back(tag);
    } else {
      lexer.skip();
    }
  }
  return out;
}

std::string parse_simple(std::string_view raw_value) {
  std::string out;
  Lexer lexer(raw_value);
  lexer.skip_cfws();
  std::string_view part;
  bool after_space = true;  // a '(' inside a word is no comment: URLs have them
  while (!lexer.at_end()) {
    if (lexer.peek() == '(' && after_space && lexer.comment(part)) continue;
    if (lexer.peek() == '"' && lexer.quoted(part)) {
      append_unquoted(out, part);
      continue;
    }
    after_space = is_space(lexer.peek());
    if (!after_space) out.push_back(lexer.peek());
    lexer.skip();
  }
  return out;
}

}  // namespace gannet::mime
