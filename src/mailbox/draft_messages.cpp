// Messages of a draft: those that come, those that go, and the threads of both.
#include <fmt/format.h>

#include <algorithm>

#include "base/assert.h"
#include "mailbox/draft.h"
#include "mailbox/store_error.h"
#include "search/indexing_list.h"
#include "store/blob_links.h"

namespace gannet::mailbox {
namespace {

// Above this a thread is not moved into another: the message that would join them joins the larger one.
constexpr std::size_t kMaxMerged = 1000;
// Records read at once.
constexpr std::size_t kReadAtOnce = 500;

Result<std::vector<MailboxId>> targets(const Draft& draft, const Destination& destination) {
  std::vector<MailboxId> out;
  if (destination.mailboxes.empty()) {
    const Mailbox* inbox = draft.find_path("INBOX");
    if (!inbox) return fail(MailboxError::kCorrupt, "this account has no INBOX");
    return std::vector{inbox->id};
  }
  for (const MailboxId id : destination.mailboxes) {
    const Mailbox* mailbox = draft.find(id);
    if (!mailbox) return fail(MailboxError::kNotFound, "there is no such mailbox");
    if (mailbox->uid_next == UINT32_MAX)
      return fail(MailboxError::kLimit, "this mailbox has given out its last UID");
    if (std::ranges::find(out, id) == out.end()) out.push_back(id);
  }
  return out;
}

Result<void> fits(const Head& head, std::uint64_t size, std::uint64_t quota) {
  if (quota == 0 || (size <= quota && head.used <= quota - size)) return {};
  if (size > quota)
    return fail(MailboxError::kOverQuota, "the message is larger than the mailbox's quota",
                fmt::format("{} bytes, of which the quota allows {}", size, quota));
  return fail(MailboxError::kOverQuota, "the mailbox is full",
              fmt::format("{} of {} bytes used, {} more asked for", head.used, quota, size), Retry::kCanHelp);
}

Stored refused(Error error) {
  Stored out;
  out.error = std::move(error);
  return out;
}

std::vector<std::string> hashes_of(std::string_view summary_record) {
  const auto summary = mime::decode_summary(summary_record);
  return summary ? thread_hashes(*summary) : std::vector<std::string>{};
}

}  // namespace

Result<Stored> Draft::deliver(const Delivery& delivery, const Destination& destination) {
  if (auto room = fits(head_, delivery.size, destination.quota); !room)
    return refused(std::move(room).error());
  auto mailboxes = targets(*this, destination);
  if (!mailboxes) return refused(std::move(mailboxes).error());
  auto keywords = this->keywords(destination.keywords);
  if (!keywords) return refused(std::move(keywords).error());
  auto document = take_document();
  if (!document) return refused(std::move(document).error());

  Stored out;
  out.stored = true;
  out.modseq = begin_change();
  out.document = *document;
  out.thread = TRY(thread_of(*document, delivery.hashes));
  head_.used += delivery.size;

  const bool deleted = keywords->has(KeywordSet::kDeleted);
  MessageState state{
      *document, out.thread, static_cast<std::uint32_t>(delivery.size), to_unix_ms(delivery.received),
      *keywords, {}};
  state.keywords.remove(KeywordSet::kDeleted);
  Shared shared{*document, {}};
  for (const MailboxId id : *mailboxes) {
    Mailbox& mailbox = *edit(id);
    if (destination.uid && *destination.uid < UINT32_MAX)
      mailbox.uid_next = std::max(mailbox.uid_next, *destination.uid);
    const Uid uid = TRY(take_uid(mailbox));
    const Row row{uid,        *document, out.thread, state.size, state.received, to_unix_ms(context_.now),
                  out.modseq, *keywords};
    state.places.push_back({id, uid, out.modseq, row.saved, deleted});
    shared.places.emplace_back(id, uid);
    out.places.push_back({id, mailbox.uid_validity, uid});
    count_in(mailbox, row);
    touch_messages(mailbox);
    add_step(Added{id, {row}});
  }
  if (shared.places.size() > 1) add_step(std::move(shared));
  MessageRecord record{*document,
                       delivery.blob,
                       destination.trace,
                       delivery.size,
                       delivery.received,
                       out.thread,
                       std::string(delivery.summary)};
  add_message(std::move(record), std::move(state));
  return out;
}

// The thread of a new message; threads that it connects become one.
Result<ThreadId> Draft::thread_of(DocumentId document, std::span<const std::string> hashes) {
  std::vector<ThreadId> found;
  for (const auto& hash : hashes)
    if (const auto thread = threads_.find(hash); thread && std::ranges::find(found, *thread) == found.end())
      found.push_back(*thread);
  ThreadId thread = document;
  if (!found.empty()) {
    std::ranges::sort(found);
    thread = found.front();
    for (std::size_t i = 1; i < found.size(); ++i) TRY(merge(thread, found[i]));
  }
  for (const auto& hash : hashes)
    if (!threads_.find(hash)) threads_.put(hash, thread);
  return thread;
}

std::vector<MessageState> Draft::members(ThreadId thread) const {
  std::map<DocumentId, MessageState> found;
  for (const auto& [mailbox, columns] : base_.all_columns())
    for (std::size_t i = 0; i < columns.size(); ++i)
      if (threads_.merged(columns.threads()[i]) == thread && !found.contains(columns.documents()[i]))
        found.emplace(columns.documents()[i], base_.state(mailbox, i));
  for (const auto& [document, message] : new_messages_)
    if (message.state.thread == thread) found.emplace(document, message.state);
  std::vector<MessageState> out;
  for (auto& [document, state] : found) out.push_back(std::move(state));
  return out;
}

Result<void> Draft::merge(ThreadId winner, ThreadId loser) {
  if (!base_.has_rows()) {
    needs_rows_ = true;  // this draft will not be finished
    return {};
  }
  auto states = members(loser);
  if (states.size() > kMaxMerged) return {};
  std::vector<std::string> keys;
  for (const auto& state : states) keys.push_back(message_key(account_, state.document));
  const auto records = TRY(from_store(context_.data.get_many(keys)));

  Rethreaded step{winner, {}};
  std::vector<std::string> hashes;
  const auto add_hashes = [&](std::string_view summary) {
    for (auto& hash : hashes_of(summary)) hashes.push_back(std::move(hash));
  };
  for (std::size_t i = 0; i < states.size(); ++i) {
    const DocumentId document = states[i].document;
    step.documents.push_back(document);
    if (const auto found = new_messages_.find(document); found != new_messages_.end()) {
      found->second.state.thread = found->second.record.thread = winner;
      add_hashes(found->second.record.summary);
      continue;
    }
    states[i].thread = winner;
    batch_.set(state_key(account_, document), encode(states[i]));
    if (!records[i]) continue;  // damage: fsck's
    MessageRecord record = TRY(decode_message(document, *records[i]));
    record.thread = winner;
    add_hashes(record.summary);
    batch_.set(message_key(account_, document), encode(record));
  }
  add_step(std::move(step));
  return threads_.merge(winner, loser, hashes);
}

// Which of `threads` have a message besides `without`.
std::set<ThreadId> Draft::living(const std::set<ThreadId>& threads,
                                 const std::set<DocumentId>& without) const {
  std::set<ThreadId> out;
  const ThreadId lowest = *threads.begin(), highest = *threads.rbegin();
  for (const auto& [mailbox, columns] : base_.all_columns())
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const ThreadId thread = columns.threads()[i];
      if (thread < lowest || thread > highest || !threads.contains(thread)) continue;
      if (!without.contains(columns.documents()[i])) out.insert(thread);
    }
  return out;
}

Result<void> Draft::destroy(std::span<const Destroyed> messages) {
  if (messages.empty()) return {};
  std::map<ThreadId, std::vector<std::string>> hashes;
  std::set<ThreadId> threads;
  std::set<DocumentId> documents;
  for (const auto& message : messages) {
    threads.insert(message.thread);
    documents.insert(message.document);
    head_.used -= std::min<std::uint64_t>(head_.used, message.size);
    batch_.clear(state_key(account_, message.document));
    search::list_removed(batch_, account_, message.document, context_.now);
  }
  for (std::size_t first = 0; first < messages.size(); first += kReadAtOnce) {
    const auto some = messages.subspan(first, std::min(kReadAtOnce, messages.size() - first));
    std::vector<std::string> keys;
    for (const auto& message : some) keys.push_back(message_key(account_, message.document));
    const auto records = TRY(from_store(context_.data.get_many(keys)));
    for (std::size_t i = 0; i < some.size(); ++i) {
      batch_.clear(std::move(keys[i]));
      const auto record = records[i] ? decode_message(some[i].document, *records[i])
                                     : fail(MailboxError::kCorrupt, "the message's record is missing");
      if (!record) continue;  // damage must not keep a message from being removed
      store::unlink_blob(batch_, record->blob, blob_owner(account_, some[i].document), context_.now,
                         context_.random);
      for (auto& hash : hashes_of(record->summary)) hashes[some[i].thread].push_back(std::move(hash));
    }
  }
  const auto alive = living(threads, documents);
  TRY(threads_.prefetch_rest(std::vector<ThreadId>(threads.begin(), threads.end())));
  for (const ThreadId thread : threads)
    TRY(threads_.remove_messages(thread, hashes[thread], alive.contains(thread)));
  return {};
}

}  // namespace gannet::mailbox
