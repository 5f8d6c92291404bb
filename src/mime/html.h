// Text from HTML, in one pass (docs/decisions/0004 says why without a tree).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gannet::mime {

// What a reader would see, as plain UTF-8 text: no markup, scripts, styles or hidden head; block elements and
// <br> start a line, table cells are set apart, images give their alt text. `html` is UTF-8. About `max_size`
// octets are written at most.
std::string html_to_text(std::string_view html, std::size_t max_size = std::string::npos);

// The charset that a <meta> in the first 1024 octets names; empty if none does.
std::string_view html_charset(std::string_view html);

}  // namespace gannet::mime
