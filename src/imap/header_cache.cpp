#include "imap/header_cache.h"

namespace gannet::imap {
namespace {

// A header beyond this size would push out many others.
constexpr std::uint32_t kMaxHeader = 64 * 1024;
// What an entry weighs besides its text.
constexpr std::size_t kOverhead = 256;

// Copies of one message may differ in their trace; a blob never changes.
std::string key_of(const mailbox::MessageRecord& message) {
  std::string key(message.blob.raw());
  key += message.trace;
  return key;
}

}  // namespace

HeaderCache::HeaderCache(std::size_t max_bytes, const CacheShape& shape, const Clock& clock)
    : cache_({.max_weight = max_bytes, .shards = shape.shards, .capacity = shape.capacity}, clock),
      entry_("header", [this] { return observe::status_in_bytes(cache_); }, [this] { cache_.clear(); }) {}

Result<std::shared_ptr<const std::string>> HeaderCache::header(mailbox::Accounts& accounts,
                                                               const mailbox::MessageRecord& message,
                                                               std::uint32_t size) {
  const auto key = key_of(message);
  if (auto known = cache_.get(key); known && (*known)->size() == size) return *std::move(known);
  auto text = std::make_shared<const std::string>(TRY(accounts.content(message, 0, size)));
  if (text->size() != size) {
    return fail(mailbox::MailboxError::kCorrupt, "The message is shorter than its record says");
  }
  if (size <= kMaxHeader) cache_.put(key, text, size + key.size() + kOverhead);
  return text;
}

}  // namespace gannet::imap
