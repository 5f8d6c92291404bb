#pragma once

#include <span>
#include <string>
#include <unordered_map>
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
// What STATUS tells besides the view. By mailbox its first recent UID, where RECENT is asked for.
struct StatusFacts {
  std::unordered_map<mailbox::MailboxId, mailbox::Uid> first_recent;
  std::uint64_t max_message_size = 0;
};
// No lock is held.
Result<StatusFacts> status_facts(Session& session, const std::vector<StatusItem>& items,
                                 std::span<const mailbox::MailboxId> mailboxes);
// The whole STATUS response. A lock is held.
void append_status(std::string& out, const mailbox::AccountView& view, const mailbox::Mailbox& mailbox,
                   const std::vector<StatusItem>& items, const StatusFacts& facts);

}  // namespace gannet::imap
