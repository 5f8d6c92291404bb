// Internal: the parts of a Content-Type value, without copies, for the parser and for parse_content_type().
#pragma once

#include <string_view>

#include "mime/lexer.h"

namespace gannet::mime {

// "type/subtype", comments and blanks around them skipped. Both may come out empty.
struct RawType {
  std::string_view type;
  std::string_view subtype;
};
RawType read_type(Lexer& lexer);

struct RawParameter {
  std::string_view name;
  std::string_view value;  // without the quotes; may still hold line ends and, if quoted, backslashes
  bool quoted = false;
};
// The next "name=value"; what is none is skipped. Blanks in an unquoted value belong to it, unless another
// parameter follows them: "name=my file.pdf" is as common as a forgotten semicolon. False at the end.
bool next_parameter(Lexer& lexer, RawParameter& out);

}  // namespace gannet::mime
