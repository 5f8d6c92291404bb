#include "mime/message_id.h"

#include <fmt/format.h>

#include "mime/lexer.h"

namespace gannet::mime {
namespace {

// What stands between '<' and '>', line ends and what was folded after them removed.
std::string clean(std::string_view id) {
  std::string out;
  for (std::size_t i = 0; i < id.size(); ++i) {
    if (id[i] == '\r' || id[i] == '\n') {
      while (i + 1 < id.size() && is_space(id[i + 1])) ++i;
    } else {
      out.push_back(id[i]);
    }
  }
  return std::string(trim(out));
}

}  // namespace

std::vector<std::string> parse_message_ids(std::string_view raw_value, std::size_t max) {
  std::vector<std::string> out;
  if (raw_value.contains('<')) {
    for (std::size_t begin = raw_value.find('<'); begin != std::string_view::npos && out.size() < max;) {
      // "<a@b <c@d>": the first was never closed.
      const auto end = raw_value.find_first_of("<>", begin + 1);
      std::string id =
          clean(raw_value.substr(begin + 1, end == std::string_view::npos ? end : end - begin - 1));
      if (!id.empty()) out.push_back(std::move(id));
      if (end == std::string_view::npos) break;
      begin = raw_value[end] == '<' ? end : raw_value.find('<', end);
    }
    return out;
  }
  std::vector<std::string_view> words;
  for (Lexer lexer(raw_value); !lexer.at_end() && words.size() < max;) {
    lexer.skip_cfws();
    const std::size_t begin = lexer.position();
    while (!lexer.at_end() && !is_space(lexer.peek())) lexer.skip();
    if (lexer.position() > begin) words.push_back(lexer.between(begin, lexer.position()));
  }
  for (auto word : words)
    if (words.size() == 1 || word.contains('@')) out.emplace_back(word);
  return out;
}

std::string make_message_id(const Clock& clock, Random& random, std::string_view host) {
  return fmt::format("<{:x}.{}@{}>", to_unix_ms(clock.now()), random.token(16), host);
}

}  // namespace gannet::mime
