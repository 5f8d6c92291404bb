#include "mta/queue/entry.h"

#include "base/bytes.h"
#include "mta/errors.h"

namespace gannet::mta {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::uint64_t kMaxRecipients = 1'000'000;

void write_reply(RecordWriter& out, const smtp::Reply& reply) {
  out.varint(reply.code).u8(reply.enhanced.status).varint(reply.enhanced.subject);
  out.varint(reply.enhanced.detail).string(reply.text);
}

smtp::Reply read_reply(RecordReader& in) {
  smtp::Reply reply;
  reply.code = static_cast<std::uint16_t>(in.varint());
  reply.enhanced.status = in.u8();
  reply.enhanced.subject = static_cast<std::uint16_t>(in.varint());
  reply.enhanced.detail = static_cast<std::uint16_t>(in.varint());
  reply.text = in.string();
  return reply;
}

void write_recipient(RecordWriter& out, const QueuedRecipient& recipient) {
  out.u8(static_cast<std::uint8_t>(recipient.state)).string(recipient.address).varint(recipient.account);
  out.string(recipient.delivered_to).u8(recipient.notify);
  out.string(recipient.original_type).string(recipient.original_recipient);
  write_reply(out, recipient.last);
  out.signed_varint(to_unix_ms(recipient.last_attempt));
}

QueuedRecipient read_recipient(RecordReader& in) {
  QueuedRecipient recipient;
  recipient.state = static_cast<RecipientState>(in.u8());
  recipient.address = in.string();
  recipient.account = static_cast<directory::AccountId>(in.varint());
  recipient.delivered_to = in.string();
  recipient.notify = in.u8();
  recipient.original_type = in.string();
  recipient.original_recipient = in.string();
  recipient.last = read_reply(in);
  recipient.last_attempt = from_unix_ms(in.signed_varint());
  return recipient;
}

}  // namespace

std::string encode(const Entry& entry) {
  RecordWriter out(kVersion);
  out.varint(entry.id).signed_varint(to_unix_ms(entry.created)).signed_varint(to_unix_ms(entry.due));
  out.signed_varint(to_unix_ms(entry.expires)).varint(entry.attempts).varint(entry.notices);
  out.string(entry.holder).string(entry.sender).string(entry.envelope_id);
  out.u8(static_cast<std::uint8_t>(entry.ret)).boolean(entry.utf8);
  out.raw(entry.blob.raw()).varint(entry.size).varint(entry.recipients.size());
  for (const QueuedRecipient& recipient : entry.recipients) write_recipient(out, recipient);
  return out.take();
}

Result<Entry> decode_entry(std::string_view record) {
  RecordReader in(record);
  Entry entry;
  const std::uint8_t version = in.u8();
  entry.id = in.varint();
  entry.created = from_unix_ms(in.signed_varint());
  entry.due = from_unix_ms(in.signed_varint());
  entry.expires = from_unix_ms(in.signed_varint());
  entry.attempts = static_cast<std::uint32_t>(in.varint());
  entry.notices = static_cast<std::uint32_t>(in.varint());
  entry.holder = in.string();
  entry.sender = in.string();
  entry.envelope_id = in.string();
  entry.ret = static_cast<smtp::Ret>(in.u8());
  entry.utf8 = in.boolean();
  const auto blob = store::BlobId::from_raw(in.raw(32));
  entry.size = in.varint();
  const std::uint64_t count = in.varint();
  if (!in.ok() || !blob || version != kVersion || count > kMaxRecipients)
    return fail(MtaError::kCorrupt, "A queue entry cannot be read");
  entry.blob = *blob;
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) entry.recipients.push_back(read_recipient(in));
  if (!in.at_end()) return fail(MtaError::kCorrupt, "A queue entry cannot be read");
  return entry;
}

}  // namespace gannet::mta
