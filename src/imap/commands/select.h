#pragma once

#include <string>

#include "imap/commands/commands.h"

namespace gannet::imap {

// SELECT and EXAMINE (RFC 9051 6.3.2, 6.3.3). Whatever was selected is not afterwards, also when this fails.
ParsedTask parse_select_or_examine(Arguments arguments, bool read_only);

}  // namespace gannet::imap
