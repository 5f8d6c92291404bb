// Message records, their blobs, and the links to these.
#include <fmt/format.h>

#include "fsck/account_state.h"
#include "fsck/scan.h"
#include "store/blob_links.h"

namespace gannet::fsck {
namespace {

using mailbox::MessageRecord;
using Kind = store::BlobLinkKey::Kind;

// Whether the message is still there as it was: the blob store has no snapshots.
Result<bool> still_there(const Context& context, const store::KeyValue& item) {
  return TRY(context.stores.data->get(item.key)) == item.value;
}

Result<void> check_content(const Context& context, AccountState& account, const store::KeyValue& item,
                           const MessageRecord& record) {
  const auto tell = [&](std::string check, std::string_view what) -> Result<void> {
    if (TRY(still_there(context, item)))
      account.lost(std::move(check),
                   fmt::format("message {}: {} (blob {})", record.document, what, record.blob.hex()));
    return {};
  };
  if (!context.options.deep) {
    if (!TRY(context.stores.blob->exists(record.blob))) TRY(tell("message.blob", "its content is gone"));
    return {};
  }
  const auto content = context.stores.blob->get(record.blob);
  if (!content) {
    if (content.error().is(store::StoreError::kNotFound)) return tell("message.blob", "its content is gone");
    if (content.error().is(store::StoreError::kCorrupt))
      return tell("message.content", "its content is damaged and cannot be read");
    return std::unexpected(content.error());
  }
  if (store::BlobId::of(*content) != record.blob)
    return tell("message.content", "its content is not what was stored");
  if (content->size() + record.trace.size() != record.size)
    return tell("message.content", "its size is not what its record says");
  return {};
}

Result<void> check_links(const Context& context, store::Reader& reader, AccountState& account,
                         const std::vector<MessageRecord>& records) {
  std::vector<std::string> keys;
  for (const auto& record : records) {
    const auto owner = mailbox::blob_owner(account.id, record.document);
    keys.push_back(store::blob_link_key(record.blob, Kind::kLink, owner));
    keys.push_back(store::blob_link_key(record.blob, Kind::kEpoch));
  }
  const auto found = TRY(reader.get_many(keys));
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (found[2 * i] && found[2 * i + 1]) continue;
    const auto& record = records[i];
    account.problem(context.options, "message.link",
                    fmt::format("message {} does not hold its content, which could be collected (blob {})",
                                record.document, record.blob.hex()),
                    [&] {
                      store::link_blob(account.batch, record.blob,
                                       mailbox::blob_owner(account.id, record.document), context.clock.now(),
                                       context.random);
                    });
  }
  return {};
}

void check_against_state(const Context& context, AccountState& account, const MessageRecord& record) {
  Brief& brief = account.messages[record.document];
  brief.has_record = true;
  brief.record_size = static_cast<std::uint32_t>(record.size);
  brief.received = to_unix_ms(record.received);
  brief.record_thread = record.thread;
  if (!brief.has_state || record.thread == brief.thread) return;
  account.problem(context.options, "message.thread",
                  fmt::format("message {} is of thread {} for some and {} for others", record.document,
                              brief.thread, record.thread),
                  [&] {
                    MessageRecord mended = record;
                    mended.thread = brief.thread;
                    account.batch.set(mailbox::message_key(account.id, record.document), encode(mended));
                  });
}

}  // namespace

Result<void> check_messages(const Context& context, store::Reader& reader, AccountState& account) {
  return for_each_page(context, reader, store::Range::prefix(mailbox::message_prefix(account.id)),
                       [&](const std::vector<store::KeyValue>& items) -> Result<void> {
                         std::vector<MessageRecord> records;
                         for (const auto& item : items) {
                           const auto document = mailbox::number_of_key(item.key);
                           auto record = mailbox::decode_message(document, item.value);
                           // Told of by check_places().
                           if (!record) continue;
                           check_against_state(context, account, *record);
                           TRY(check_content(context, account, item, *record));
                           records.push_back(*std::move(record));
                         }
                         return check_links(context, reader, account, records);
                       });
}

}  // namespace gannet::fsck
