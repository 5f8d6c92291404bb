// Forms of a word brought to one, by the Snowball stemmers; and in which language a text is.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace gannet::search {

// Whether there is a stemmer for the language (ISO 639-1).
bool has_stems(std::string_view language);
// All of them, ascending.
std::span<const std::string_view> stem_languages();

// The stem of a folded word, without diacritics; the word itself, without diacritics, in a language without
// stemmer. Any thread.
std::string stem(std::string_view language, std::string_view folded_word);

// ISO 639-1, by the text's beginning; empty where it cannot be told. `text` is UTF-8.
std::string detect_language(std::string_view text);

}  // namespace gannet::search
