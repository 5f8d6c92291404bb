// The thread index: what it names must be a thread that has messages, and every message id of a message must
// be in it.
//
// Two exceptions are no damage: a thread whose removed messages had too many ids forgets the oldest
// (kMaxThreadRest), and a thread too large to be merged keeps ids that messages of another thread have, which
// go with it. An account with a thread that large is not asked for missing ids.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "fsck/account_state.h"
#include "fsck/scan.h"
#include "mailbox/thread_index.h"

namespace gannet::fsck {
namespace {

constexpr std::size_t kLargeThread = 1000;  // draft_messages.cpp does not move larger ones
constexpr std::size_t kHashBytes = 16;

using Sizes = std::unordered_map<mailbox::ThreadId, std::size_t>;

// What names a thread without messages, or cannot be read. Whether a thread has forgotten ids.
Result<bool> check_index(const Context& context, store::Reader& reader, AccountState& account,
                         const Sizes& living) {
  bool forgets = false;
  const std::string prefix = mailbox::thread_prefix(account.id);
  TRY(for_each(context, reader, store::Range::prefix(prefix),
               [&](const store::KeyValue& item) -> Result<void> {
                 const std::string_view rest = std::string_view(item.key).substr(prefix.size());
                 bool good = false;
                 if (rest.size() == 1 + kHashBytes && rest[0] == 0) {
                   const auto thread = mailbox::decode_thread(item.value);
                   good = thread && living.contains(*thread);
                 } else if (rest.size() == 5 && rest[0] == 1) {
                   const auto hashes = mailbox::decode_hashes(item.value);
                   good = hashes && living.contains(mailbox::number_of_key(item.key));
                   forgets |= hashes && hashes->size() >= mailbox::kMaxThreadRest;
                 }
                 if (!good)
                   account.problem(context.options, "thread.leftover",
                                   "the thread index names a thread that has no messages",
                                   [&] { account.batch.clear(item.key); });
                 return {};
               }));
  return forgets;
}

Result<void> check_hashes(const Context& context, store::Reader& reader, AccountState& account) {
  std::unordered_set<std::string> put;  // by this repair
  return for_each_page(context, reader, store::Range::prefix(mailbox::message_prefix(account.id)),
                       [&](const std::vector<store::KeyValue>& items) -> Result<void> {
                         std::vector<std::string> keys;
                         std::vector<std::pair<mailbox::DocumentId, mailbox::ThreadId>> of;
                         for (const auto& item : items) {
                           const auto document = mailbox::number_of_key(item.key);
                           const auto found = account.messages.find(document);
                           const auto record = mailbox::decode_message(document, item.value);
                           if (!record || found == account.messages.end() || !found->second.has_state)
                             continue;
                           const auto summary = mime::decode_summary(record->summary);
                           if (!summary) continue;
                           for (const auto& hash : mailbox::thread_hashes(*summary)) {
                             keys.push_back(mailbox::thread_id_key(account.id, hash));
                             of.emplace_back(document, found->second.thread);
                           }
                         }
                         if (keys.empty()) return {};
                         const auto found = TRY(reader.get_many(keys));
                         for (std::size_t i = 0; i < keys.size(); ++i) {
                           if (found[i] || put.contains(keys[i])) continue;
                           account.problem(
                               context.options, "thread.missing",
                               fmt::format("the thread index does not know an id of message {}", of[i].first),
                               [&] {
                                 put.insert(keys[i]);
                                 account.batch.set(keys[i], mailbox::encode_thread(of[i].second));
                               });
                         }
                         return {};
                       });
}

}  // namespace

Result<void> check_threads(const Context& context, store::Reader& reader, AccountState& account) {
  Sizes living;
  for (const auto& [document, brief] : account.messages)
    if (brief.has_state) ++living[brief.thread];
  const bool forgets = TRY(check_index(context, reader, account, living));
  const bool large = std::ranges::any_of(living, [](const auto& one) { return one.second >= kLargeThread; });
  if (forgets || large) return {};
  return check_hashes(context, reader, account);
}

}  // namespace gannet::fsck
