#include "imap/commands/select.h"

namespace gannet::imap {

// RFC 9051 6.3.3: SELECT for reading only.
ParsedTask parse_examine(Arguments arguments) {
  return parse_select_or_examine(arguments, true);
}

}  // namespace gannet::imap
