// Text as it goes to the search engine, and the words of a query. The engine parts texts into the same words as
// search/ does (index_definition.h has the expression); folding happens here, since the engine's plain
// distribution cannot fold all of Unicode.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gannet::store::elasticsearch {

// Letters beyond this are not looked at; counted in UTF-16 code units, as the engine does.
inline constexpr std::size_t kMaxWord = 64;

// As fold_case(), accents left out; ill-formed UTF-8 is replaced.
std::string folded(std::string_view text);

// A word, or a run of characters of a script that does not part words by blanks.
struct Run {
  bool grams = false;
  bool single = false;              // grams: one character alone
  bool at_begin = false;            // of the text
  bool at_end = false;              // of the text
  bool cut = false;                 // `pieces` holds the beginning of the word only
  std::vector<std::string> pieces;  // the word; the pairs of neighbours, or the single character
};
// `folded` as folded() made it.
std::vector<Run> runs_of(std::string_view folded);

}  // namespace gannet::store::elasticsearch
