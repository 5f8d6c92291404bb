#include "directory/sql/placeholders.h"

#include <vector>

namespace gannet::directory::sql {
namespace {

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || (c & 0x80);
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Walks over a query; what stands in quotes or comments is passed over as a whole.
class Scanner {
 public:
  Scanner(Engine engine, std::string_view text) : engine_(engine), text_(text) {}

  // The end of what begins at `at`, if that is a quotation or a comment; else `at`.
  std::size_t skip(std::size_t at) const {
    const std::string_view rest = text_.substr(at);
    if (rest.starts_with("--") || (rest.starts_with("#") && engine_ == Engine::kMysql))
      return until("\n", at);
    if (rest.starts_with("/*")) return until("*/", at + 2);
    const char c = rest.front();
    if (c == '\'' || c == '"' || c == '`') return quotation(at, c);
    if (c == '[' && engine_ == Engine::kSqlite) return until("]", at);
    if (c == '$' && engine_ == Engine::kPostgresql) return dollar_quotation(at);
    return at;
  }

 private:
  std::size_t until(std::string_view end, std::size_t from) const {
    const auto found = text_.find(end, from);
    return found == std::string_view::npos ? text_.size() : found + end.size();
  }

  std::size_t quotation(std::size_t at, char quote) const {
    // MySQL's strings, and E'...' of PostgreSQL.
    const bool escapes = (engine_ == Engine::kMysql && quote != '`') ||
                         (engine_ == Engine::kPostgresql && quote == '\'' && at > 0 &&
                          (text_[at - 1] | 0x20) == 'e' && (at == 1 || !is_word(text_[at - 2])));
    for (std::size_t i = at + 1; i < text_.size(); ++i) {
      if (escapes && text_[i] == '\\') {
        ++i;
      } else if (text_[i] == quote) {
        return i + 1;  // a doubled quote begins the next quotation at once
      }
    }
    return text_.size();
  }

  // $tag$ ... $tag$
  std::size_t dollar_quotation(std::size_t at) const {
    std::size_t end = at + 1;
    if (end < text_.size() && is_digit(text_[end])) return at;
    while (end < text_.size() && is_word(text_[end])) ++end;
    if (end >= text_.size() || text_[end] != '$') return at;
    const std::string_view tag = text_.substr(at, end + 1 - at);
    return until(tag, end + 1);
  }

  const Engine engine_;
  const std::string_view text_;
};

struct Place {
  std::size_t at, size;
  bool numbered;
};

std::unexpected<Error> invalid(const char* text) {
  return fail(DirectoryError::kInvalid, text);
}

Result<std::vector<Place>> find_places(Engine engine, std::string_view query) {
  const Scanner scanner(engine, query);
  std::vector<Place> out;
  for (std::size_t at = 0; at < query.size();) {
    if (const auto end = scanner.skip(at); end != at) {
      at = end;
    } else if (query[at] == '?') {
      std::size_t size = 1;
      while (at + size < query.size() && is_digit(query[at + size])) ++size;
      if (size > 1 && query.substr(at, size) != "?1") return invalid("it has more than one parameter");
      out.push_back({at, size, false});
      at += size;
    } else if (query[at] == '$' && at + 1 < query.size() && is_digit(query[at + 1])) {
      std::size_t size = 2;
      while (at + size < query.size() && is_digit(query[at + size])) ++size;
      if (query.substr(at, size) != "$1") return invalid("it has more than one parameter");
      out.push_back({at, size, true});
      at += size;
    } else {
      ++at;
    }
  }
  return out;
}

std::string_view placeholder(Engine engine) {
  if (engine == Engine::kPostgresql) return "$1";
  return engine == Engine::kMysql ? "?" : "?1";
}

}  // namespace

Result<std::string> with_placeholders(Engine engine, std::string_view query) {
  auto places = TRY(find_places(engine, query));
  bool numbered = false;
  for (const Place& place : places) numbered = numbered || place.numbered;
  if (numbered) std::erase_if(places, [](const Place& place) { return !place.numbered; });
  if (places.empty()) return invalid("it has no ? (or $1) for what is asked about");
  std::string out;
  std::size_t from = 0;
  for (const Place& place : places) {
    out.append(query, from, place.at - from).append(placeholder(engine));
    from = place.at + place.size;
  }
  return out.append(query, from, query.size() - from);
}

}  // namespace gannet::directory::sql
