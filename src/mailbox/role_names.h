// Roles of mailboxes (RFC 8621 2, RFC 6154) as they are written.
#pragma once

#include <string_view>

#include "mailbox/types.h"

namespace gannet::mailbox {

// "sent", "junk", ...; empty for none.
std::string_view role_text(Role role);
// kNone for what is none.
Role role_of(std::string_view text);

}  // namespace gannet::mailbox
