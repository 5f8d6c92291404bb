#include "mailbox/schema.h"

#include "base/bytes.h"
#include "mailbox/keyword_codec.h"
#include "store/subspace.h"

namespace gannet::mailbox {
namespace {

using store::Subspace;

KeyWriter key(Subspace subspace, AccountId account) {
  KeyWriter out(static_cast<std::uint8_t>(subspace));
  out.u32(account);
  return out;
}

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kHashBytes = 16;

// Each record names itself, so that the operator's log says what is damaged.
std::unexpected<Error> corrupt(const char* what) {
  return fail(MailboxError::kCorrupt, "mail of this account cannot be read",
              std::string("damaged record: ") + what);
}

}  // namespace

std::string account_prefix(AccountId account) {
  return key(Subspace::kAccount, account).take();
}
std::string head_key(AccountId account) {
  return key(Subspace::kAccount, account).u8(0).take();
}
std::string mailbox_prefix(AccountId account) {
  return key(Subspace::kAccount, account).u8(1).take();
}
std::string mailbox_key(AccountId account, MailboxId mailbox) {
  return key(Subspace::kAccount, account).u8(1).u32(mailbox).take();
}
std::string keyword_prefix(AccountId account) {
  return key(Subspace::kAccount, account).u8(2).take();
}
std::string keyword_key(AccountId account, std::uint32_t number) {
  return key(Subspace::kAccount, account).u8(2).u32(number).take();
}
std::string recent_key(AccountId account, MailboxId mailbox) {
  return key(Subspace::kAccount, account).u8(3).u32(mailbox).take();
}
std::string lost_subscription_prefix(AccountId account) {
  return key(Subspace::kAccount, account).u8(4).take();
}
std::string lost_subscription_key(AccountId account, std::string_view path) {
  return key(Subspace::kAccount, account).u8(4).raw(path).take();
}
std::string message_prefix(AccountId account) {
  return key(Subspace::kMessage, account).take();
}
std::string message_key(AccountId account, DocumentId document) {
  return key(Subspace::kMessage, account).u32(document).take();
}
std::string state_prefix(AccountId account) {
  return key(Subspace::kState, account).take();
}
std::string state_key(AccountId account, DocumentId document) {
  return key(Subspace::kState, account).u32(document).take();
}
std::string change_account_prefix(AccountId account) {
  return key(Subspace::kChange, account).take();
}
std::string change_key(AccountId account, Modseq modseq, std::uint16_t part) {
  return key(Subspace::kChange, account).u8(0).u64(modseq).u16(part).take();
}
std::string expunged_key(AccountId account, Modseq modseq, std::uint16_t part) {
  return key(Subspace::kChange, account).u8(1).u64(modseq).u16(part).take();
}
std::string change_end(AccountId account) {
  return key(Subspace::kChange, account).u8(1).take();
}
std::string expunged_end(AccountId account) {
  return key(Subspace::kChange, account).u8(2).take();
}
std::string thread_prefix(AccountId account) {
  return key(Subspace::kThread, account).take();
}
std::string thread_id_key(AccountId account, std::string_view hash) {
  return key(Subspace::kThread, account).u8(0).raw(hash).take();
}
std::string thread_rest_key(AccountId account, ThreadId thread) {
  return key(Subspace::kThread, account).u8(1).u32(thread).take();
}

std::string blob_owner(AccountId account, DocumentId document) {
  return KeyWriter().u8('m').u32(account).u32(document).take();
}

std::uint32_t number_of_key(std::string_view whole) {
  if (whole.size() < 4) return 0;
  return KeyReader(whole.substr(whole.size() - 4)).u32();
}

Modseq modseq_of_key(std::string_view whole) {
  KeyReader in(whole);
  in.raw(6);
  return in.u64();
}

std::string encode(const Head& head) {
  return RecordWriter(kVersion)
      .varint(head.incarnation)
      .boolean(head.erasing)
      .varint(head.modseq)
      .varint(head.next_document)
      .varint(head.next_mailbox)
      .varint(head.last_uid_validity)
      .varint(head.next_keyword)
      .varint(head.used)
      .varint(head.log_floor)
      .varint(head.expunged_floor)
      .varint(head.expunged_keys)
      .take();
}

Result<Head> decode_head(std::string_view record) {
  RecordReader in(record);
  if (in.u8() != kVersion) return corrupt("head");
  Head head;
  head.incarnation = in.varint();
  head.erasing = in.boolean();
  head.modseq = in.varint();
  head.next_document = static_cast<DocumentId>(in.varint());
  head.next_mailbox = static_cast<MailboxId>(in.varint());
  head.last_uid_validity = static_cast<std::uint32_t>(in.varint());
  head.next_keyword = static_cast<std::uint32_t>(in.varint());
  head.used = in.varint();
  head.log_floor = in.varint();
  head.expunged_floor = in.varint();
  head.expunged_keys = in.varint();
  if (!in.ok()) return corrupt("head");
  return head;
}

std::string encode(const Mailbox& mailbox) {
  return RecordWriter(kVersion)
      .varint(mailbox.parent)
      .string(mailbox.name)
      .u8(static_cast<std::uint8_t>(mailbox.role))
      .boolean(mailbox.subscribed)
      .varint(mailbox.uid_validity)
      .varint(mailbox.uid_next)
      .varint(mailbox.highest_modseq)
      .varint(mailbox.created_modseq)
      .varint(mailbox.messages)
      .varint(mailbox.unseen)
      .varint(mailbox.bytes)
      .take();
}

Result<Mailbox> decode_mailbox(MailboxId id, std::string_view record) {
  RecordReader in(record);
  if (in.u8() != kVersion) return corrupt("mailbox");
  Mailbox mailbox;
  mailbox.id = id;
  mailbox.parent = static_cast<MailboxId>(in.varint());
  mailbox.name = in.string();
  mailbox.role = static_cast<Role>(in.u8());
  mailbox.subscribed = in.boolean();
  mailbox.uid_validity = static_cast<std::uint32_t>(in.varint());
  mailbox.uid_next = static_cast<Uid>(in.varint());
  mailbox.highest_modseq = in.varint();
  mailbox.created_modseq = in.varint();
  mailbox.messages = static_cast<std::uint32_t>(in.varint());
  mailbox.unseen = static_cast<std::uint32_t>(in.varint());
  mailbox.bytes = in.varint();
  if (!in.ok()) return corrupt("mailbox");
  return mailbox;
}

std::string encode_keyword_name(std::string_view name) {
  return RecordWriter(kVersion).string(name).take();
}

Result<std::string> decode_keyword_name(std::string_view record) {
  RecordReader in(record);
  if (in.u8() != kVersion) return corrupt("keyword");
  std::string name(in.string());
  if (!in.ok()) return corrupt("keyword");
  return name;
}

std::string encode_lost_subscription() {
  return RecordWriter(kVersion).take();
}

std::string encode_recent(Uid first) {
  return RecordWriter(kVersion).varint(first).take();
}

Result<Uid> decode_recent(std::string_view record) {
  RecordReader in(record);
  if (in.u8() != kVersion) return corrupt("recent");
  const auto first = static_cast<Uid>(in.varint());
  if (!in.ok()) return corrupt("recent");
  return first;
}

std::string encode(const MessageState& state) {
  RecordWriter out(kVersion);
  out.varint(state.thread).varint(state.size).signed_varint(state.received);
  write_keywords(out, state.keywords);
  out.varint(state.places.size());
  for (const auto& place : state.places)
    out.varint(place.mailbox)
        .varint(place.uid)
        .varint(place.modseq)
        .signed_varint(place.saved - state.received)
        .boolean(place.deleted);
  return out.take();
}

Result<void> decode_state(DocumentId document, std::string_view record, MessageState& out) {
  RecordReader in(record);
  if (in.u8() != kVersion) return corrupt("message state");
  out.document = document;
  out.thread = static_cast<ThreadId>(in.varint());
  out.size = static_cast<std::uint32_t>(in.varint());
  out.received = in.signed_varint();
  out.keywords = read_keywords(in);
  const std::uint64_t places = in.varint();
  out.places.clear();
  for (std::uint64_t i = 0; i < places && in.ok(); ++i) {
    Place place;
    place.mailbox = static_cast<MailboxId>(in.varint());
    place.uid = static_cast<Uid>(in.varint());
    place.modseq = in.varint();
    place.saved = out.received + in.signed_varint();
    place.deleted = in.boolean();
    out.places.push_back(place);
  }
  if (!in.ok()) return corrupt("message state");
  return {};
}

std::string encode(const MessageRecord& record) {
  return RecordWriter(kVersion)
      .raw(record.blob.raw())
      .varint(record.size)
      .signed_varint(to_unix_ms(record.received))
      .varint(record.thread)
      .string(record.trace)
      .raw(record.summary)
      .take();
}

Result<MessageRecord> decode_message(DocumentId document, std::string_view record) {
  RecordReader in(record);
  if (in.u8() != kVersion) return corrupt("message");
  MessageRecord out;
  out.document = document;
  const auto blob = store::BlobId::from_raw(in.raw(out.blob.bytes.size()));
  if (!blob) return corrupt("message");
  out.blob = *blob;
  out.size = in.varint();
  out.received = from_unix_ms(in.signed_varint());
  out.thread = static_cast<ThreadId>(in.varint());
  out.trace = in.string();
  out.summary = in.rest();
  if (!in.ok()) return corrupt("message");
  return out;
}

std::string encode_thread(ThreadId thread) {
  return RecordWriter(kVersion).varint(thread).take();
}

Result<ThreadId> decode_thread(std::string_view record) {
  RecordReader in(record);
  if (in.u8() != kVersion) return corrupt("thread");
  const auto thread = static_cast<ThreadId>(in.varint());
  if (!in.ok()) return corrupt("thread");
  return thread;
}

std::string encode_hashes(const std::vector<std::string>& hashes) {
  RecordWriter out(kVersion);
  for (const auto& hash : hashes) out.raw(hash);
  return out.take();
}

Result<std::vector<std::string>> decode_hashes(std::string_view record) {
  RecordReader in(record);
  if (in.u8() != kVersion || in.remaining() % kHashBytes != 0) return corrupt("thread remains");
  std::vector<std::string> hashes;
  while (in.remaining() > 0) hashes.emplace_back(in.raw(kHashBytes));
  return hashes;
}

}  // namespace gannet::mailbox
