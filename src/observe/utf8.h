// UTF-8 (RFC 3629) character by character, for log lines that escape what is none.
#pragma once

#include <cstddef>
#include <string_view>

namespace gannet::observe {

// The length of the character that `text` starts with; 0 when it starts with no valid UTF-8.
std::size_t utf8_length(std::string_view text);

}  // namespace gannet::observe
