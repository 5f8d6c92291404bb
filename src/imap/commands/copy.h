#pragma once

#include "imap/commands/commands.h"

namespace gannet::imap {

// COPY (RFC 9051 6.4.7) and MOVE (RFC 6851).
ParsedTask parse_copy_or_move(Arguments arguments, bool move);

}  // namespace gannet::imap
