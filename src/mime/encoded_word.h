// RFC 2047 encoded words, read leniently and written by the book.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gannet::mime {

// Decodes every =?charset?encoding?text?= in `text`, white space between two of them removed; a character
// that is cut in two by adjacent words of one charset and encoding is put together again. All else is taken
// as UTF-8 or else windows-1252. Always valid UTF-8.
std::string decode_words(std::string_view text);

// `utf8` as encoded words joined by CRLF SPACE, each at most 75 columns, where the first has only
// 75 - `first_column` left; or `utf8` itself when it is printable ASCII that cannot be mistaken for such a
// word.
std::string encode_words(std::string_view utf8, std::size_t first_column = 0);

}  // namespace gannet::mime
