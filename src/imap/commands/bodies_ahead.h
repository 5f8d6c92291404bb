// Whole messages, read from the store together with those that follow: FETCH of many bodies costs one round
// trip for dozens of them.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "imap/record_cache.h"
#include "mailbox/accounts.h"

namespace gannet::imap {

// For one thread at a time.
class BodiesAhead {
 public:
  // The content of records[index], which must be there. Asked for in rising order of `index`; clear() when
  // `records` are others. Errors as Accounts::content(), and only of the message that is asked for.
  Result<std::string> take(mailbox::Accounts& accounts, std::span<const RecordPtr> records,
                           std::size_t index);
  void clear();

 private:
  std::vector<std::size_t> indexes_;  // of what was read, rising
  std::vector<std::string> contents_;
  std::size_t next_ = 0;
};

}  // namespace gannet::imap
