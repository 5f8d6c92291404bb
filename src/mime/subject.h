// The base subject of RFC 5256 2.1, by which messages are threaded and sorted.
#pragma once

#include <string>
#include <string_view>

namespace gannet::mime {

struct BaseSubject {
  std::string text;       // UTF-8, white space collapsed; may be empty
  bool is_reply = false;  // "Re:", "Fwd:", "(fwd)" or "[fwd: ...]" was removed (RFC 5256 2.1, REFS step 5)
};

// `raw_value` as it stands in the header; RFC 2047 words are decoded first.
BaseSubject base_subject(std::string_view raw_value);
// The same for text that is UTF-8 on one line already.
BaseSubject base_subject_of_text(std::string_view utf8);

}  // namespace gannet::mime
