#include "imap/record_cache.h"

namespace gannet::imap {
namespace {

// What an entry weighs besides its texts.
constexpr std::size_t kOverhead = sizeof(mailbox::MessageRecord) + 192;

std::uint64_t key_of(mailbox::AccountId account, mailbox::DocumentId document) {
  return std::uint64_t{account} << 32 | document;
}

}  // namespace

RecordCache::RecordCache(std::size_t max_bytes, const CacheShape& shape, const Clock& clock)
    : cache_({.max_weight = max_bytes, .shards = shape.shards, .capacity = shape.capacity}, clock),
      entry_("message", [this] { return observe::status_in_bytes(cache_); }, [this] { cache_.clear(); }) {}

Result<std::vector<RecordPtr>> RecordCache::messages(mailbox::Accounts& accounts, mailbox::AccountId account,
                                                     std::span<const mailbox::DocumentId> documents) {
  std::vector<RecordPtr> records(documents.size());
  std::vector<mailbox::DocumentId> missing;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < documents.size(); ++i) {
    if (auto known = cache_.get(key_of(account, documents[i]))) {
      records[i] = *std::move(known);
    } else {
      missing.push_back(documents[i]);
      places.push_back(i);
    }
  }
  if (missing.empty()) return records;
  auto read = TRY(accounts.messages(account, missing));
  for (std::size_t i = 0; i < missing.size(); ++i) {
    if (!read[i]) continue;
    auto record = std::make_shared<const mailbox::MessageRecord>(*std::move(read[i]));
    cache_.put(key_of(account, missing[i]), record,
               kOverhead + record->trace.size() + record->summary.size());
    records[places[i]] = std::move(record);
  }
  return records;
}

}  // namespace gannet::imap
