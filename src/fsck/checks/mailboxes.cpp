// Mailboxes: the tree, what they count, their UIDs.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "fsck/account_state.h"
#include "mailbox/names.h"

namespace gannet::fsck {
namespace {

using mailbox::Mailbox;
using mailbox::MailboxId;

// A mailbox whose record is gone: its messages are there.
void make_anew(const Context& context, AccountState& account, MailboxId id) {
  const bool has_inbox =
      std::ranges::any_of(account.mailboxes,
                          [](const auto& one) { return one.second.role == mailbox::Role::kInbox; }) ||
      std::ranges::any_of(account.changed,
                          [](const auto& one) { return one.second.role == mailbox::Role::kInbox; });
  Mailbox& box = account.edit(id);
  box = {};
  box.id = id;
  // The INBOX that came with the account is mailbox 1; where that is something else now, a new one is made last.
  const bool inbox = !has_inbox && (id == 1 || account.mailboxes.contains(1));
  box.name = inbox ? std::string(mailbox::kInbox) : fmt::format("Recovered {}", id);
  box.role = inbox ? mailbox::Role::kInbox : mailbox::Role::kNone;
  box.subscribed = true;
  const auto seconds = static_cast<std::uint32_t>(to_unix_ms(context.clock.now()) / 1000);
  auto& last = account.new_head.last_uid_validity;
  for (const auto& [other, known] : account.mailboxes) last = std::max(last, known.uid_validity);
  box.uid_validity = last = std::max(last + 1, seconds);
  box.created_modseq = box.highest_modseq = account.modseq();
  account.batch.clear(mailbox::recent_key(account.id, id));
  account.new_head.next_mailbox = std::max(account.new_head.next_mailbox, id + 1);
}

void count_anew(AccountState& account, MailboxId id, const Tally& tally) {
  Mailbox& box = account.edit(id);
  box.messages = static_cast<std::uint32_t>(tally.spots.size());
  box.unseen = tally.unseen;
  box.bytes = tally.bytes;
}

void check_numbers(const Context& context, AccountState& account, const Mailbox& box, const Tally& tally) {
  if (box.messages != tally.spots.size() || box.unseen != tally.unseen || box.bytes != tally.bytes)
    account.problem(
        context.options, "mailbox.counters",
        fmt::format("{} counts {} messages, {} unseen, {} bytes; it has {}, {}, {}", box.name, box.messages,
                    box.unseen, box.bytes, tally.spots.size(), tally.unseen, tally.bytes),
        [&] { count_anew(account, box.id, tally); });
  mailbox::Uid last = 0;
  for (const auto& spot : tally.spots) last = std::max(last, spot.uid);
  if (box.uid_next <= last)
    account.problem(
        context.options, "mailbox.uidnext",
        fmt::format("{} would give out UID {} next, and has UID {}", box.name, box.uid_next, last),
        [&] { account.edit(box.id).uid_next = last + 1; });
  if (box.highest_modseq < tally.highest)
    account.problem(context.options, "mailbox.modseq",
                    fmt::format("{} says HIGHESTMODSEQ {}, and has a message of {}", box.name,
                                box.highest_modseq, tally.highest),
                    [&] { account.edit(box.id).highest_modseq = account.modseq(); });
  else if (!account.head_lost && std::max(box.highest_modseq, box.created_modseq) > account.head.modseq)
    account.problem(context.options, "mailbox.modseq",
                    fmt::format("{} has changed in the future: HIGHESTMODSEQ {}, the account's is {}",
                                box.name, box.highest_modseq, account.head.modseq),
                    [&] {
                      Mailbox& mended = account.edit(box.id);
                      mended.highest_modseq = account.modseq();
                      mended.created_modseq = std::min(mended.created_modseq, account.modseq());
                    });
}

// The later of two messages that have one UID gets a new one.
Result<void> check_uids(const Context& context, store::Reader& reader, AccountState& account,
                        const Mailbox& box, Tally& tally) {
  std::ranges::sort(tally.spots, [](const Spot& a, const Spot& b) {
    return std::pair(a.uid, a.document) < std::pair(b.uid, b.document);
  });
  for (std::size_t i = 0; i < tally.spots.size(); ++i) {
    const Spot& spot = tally.spots[i];
    if (spot.uid != 0 && (i == 0 || tally.spots[i - 1].uid != spot.uid)) continue;
    const auto record = TRY(reader.get(mailbox::state_key(account.id, spot.document)));
    mailbox::MessageState state;
    if (!record || !mailbox::decode_state(spot.document, *record, state)) continue;
    account.problem(
        context.options, "mailbox.uids",
        fmt::format("{} has UID {} more than once (message {})", box.name, spot.uid, spot.document), [&] {
          Mailbox& mended = account.edit(box.id);
          mended.uid_next = std::max(mended.uid_next, tally.spots.back().uid + 1);
          mended.highest_modseq = account.modseq();
          for (auto& place : account.edit(state).places)
            if (place.mailbox == box.id && place.uid == spot.uid) {
              place.uid = mended.uid_next++;
              place.modseq = account.modseq();
            }
        });
  }
  return {};
}

// Whether the way up from a mailbox ends at the top.
bool reaches_top(const AccountState& account, const Mailbox& box) {
  const Mailbox* at = &box;
  for (std::size_t steps = 0; steps <= account.mailboxes.size(); ++steps) {
    if (at->parent == 0) return true;
    const auto found = account.mailboxes.find(at->parent);
    if (found == account.mailboxes.end()) return false;
    at = &found->second;
  }
  return false;
}

void check_tree(const Context& context, AccountState& account) {
  std::set<std::pair<MailboxId, std::string>> names;
  std::set<mailbox::Role> roles;
  for (const auto& [id, box] : account.mailboxes) {
    if (!reaches_top(account, box))
      account.problem(context.options, "mailbox.parent",
                      fmt::format("{} is below a mailbox that is gone", box.name),
                      [&] { account.edit(id).parent = 0; });
    if (!names.emplace(box.parent, box.name).second || box.name.empty())
      account.problem(context.options, "mailbox.name",
                      fmt::format("there are two mailboxes \"{}\" (mailbox {})", box.name, id), [&] {
                        account.edit(id).name =
                            fmt::format("{} {}", box.name.empty() ? "Recovered" : box.name, id);
                      });
    if (box.role != mailbox::Role::kNone && !roles.insert(box.role).second)
      account.problem(context.options, "mailbox.role",
                      fmt::format("{} has a role that another mailbox has", box.name),
                      [&] { account.edit(id).role = mailbox::Role::kNone; });
  }
}

}  // namespace

Result<void> check_mailboxes(const Context& context, store::Reader& reader, AccountState& account) {
  check_tree(context, account);
  std::set<MailboxId> missing;
  for (const auto& [id, tally] : account.tallies)
    if (!account.mailboxes.contains(id)) missing.insert(id);
  if (std::ranges::none_of(account.mailboxes,
                           [](const auto& one) { return one.second.role == mailbox::Role::kInbox; }))
    missing.insert(account.mailboxes.contains(1)
                       ? std::max(account.head.next_mailbox, account.mailboxes.rbegin()->first + 1)
                       : 1);
  for (const MailboxId id : missing) {
    Tally& tally = account.tallies[id];
    account.problem(context.options, "mailbox.record",
                    fmt::format("mailbox {} is gone, its {} messages are there", id, tally.spots.size()),
                    [&] {
                      make_anew(context, account, id);
                      count_anew(account, id, tally);
                      Mailbox& box = account.edit(id);
                      for (const auto& spot : tally.spots)
                        box.uid_next = std::max(box.uid_next, spot.uid + 1);
                    });
  }
  for (const auto& [id, box] : std::map(account.mailboxes)) {
    if (missing.contains(id)) continue;
    Tally& tally = account.tallies[id];
    check_numbers(context, account, box, tally);
    TRY(check_uids(context, reader, account, box, tally));
  }
  return {};
}

}  // namespace gannet::fsck
