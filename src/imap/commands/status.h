#pragma once

#include <string>
#include <vector>

#include "imap/commands/commands.h"

namespace gannet::imap {

// RFC 9051 6.3.11, RFC 3501 6.3.10; SIZE: RFC 8438; APPENDLIMIT: RFC 7889.
enum class StatusItem : std::uint8_t {
  kMessages,
  kRecent,
  kUidNext,
  kUidValidity,
  kUnseen,
  kDeleted,
  kSize,
  kAppendLimit
};

// "(MESSAGES UNSEEN)"
Result<std::vector<StatusItem>> parse_status_items(Scanner& in);
// The whole STATUS response. A lock is held.
void append_status(std::string& out, const mailbox::AccountView& view, const mailbox::Mailbox& mailbox,
                   const std::vector<StatusItem>& items, const Settings& settings);

}  // namespace gannet::imap
