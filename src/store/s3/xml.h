// The little XML that S3 answers with: elements without attributes of interest, found by name.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gannet::store::s3 {

// The contents of all elements <name>, in order, with what is inside as it stands. `text` is not checked.
std::vector<std::string_view> elements(std::string_view text, std::string_view name);
// The first one's, as text: references such as &amp; replaced. Empty if there is none.
std::string element_text(std::string_view text, std::string_view name);

}  // namespace gannet::store::s3
