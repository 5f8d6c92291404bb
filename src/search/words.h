// The words of a text, as the index keeps them.
//
// A word is a longest run of letters, digits and marks. Text in scripts that do not part words by blanks, or
// whose words carry their endings (Chinese, Japanese, Korean, Thai, Lao, Khmer, Burmese), is kept as grams:
// each two characters that stand next to each other, and the last one of a run. To which kind a character
// belongs depends on nothing but the character: so a part of a text has the words of the text, apart from its
// first and its last one, and a search for a part of a text can be narrowed by words
// (docs/decisions/0012-words-without-context.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gannet::search {

// As fold_case(); ill-formed UTF-8 is replaced.
std::string fold(std::string_view text);

// Diacritics go: Latin, Greek, Cyrillic, Hebrew and Arabic marks. A function of each character by itself.
std::string without_marks(std::string_view folded);

struct Token {
  enum class Kind : std::uint8_t { kWord, kGram };
  Kind kind = Kind::kWord;
  std::string_view text;           // without diacritics
  std::string_view original;       // with them; of a kGram as `text`
  std::uint32_t position = 0;      // counts words and grams
  bool cut = false;                // `text` is only the beginning of the word
  bool single = false;             // a kGram of one character: the last of its run
  std::size_t begin = 0, end = 0;  // octets of the folded text; of a kGram its first character
};

// Walks a folded text, which must outlive it. The views of a token are good until the next one.
class Tokenizer {
 public:
  // Words are cut to `max_word` octets, at a character's beginning.
  Tokenizer(std::string_view folded, std::size_t max_word) : text_(folded), max_word_(max_word) {}
  bool next();
  const Token& token() const { return token_; }

 private:
  bool take_word(std::size_t begin);
  bool take_gram(std::size_t begin);
  void finish_word(std::size_t begin, bool plain);

  std::string_view text_;
  const std::size_t max_word_;
  std::size_t at_ = 0;
  std::uint32_t position_ = 0;
  std::string word_, original_;
  Token token_;
};

}  // namespace gannet::search
