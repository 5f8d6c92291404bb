#pragma once

#include "base/result.h"

namespace gannet::mailbox {

enum class MailboxError {
  kNotFound = 1,  // no such mailbox or message (any more)
  kExists,        // the name is taken
  kInvalid,       // a malformed name, keyword or argument
  kLimit,         // a limit of the settings: depth, name length, message size, number of keywords
  kOverQuota,     // the account's quota does not allow it; room may come: retry can help
  kDenied,        // not permitted (INBOX cannot be deleted, for example)
  kUnavailable,   // the store does not answer or does not write: try again later
  kCorrupt,       // a record cannot be read
};
constexpr const char* error_domain(MailboxError) {
  return "mailbox";
}

}  // namespace gannet::mailbox
