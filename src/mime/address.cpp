#include "mime/address.h"

#include <algorithm>
#include <utility>

#include "mime/encoded_word.h"
#include "mime/header.h"
#include "mime/lexer.h"

namespace gannet::mime {
namespace {

bool is_special(char c) {
  return is_space(c) || std::string_view("()<>,;:\"@.[]").contains(c);
}

// One blank-separated word of an address as it is read: "joe@example.org", "=?utf-8?Q?J?=", "Joe".
struct Word {
  std::string text;
  std::size_t at = std::string::npos;  // of the '@' that ends the local part
};

// An encoded word as a whole, even where it holds commas or quotes that it should not; 0 if none begins here.
std::size_t encoded_word_size(std::string_view in) {
  if (!in.starts_with("=?")) return 0;
  int marks = 0;
  for (std::size_t i = 2; i < in.size() && i < 256; ++i) {
    const char c = in[i];
    if (c == '<' || c == '>' || c == '\r' || c == '\n' || (marks < 2 && is_space(c))) return 0;
    if (c != '?') continue;
    if (++marks >= 3 && i + 1 < in.size() && in[i + 1] == '=') return i + 2;
    if (marks >= 3) return 0;
  }
  return 0;
}

class AddressParser {
 public:
  AddressParser(std::string_view in, std::size_t max) : lexer_(in), max_(max) {}

  std::vector<Address> run() {
    while (!lexer_.at_end() && out_.size() < max_) step();
    finish_entry();
    if (in_group_)
      out_.push_back({.kind = AddressKind::kGroupEnd, .name = {}, .route = {}, .mailbox = {}, .host = {}});
    return std::move(out_);
  }

 private:
  void step();
  void finish_entry();
  void read_angle();
  void read_domain_literal();
  void append(std::string_view text, bool glue);
  void start_group();
  // What the words before index `end` say, on one line.
  std::string phrase(std::size_t skip = std::string::npos) const;

  Lexer lexer_;
  std::size_t max_;
  std::vector<Address> out_;
  bool in_group_ = false;

  std::vector<Word> words_;
  bool gap_ = true;    // white space was read since the last word
  bool glue_ = false;  // the last token was '.' or '@': what follows belongs to it, blanks or not
  std::string comment_;
  bool has_angle_ = false;
  Address angle_;
};

void AddressParser::append(std::string_view text, bool glue) {
  if (words_.empty() || (gap_ && !glue_)) words_.emplace_back();
  words_.back().text += text;
  gap_ = false;
  glue_ = glue;
}

std::string AddressParser::phrase(std::size_t skip) const {
  std::string out;
  for (std::size_t i = 0; i < words_.size(); ++i) {
    if (i == skip) continue;
    if (!out.empty()) out.push_back(' ');
    out += words_[i].text;
  }
  return out;
}

void AddressParser::step() {
  const char c = lexer_.peek();
  std::string_view text;
  if (is_space(c)) {
    lexer_.skip_space();
    gap_ = true;
  } else if (c == '(' && lexer_.comment(text)) {
    comment_.clear();
    append_unquoted(comment_, trim(text));
    gap_ = true;
  } else if (c == '"' && lexer_.quoted(text)) {
    std::string plain;
    append_unquoted(plain, text);
    append(plain, false);
  } else if (c == '<') {
    lexer_.skip();
    read_angle();
  } else if (c == ',') {
    lexer_.skip();
    finish_entry();
  } else if (c == ';') {
    lexer_.skip();
    finish_entry();
    if (in_group_)
      out_.push_back({.kind = AddressKind::kGroupEnd, .name = {}, .route = {}, .mailbox = {}, .host = {}});
    in_group_ = false;
  } else if (c == ':' && !in_group_ && !has_angle_ &&
             std::ranges::all_of(words_, [](const Word& w) { return w.at == std::string::npos; })) {
    lexer_.skip();
    start_group();
  } else if (c == '@') {
    lexer_.skip();
    gap_ = gap_ && words_.empty();
    glue_ = true;
    append("@", true);
    words_.back().at = words_.back().text.size() - 1;
  } else if (c == '.') {
    // "Joe Q. Public" is two words after the dot, "jdoe@test . example" is one (RFC 5322 4.4).
    lexer_.skip();
    const bool in_address = !words_.empty() && words_.back().at != std::string::npos;
    if (in_address) glue_ = true;
    append(".", in_address || words_.empty());
  } else if (c == '[') {
    read_domain_literal();
  } else if (const std::size_t size = encoded_word_size(lexer_.rest())) {
    append(lexer_.rest().substr(0, size), false);
    lexer_.skip(size);
  } else {
    const std::size_t begin = lexer_.position();
    lexer_.skip();
    if (!is_special(c))
      while (!lexer_.at_end() && !is_special(lexer_.peek())) lexer_.skip();
    append(lexer_.between(begin, lexer_.position()), false);
  }
}

void AddressParser::read_domain_literal() {
  const std::string_view rest = lexer_.rest().substr(0, 64);  // longer ones are none
  std::size_t size = 1;
  while (size < rest.size() && !is_special(rest[size]) && rest[size] != ']') ++size;
  while (size < rest.size() && (rest[size] == '.' || rest[size] == ':')) {
    ++size;
    while (size < rest.size() && !is_special(rest[size])) ++size;
  }
  size = size < rest.size() && rest[size] == ']' ? size + 1 : 1;
  append(rest.substr(0, size), false);
  lexer_.skip(size);
}

// After '<', up to its '>': [ "@a,@b:" ] local "@" domain, white space and comments dropped.
void AddressParser::read_angle() {
  std::string text;
  std::size_t at = std::string::npos;
  bool in_route = false;
  Address address;
  std::string_view piece;
  while (!lexer_.at_end() && lexer_.peek() != '>') {
    const char c = lexer_.peek();
    if (is_space(c)) {
      lexer_.skip_space();
    } else if (c == '(' && lexer_.comment(piece)) {
      if (comment_.empty()) append_unquoted(comment_, trim(piece));
    } else if (c == '"' && lexer_.quoted(piece)) {
      append_unquoted(text, piece);
    } else if (c == ':' && in_route) {
      lexer_.skip();
      address.route = std::exchange(text, {});
      at = std::string::npos;
      in_route = false;
    } else if (c == ',' && !in_route) {
      break;  // never closed
    } else {
      if (c == '@') {
        in_route |= text.empty() && address.route.empty();
        at = text.size();
      }
      text.push_back(c);
      lexer_.skip();
    }
  }
  lexer_.accept('>');
  if (in_route && at == 0) in_route = false;  // "<@example.org>": a domain without a local part
  address.mailbox = text.substr(0, at);
  if (at != std::string::npos) address.host = text.substr(at + 1);
  gap_ = true;
  if (has_angle_) return;  // "<a@b> <c@d>": the first is the address
  has_angle_ = true;
  angle_ = std::move(address);
  angle_.name = phrase();
  words_.clear();
}

void AddressParser::start_group() {
  std::string name = phrase();
  words_.clear();
  if (name.empty()) name = std::exchange(comment_, {});
  out_.push_back(
      {.kind = AddressKind::kGroupStart, .name = std::move(name), .route = {}, .mailbox = {}, .host = {}});
  in_group_ = true;
  comment_.clear();
  gap_ = true;
  glue_ = false;
}

void AddressParser::finish_entry() {
  if (has_angle_) {
    if (angle_.name.empty()) angle_.name = phrase();
    if (angle_.name.empty()) angle_.name = std::move(comment_);
    out_.push_back(std::move(angle_));
  } else if (!words_.empty()) {
    // "Joe joe@example.org": the last word with an '@' is the address, the others the name.
    std::size_t spec = words_.size();
    for (std::size_t i = 0; i < words_.size(); ++i)
      if (words_[i].at != std::string::npos) spec = i;
    Address address;
    if (spec == words_.size()) {
      address.mailbox = phrase();
    } else {
      address.name = phrase(spec);
      address.mailbox = words_[spec].text.substr(0, words_[spec].at);
      address.host = words_[spec].text.substr(words_[spec].at + 1);
    }
    if (address.name.empty()) address.name = std::move(comment_);
    out_.push_back(std::move(address));
  }
  words_.clear();
  comment_.clear();
  has_angle_ = false;
  angle_ = {};
  gap_ = true;
  glue_ = false;
}

// RFC 5322 3.2.3: an atom, dots allowed where `dots`.
bool is_atom(std::string_view text, bool dots) {
  if (text.empty() || (dots && (text.front() == '.' || text.back() == '.' || text.contains(".."))))
    return false;
  return std::ranges::all_of(text, [&](unsigned char c) {
    if (c >= 0x80) return true;
    if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')) return true;
    return (dots && c == '.') ||
           (c != 0 && std::string_view("!#$%&'*+-/=?^_`{|}~").contains(static_cast<char>(c)));
  });
}

std::string quote(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    if (c != '\r' && c != '\n' && c != '\0') out.push_back(c);
  }
  return out + '"';
}

}  // namespace

std::vector<Address> parse_addresses(std::string_view raw_value, std::size_t max_addresses) {
  return AddressParser(raw_value, max_addresses).run();
}

std::string Address::address() const {
  std::string out = is_atom(mailbox, true) || mailbox.empty() ? mailbox : quote(mailbox);
  if (!host.empty()) out += '@' + host;
  return out;
}

std::string Address::display_name() const {
  return decode_unstructured(name);
}

std::string format_address(const Address& address) {
  if (address.kind == AddressKind::kGroupEnd) return ";";
  std::string name;
  const std::string encoded = encode_words(address.name);
  if (encoded != address.name) {
    name = encoded;
  } else {
    // Words of atoms stand as they are; all else, dots included, goes into quotes.
    bool atoms = true;
    for (std::size_t begin = 0; begin <= address.name.size() && atoms && !address.name.empty();) {
      const auto end = std::min(address.name.find(' ', begin), address.name.size());
      atoms = is_atom(std::string_view(address.name).substr(begin, end - begin), false);
      begin = end + 1;
    }
    name = atoms ? address.name : quote(address.name);
  }
  if (address.kind == AddressKind::kGroupStart) return name + ":";
  if (name.empty()) return address.address();
  return name + " <" + address.address() + ">";
}

}  // namespace gannet::mime
