// The beginning of a command: its tag and its name.
#pragma once

#include <optional>
#include <string>

#include "imap/commands/commands.h"

namespace gannet::imap {

struct Head {
  std::string tag;
  const CommandSpec* spec = nullptr;  // null for a command that there is not
  bool uid = false;
};

// Leaves `in` after the command's name.
Result<Head> parse_head(Scanner& in);
// Why the command cannot be done now: it is none, or not for this state (RFC 9051 6).
std::optional<Reply> wrong_state(const Head& head, State state);

}  // namespace gannet::imap
