#include "imap/commands/copy.h"

namespace gannet::imap {

// RFC 9051 6.4.8, RFC 6851: one commit moves all of the messages.
ParsedTask parse_move(Arguments arguments) {
  return parse_copy_or_move(arguments, true);
}

}  // namespace gannet::imap
