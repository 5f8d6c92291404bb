#include "search/words.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <array>
#include <memory>

#include "base/letters.h"
#include "base/unicode.h"

namespace gannet::search {
namespace {

enum Class : std::uint8_t { kNone, kWord, kGram, kDropped };

Class class_of(UChar32 c) {
  if (is_left_out(static_cast<char32_t>(c))) return kDropped;
  if (!u_isalnum(c) && (U_GET_GC_MASK(c) & U_GC_M_MASK) == 0) return kNone;
  return is_gram_script(static_cast<char32_t>(c)) ? kGram : kWord;
}

// What is asked of every character, for those of the basic plane.
struct Tables {
  Tables() {
    for (UChar32 c = 0; c < 0x10000; ++c) {
      const auto i = static_cast<std::size_t>(c);
      base[i] = U_IS_SURROGATE(c) ? static_cast<char16_t>(c)
                                  : static_cast<char16_t>(without_accents(static_cast<char32_t>(c)));
      kind[i] = U_IS_SURROGATE(c) ? kNone : class_of(base[i]);
    }
  }
  std::array<std::uint8_t, 0x10000> kind{};
  std::array<char16_t, 0x10000> base{};
};

const Tables& tables() {
  static const auto made = std::make_unique<const Tables>();
  return *made;
}

struct Character {
  Class kind = kNone;
  UChar32 base = 0;
  std::size_t end = 0;  // in the text
};

Character read(const Tables& tables, std::string_view text, std::size_t at) {
  const auto first = static_cast<unsigned char>(text[at]);
  if (first < 0x80) return {static_cast<Class>(tables.kind[first]), first, at + 1};
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  auto i = static_cast<std::int64_t>(at);
  UChar32 c;
  U8_NEXT(bytes, i, static_cast<std::int64_t>(text.size()), c);
  const auto end = static_cast<std::size_t>(i);
  if (c < 0) return {kNone, 0xfffd, end};
  if (c < 0x10000) {
    const auto index = static_cast<std::size_t>(c);
    return {static_cast<Class>(tables.kind[index]), tables.base[index], end};
  }
  const auto base = static_cast<UChar32>(without_accents(static_cast<char32_t>(c)));
  return {class_of(base), base, end};
}

void append(std::string& out, UChar32 c) {
  if (c < 0x80) {
    out.push_back(static_cast<char>(c));
    return;
  }
  std::array<std::uint8_t, 4> bytes;
  std::int32_t size = 0;
  U8_APPEND_UNSAFE(bytes.data(), size, c);
  out.append(reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(size));
}

std::size_t cut_at(std::string_view text, std::size_t size) {
  if (text.size() <= size) return text.size();
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
  return size;
}

}  // namespace

std::string fold(std::string_view text) {
  if (auto folded = fold_case(text)) return *std::move(folded);
  return fold_case(to_valid_utf8(text)).value_or("");
}

std::string without_marks(std::string_view folded) {
  if (is_ascii(folded)) return std::string(folded);
  std::string out;
  for (std::size_t at = 0; at < folded.size();) {
    const auto c = read(tables(), folded, at);
    if (c.kind != kDropped) append(out, c.base);
    at = c.end;
  }
  return out;
}

bool Tokenizer::next() {
  const Tables& known = tables();
  while (at_ < text_.size()) {
    const auto c = read(known, text_, at_);
    if (c.kind == kWord) return take_word(at_);
    if (c.kind == kGram) return take_gram(at_);
    at_ = c.end;
  }
  return false;
}

bool Tokenizer::take_word(std::size_t begin) {
  const Tables& known = tables();
  // Most words are plain: they need no copy.
  while (at_ < text_.size() && static_cast<unsigned char>(text_[at_]) < 0x80 &&
         known.kind[static_cast<unsigned char>(text_[at_])] == kWord)
    ++at_;
  if (at_ == text_.size() || static_cast<unsigned char>(text_[at_]) < 0x80) {
    finish_word(begin, true);
    return true;
  }
  word_ = text_.substr(begin, at_ - begin);
  while (at_ < text_.size()) {
    const auto c = read(known, text_, at_);
    if (c.kind == kWord)
      append(word_, c.base);
    else if (c.kind != kDropped)
      break;
    at_ = c.end;
  }
  finish_word(begin, false);
  return true;
}

void Tokenizer::finish_word(std::size_t begin, bool plain) {
  const auto original = text_.substr(begin, at_ - begin);
  const std::string_view whole = plain ? original : std::string_view(word_);
  const auto size = cut_at(whole, max_word_);
  token_ = {.kind = Token::Kind::kWord,
            .text = whole.substr(0, size),
            .original = size == whole.size() ? original : whole.substr(0, size),
            .position = position_++,
            .cut = size != whole.size(),
            .begin = begin,
            .end = at_};
}

// The next character is looked at only; it begins the next gram.
bool Tokenizer::take_gram(std::size_t begin) {
  const Tables& known = tables();
  auto c = read(known, text_, begin);
  word_.clear();
  append(word_, c.base);
  at_ = c.end;
  std::size_t look = at_;
  bool single = true;
  while (look < text_.size()) {
    c = read(known, text_, look);
    if (c.kind == kGram) {
      append(word_, c.base);
      single = false;
      break;
    }
    if (c.kind != kDropped) break;
    look = c.end;
  }
  token_ = {.kind = Token::Kind::kGram,
            .text = word_,
            .original = word_,
            .position = position_++,
            .single = single,
            .begin = begin,
            .end = at_};
  return true;
}

}  // namespace gannet::search
