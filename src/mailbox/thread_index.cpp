#include "mailbox/thread_index.h"

#include <algorithm>

#include "base/hash.h"
#include "base/unicode.h"
#include "mailbox/schema.h"
#include "mailbox/store_error.h"
#include "mime/message_id.h"

namespace gannet::mailbox {
namespace {

constexpr std::size_t kHashBytes = 16;

// RFC 8621 3: the subjects are compared without white space.
std::string subject_key(std::string_view base_subject) {
  std::string out = is_ascii(base_subject) ? to_lower_ascii(base_subject)
                                           : fold_case(base_subject).value_or(std::string(base_subject));
  std::erase_if(out, [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; });
  return out;
}

std::string hash_of(std::string_view id, std::string_view subject) {
  std::string whole;
  whole.reserve(id.size() + 1 + subject.size());
  whole.append(id).append(1, '\0').append(subject);
  const Sha256Digest digest = sha256(whole);
  return std::string(reinterpret_cast<const char*>(digest.data()), kHashBytes);
}

}  // namespace

std::vector<std::string> thread_hashes(const mime::MessageSummary& summary) {
  std::vector<std::string> ids;
  if (!summary.message_id.empty()) ids.emplace_back(summary.message_id);
  for (auto& id : mime::parse_message_ids(summary.envelope.in_reply_to, 8)) ids.push_back(std::move(id));
  std::vector<std::string_view> references;
  for (const std::string_view id : summary.references) references.push_back(id);
  // Of a long chain the root and the nearest ancestors are what joins.
  const std::size_t room = kMaxThreadIds - ids.size();
  if (references.size() > room)
    references.erase(references.begin() + 1, references.end() - static_cast<std::ptrdiff_t>(room - 1));
  for (const auto id : references) ids.emplace_back(id);

  const std::string subject = subject_key(summary.base_subject);
  std::vector<std::string> hashes;
  for (const auto& id : ids) {
    auto hash = hash_of(id, subject);
    if (std::ranges::find(hashes, hash) == hashes.end()) hashes.push_back(std::move(hash));
  }
  return hashes;
}

Result<void> ThreadIndex::prefetch(std::span<const std::string> hashes) {
  std::vector<const std::string*> wanted;
  std::vector<std::string> keys;
  for (const auto& hash : hashes) {
    if (!links_.try_emplace(hash).second) continue;
    wanted.push_back(&hash);
    keys.push_back(thread_id_key(account_, hash));
  }
  if (keys.empty()) return {};
  const auto records = TRY(from_store(reader_.get_many(keys)));
  for (std::size_t i = 0; i < wanted.size(); ++i)
    if (records[i]) links_[*wanted[i]].thread = TRY(decode_thread(*records[i]));
  return {};
}

std::optional<ThreadId> ThreadIndex::find(const std::string& hash) const {
  const auto found = links_.find(hash);
  if (found == links_.end() || !found->second.thread) return std::nullopt;
  return merged(*found->second.thread);
}

void ThreadIndex::put(const std::string& hash, ThreadId thread) {
  Link& link = links_[hash];
  if (link.thread == thread) return;
  link = {thread, true};
}

void ThreadIndex::remove(const std::string& hash) {
  links_[hash] = {std::nullopt, true};
}

ThreadId ThreadIndex::merged(ThreadId thread) const {
  for (auto found = merged_.find(thread); found != merged_.end(); found = merged_.find(thread))
    thread = found->second;
  return thread;
}

Result<void> ThreadIndex::prefetch_rest(std::span<const ThreadId> threads) {
  std::vector<ThreadId> wanted;
  std::vector<std::string> keys;
  for (const ThreadId thread : threads) {
    if (!rests_.try_emplace(thread).second) continue;
    wanted.push_back(thread);
    keys.push_back(thread_rest_key(account_, thread));
  }
  if (keys.empty()) return {};
  const auto records = TRY(from_store(reader_.get_many(keys)));
  for (std::size_t i = 0; i < wanted.size(); ++i)
    if (records[i]) rests_[wanted[i]].hashes = TRY(decode_hashes(*records[i]));
  return {};
}

Result<ThreadIndex::Rest*> ThreadIndex::rest(ThreadId thread) {
  TRY(prefetch_rest({&thread, 1}));
  return &rests_[thread];
}

Result<void> ThreadIndex::merge(ThreadId winner, ThreadId loser, std::span<const std::string> hashes) {
  Rest* of_loser = TRY(rest(loser));
  Rest* of_winner = TRY(rest(winner));
  for (const auto& hash : hashes) put(hash, winner);
  for (const auto& hash : of_loser->hashes) put(hash, winner);
  of_winner->altered |= !of_loser->hashes.empty();
  of_winner->hashes.insert(of_winner->hashes.end(), of_loser->hashes.begin(), of_loser->hashes.end());
  *of_loser = {{}, true};
  merged_[loser] = winner;
  return {};
}

Result<void> ThreadIndex::remove_messages(ThreadId thread, std::span<const std::string> hashes,
                                          bool lives_on) {
  Rest* remains = TRY(rest(thread));
  if (!lives_on) {
    for (const auto& hash : hashes) remove(hash);
    for (const auto& hash : remains->hashes) remove(hash);
    if (!remains->hashes.empty()) *remains = {{}, true};
    return {};
  }
  for (const auto& hash : hashes) {
    if (std::ranges::find(remains->hashes, hash) != remains->hashes.end()) continue;
    remains->hashes.push_back(hash);
    remains->altered = true;
  }
  // What is so old joins nothing any more.
  while (remains->hashes.size() > kMaxThreadRest) {
    remove(remains->hashes.front());
    remains->hashes.erase(remains->hashes.begin());
  }
  return {};
}

void ThreadIndex::write(store::WriteBatch& batch) const {
  for (const auto& [hash, link] : links_) {
    if (!link.altered) continue;
    if (link.thread)
      batch.set(thread_id_key(account_, hash), encode_thread(*link.thread));
    else
      batch.clear(thread_id_key(account_, hash));
  }
  for (const auto& [thread, rest] : rests_) {
    if (!rest.altered) continue;
    if (rest.hashes.empty())
      batch.clear(thread_rest_key(account_, thread));
    else
      batch.set(thread_rest_key(account_, thread), encode_hashes(rest.hashes));
  }
}

}  // namespace gannet::mailbox
