// What of a message's text is indexed.
#pragma once

#include <cstddef>
#include <string>

namespace gannet::search {

struct TextOptions {
  std::string default_language = "en";  // storage.full-text.default-language
  std::size_t max_document = 1 << 20;   // octets of a document's text: storage.full-text.max-text-size
  std::size_t max_word = 250;           // octets of a word, at most 250: storage.full-text.max-word-size
};

}  // namespace gannet::search
