// Internal: character references of HTML.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gannet::mime {

// `in` starts with '&'. Appends the character that the reference stands for, as UTF-8, and returns its length
// in `in`; 0, and nothing appended, if it is none. Knows the numbers and the names of HTML 4; the semicolon
// may be missing.
std::size_t decode_entity(std::string_view in, std::string& out);

}  // namespace gannet::mime
