// Records of messages that were asked for lately. A record never changes and a document's number is never given again,
// so what is here is right for ever.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "base/shared_cache.h"
#include "imap/settings.h"
#include "mailbox/accounts.h"
#include "observe/caches.h"

namespace gannet::imap {

using RecordPtr = std::shared_ptr<const mailbox::MessageRecord>;

// Any thread.
class RecordCache {
 public:
  // Of `max_bytes`: cache.message.memory. `clock` must outlive it.
  RecordCache(std::size_t max_bytes, const CacheShape& shape, const Clock& clock);

  // As Accounts::messages(): in the order of `documents`, null for one that is gone.
  Result<std::vector<RecordPtr>> messages(mailbox::Accounts& accounts, mailbox::AccountId account,
                                          std::span<const mailbox::DocumentId> documents);

 private:
  SharedCache<std::uint64_t, RecordPtr> cache_;  // by account and document
  const observe::CacheEntry entry_;
};

}  // namespace gannet::imap
