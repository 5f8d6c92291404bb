#include "mime/html.h"

#include <algorithm>
#include <array>
#include <vector>

#include "mime/header.h"
#include "mime/html_entities.h"
#include "mime/lexer.h"

// One pass over tags and text without building a tree: linear in time and constant in memory whatever the
// nesting (docs/decisions has why).
namespace gannet::mime {
namespace {

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == ':';
}

bool one_of(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::ranges::any_of(names, [&](std::string_view n) { return equals_ignoring_case(n, name); });
}

enum class Break { kNone, kLine, kParagraph, kCell };

Break break_of(std::string_view tag) {
  if (one_of(tag, {"br",      "div",     "tr",     "li",     "dt",     "dd",         "option",
                   "section", "article", "header", "footer", "form",   "fieldset",   "address",
                   "center",  "nav",     "aside",  "main",   "figure", "figcaption", "legend"}))
    return Break::kLine;
  if (one_of(tag,
             {"p", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "dl", "blockquote", "pre", "hr"}))
    return Break::kParagraph;
  return one_of(tag, {"td", "th", "caption"}) ? Break::kCell : Break::kNone;
}

// Elements whose content nobody reads.
bool is_skipped(std::string_view tag) {
  return one_of(tag, {"script", "style", "title", "head", "template", "noscript", "object", "svg", "math",
                      "iframe", "select", "textarea", "noframes"});
}

struct Tag {
  std::string_view name;
  std::string_view attributes;
  bool closing = false;
  bool empty = false;  // "<br/>"
};

class Extractor {
 public:
  Extractor(std::string_view html, std::size_t max_size) : html_(html), max_(max_size) {}

  std::string run() {
    while (position_ < html_.size() && out_.size() < max_) {
      const auto next = std::min(html_.find('<', position_), html_.size());
      add_text(html_.substr(position_, next - position_));
      position_ = next;
      if (position_ < html_.size()) read_markup();
    }
    while (!out_.empty() && (out_.back() == '\n' || out_.back() == ' ')) out_.pop_back();
    return std::move(out_);
  }

 private:
  void read_markup();
  bool read_tag(Tag& tag);
  void skip_element(std::string_view name);
  void add_text(std::string_view text);
  void add_character(std::string_view utf8);
  void add_break(Break kind);
  void add_alternative(std::string_view attributes);

  std::string_view html_;
  std::size_t max_;
  std::size_t position_ = 0;
  std::string out_;
  bool blank_ = false;  // white space is due before the next character
  int pre_ = 0;         // inside of so many <pre>
  std::vector<std::string_view>
      unclosed_;  // skipped elements known to have no end tag: looking again costs as much
};

// Stands on '<'.
void Extractor::read_markup() {
  const std::string_view rest = html_.substr(position_);
  const auto skip_past = [&](std::string_view end, std::size_t from) {
    const auto at = rest.find(end, from);
    position_ = at == std::string_view::npos ? html_.size() : position_ + at + end.size();
  };
  if (rest.starts_with("<!--")) {
    // "<!-->" is a whole comment; Word writes "<!--[if ...]>" around what others need not read.
    if (rest.starts_with("<!-->")) return skip_past(">", 0);
    return skip_past("-->", 4);
  }
  if (rest.starts_with("<!") || rest.starts_with("<?")) return skip_past(">", 2);
  Tag tag;
  if (!read_tag(tag)) {
    add_character("<");
    ++position_;
    return;
  }
  if (equals_ignoring_case(tag.name, "pre")) pre_ = std::max(0, pre_ + (tag.closing ? -1 : 1));
  if (!tag.closing && !tag.empty && is_skipped(tag.name)) return skip_element(tag.name);
  if (equals_ignoring_case(tag.name, "img")) return add_alternative(tag.attributes);
  add_break(break_of(tag.name));
}

// "<name attributes>" or "</name>": moves past it. Quoted attribute values may hold '>'.
bool Extractor::read_tag(Tag& tag) {
  std::size_t i = position_ + 1;
  if (i < html_.size() && html_[i] == '/') {
    tag.closing = true;
    ++i;
  }
  const std::size_t name = i;
  while (i < html_.size() && is_name_char(html_[i])) ++i;
  if (i == name || !((html_[name] | 0x20) >= 'a' && (html_[name] | 0x20) <= 'z')) return false;
  tag.name = html_.substr(name, i - name);
  const std::size_t attributes = i;
  char quote = 0;
  constexpr std::size_t kMaxTag =
      64 * 1024;  // an attribute that is never closed ends there, not with the message
  for (const std::size_t end = std::min(html_.size(), i + kMaxTag); i < end; ++i) {
    const char c = html_[i];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if ((c == '"' || c == '\'') && html_[i - 1] == '=') {
      quote = c;
    } else if (c == '>') {
      break;
    }
  }
  if (quote != 0) i = std::min(html_.find('>', attributes), html_.size());
  tag.attributes = html_.substr(attributes, i - attributes);
  tag.empty = tag.attributes.ends_with('/');
  position_ = std::min(i + 1, html_.size());
  return true;
}

// To after the end tag, or for a <head> that is never closed to the <body>; without either, nothing is
// skipped.
void Extractor::skip_element(std::string_view name) {
  const auto same_name = [&](std::string_view other) { return equals_ignoring_case(other, name); };
  if (std::ranges::any_of(unclosed_, same_name)) return;
  for (auto at = html_.find('<', position_); at != std::string_view::npos; at = html_.find('<', at + 1)) {
    const std::string_view rest = html_.substr(at + 1);
    if (equals_ignoring_case(name, "head") && equals_ignoring_case(rest.substr(0, 4), "body")) {
      position_ = at;
      return;
    }
    if (!rest.starts_with('/') || !equals_ignoring_case(rest.substr(1, name.size()), name)) continue;
    if (rest.size() > name.size() + 1 && is_name_char(rest[name.size() + 1])) continue;
    const auto end = html_.find('>', at);
    position_ = end == std::string_view::npos ? html_.size() : end + 1;
    return;
  }
  // A browser would skip all the rest after an unclosed <script>; so do we, except for what only mail leaves
  // open.
  if (!one_of(name, {"head", "noscript", "object", "select"})) position_ = html_.size();
  unclosed_.push_back(name);
}

void Extractor::add_character(std::string_view utf8) {
  if (blank_ && !out_.empty() && out_.back() != '\n' && out_.back() != ' ') out_.push_back(' ');
  blank_ = false;
  out_ += utf8;
}

void Extractor::add_text(std::string_view text) {
  for (std::size_t i = 0; i < text.size() && out_.size() < max_;) {
    const char c = text[i];
    if (c == '&') {
      std::string decoded;
      const std::size_t size = decode_entity(text.substr(i), decoded);
      if (size > 0) {
        if (decoded == "\xc2\xa0") {  // a non-breaking blank is a blank to whoever searches
          blank_ = true;
        } else if (decoded != "\xe2\x80\x8c" && decoded != "\xe2\x80\x8b" && decoded != "\xc2\xad") {
          add_character(decoded);  // zero-width fillers of newsletters and soft hyphens are no text
        }
        i += size;
        continue;
      }
    }
    ++i;
    if (pre_ > 0 && c == '\n') {
      add_break(Break::kLine);
    } else if (is_space(c) || c == '\f') {
      blank_ = true;
    } else {
      const std::size_t begin = i - 1;
      while (i < text.size() && !is_space(text[i]) && text[i] != '&' && text[i] != '\f') ++i;
      add_character(text.substr(begin, i - begin));
    }
  }
}

void Extractor::add_break(Break kind) {
  if (kind == Break::kNone) return;
  if (kind == Break::kCell) {
    blank_ = true;
    return;
  }
  blank_ = false;
  while (!out_.empty() && out_.back() == ' ') out_.pop_back();
  if (out_.empty()) return;
  const bool at_line_start = out_.back() == '\n';
  if (!at_line_start) out_.push_back('\n');
  const bool after_empty_line = out_.size() >= 2 && out_[out_.size() - 2] == '\n';
  if (kind == Break::kParagraph && !after_empty_line) out_.push_back('\n');
}

void Extractor::add_alternative(std::string_view attributes) {
  for (std::size_t at = 0; at + 4 < attributes.size(); ++at) {
    if (!is_space(attributes[at]) || !equals_ignoring_case(attributes.substr(at + 1, 4), "alt=")) continue;
    std::string_view value = attributes.substr(at + 5);
    if (value.starts_with('"') || value.starts_with('\'')) {
      value = value.substr(1, value.find(value.front(), 1) - 1);
    } else {
      value = value.substr(0, value.find_first_of(" \t\r\n/"));
    }
    blank_ = true;
    add_text(value);
    blank_ = true;
    return;
  }
}

}  // namespace

std::string html_to_text(std::string_view html, std::size_t max_size) {
  return Extractor(html, max_size).run();
}

std::string_view html_charset(std::string_view html) {
  html = html.substr(0, 1024);
  for (std::size_t at = 0; at + 8 < html.size(); ++at) {
    if ((html[at] | 0x20) != 'c' || !equals_ignoring_case(html.substr(at, 7), "charset")) continue;
    std::size_t i = at + 7;
    while (i < html.size() && (is_space(html[i]) || html[i] == '=' || html[i] == '"' || html[i] == '\'')) ++i;
    const std::size_t begin = i;
    while (i < html.size() && (is_name_char(html[i]) || html[i] == '_')) ++i;
    if (i > begin) return html.substr(begin, i - begin);
  }
  return {};
}

}  // namespace gannet::mime
