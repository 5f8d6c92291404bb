// What words are made of, for whoever looks for them: the rules that every full-text index follows alike.
#pragma once

namespace gannet {

// Marks that people leave out when they type: accents (combining classes from 200 on), and the points of
// Hebrew and Arabic (10 to 36). Not vowel signs and viramas of other scripts, which make other words.
bool is_left_out(char32_t c);

// A script that does not part its words by spaces: Chinese, Japanese, Korean, Thai, Lao, Khmer, Burmese.
bool is_gram_script(char32_t c);

// The character without its accents; itself if that is not one character.
char32_t without_accents(char32_t c);

}  // namespace gannet
