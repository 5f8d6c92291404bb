// The words of a text, as the index keeps them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gannet::search {

// Folded, in their order, each at most 64 bytes and at most `limit` of them. A sequence that is not UTF-8
// separates words.
std::vector<std::string> words_of(std::string_view text, std::size_t limit);

}  // namespace gannet::search
