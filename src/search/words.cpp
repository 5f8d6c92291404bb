#include "search/words.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include "base/unicode.h"

namespace gannet::search {
namespace {

constexpr std::size_t kMaxWord = 64;

// Letters, digits and the marks that belong to letters.
bool belongs_to_word(UChar32 c) {
  if (c < 0x80) return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return u_isalnum(c) || (U_GET_GC_MASK(c) & U_GC_M_MASK) != 0;
}

// Cuts at the beginning of a character.
std::string cut(std::string word) {
  if (word.size() <= kMaxWord) return word;
  std::size_t size = kMaxWord;
  while (size > 0 && (static_cast<unsigned char>(word[size]) & 0xc0) == 0x80) --size;
  word.resize(size);
  return word;
}

}  // namespace

std::vector<std::string> words_of(std::string_view text, std::size_t limit) {
  std::vector<std::string> words;
  const auto size = static_cast<std::int64_t>(text.size());
  std::int64_t begin = -1;
  for (std::int64_t at = 0; at <= size && words.size() < limit;) {
    const std::int64_t here = at;
    UChar32 c = -1;
    if (at < size)
      U8_NEXT(text.data(), at, size, c);
    else
      ++at;
    if (c >= 0 && belongs_to_word(c)) {
      if (begin < 0) begin = here;
    } else if (begin >= 0) {
      const auto word = text.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(here - begin));
      std::string folded = is_ascii(word) ? to_lower_ascii(word) : fold_case(word).value_or("");
      if (!folded.empty()) words.push_back(cut(std::move(folded)));
      begin = -1;
    }
  }
  return words;
}

}  // namespace gannet::search
