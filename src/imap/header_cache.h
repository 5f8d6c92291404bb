// Header sections of messages that were asked for lately, so that the header fields of a mailbox, which
// programs ask for again and again, do not cost a blob each.
#pragma once

#include <memory>
#include <string>

#include "base/shared_cache.h"
#include "imap/settings.h"
#include "mailbox/accounts.h"
#include "observe/caches.h"

namespace gannet::imap {

// Any thread.
class HeaderCache {
 public:
  // Of `max_bytes`: cache.header.memory. `clock` must outlive it.
  HeaderCache(std::size_t max_bytes, const CacheShape& shape, const Clock& clock);

  // The first `size` octets of the message: its header section.
  Result<std::shared_ptr<const std::string>> header(mailbox::Accounts& accounts,
                                                    const mailbox::MessageRecord& message,
                                                    std::uint32_t size);

 private:
  SharedCache<std::string, std::shared_ptr<const std::string>, StringHash> cache_;
  const observe::CacheEntry entry_;
};

}  // namespace gannet::imap
