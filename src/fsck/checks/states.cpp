// Messages' states: what they say of mailboxes is added up for the checks after this one.
#include <fmt/format.h>

#include <algorithm>

#include "fsck/account_state.h"
#include "fsck/scan.h"

namespace gannet::fsck {
namespace {

using mailbox::KeywordSet;
using mailbox::MessageState;

void count(AccountState& account, const MessageState& state) {
  for (const auto& place : state.places) {
    Tally& tally = account.tallies[place.mailbox];
    tally.spots.push_back({place.uid, state.document});
    tally.unseen += !state.keywords.has(KeywordSet::kSeen);
    tally.bytes += state.size;
    tally.highest = std::max(tally.highest, place.modseq);
  }
}

void check_keywords_of(const Context& context, AccountState& account, MessageState& state) {
  KeywordSet good = state.keywords;
  good.remove(KeywordSet::kDeleted);
  if (!account.head_lost)
    for (const auto number : state.keywords.numbers())
      if (number >= account.head.next_keyword) good.remove(number);
  if (good == state.keywords) return;
  account.problem(context.options, "message.keywords",
                  fmt::format("message {} has keywords that the account does not know", state.document),
                  [&] { account.edit(state).keywords = good; });
}

void check_places_of(const Context& context, AccountState& account, MessageState& state) {
  std::vector<mailbox::Place> good;
  for (const auto& place : state.places)
    if (std::ranges::find(good, place.mailbox, &mailbox::Place::mailbox) == good.end() && place.mailbox != 0)
      good.push_back(place);
  if (good.size() == state.places.size()) return;
  account.problem(context.options, "message.places",
                  fmt::format("message {} is in one mailbox more than once", state.document),
                  [&] { account.edit(state).places = good; });
  state.places = std::move(good);
}

void check_modseqs_of(const Context& context, AccountState& account, const MessageState& state) {
  if (account.head_lost) return;
  for (const auto& place : state.places) {
    if (place.modseq <= account.head.modseq && place.modseq != 0) continue;
    account.problem(context.options, "message.modseq",
                    fmt::format("message {} has changed in the future: modseq {}, the account's is {}",
                                state.document, place.modseq, account.head.modseq),
                    [&] {
                      for (auto& mended : account.edit(state).places)
                        if (mended.mailbox == place.mailbox) mended.modseq = account.modseq();
                    });
  }
}

}  // namespace

Result<void> check_states(const Context& context, store::Reader& reader, AccountState& account) {
  MessageState state;
  return for_each(context, reader, store::Range::prefix(mailbox::state_prefix(account.id)),
                  [&](const store::KeyValue& item) -> Result<void> {
                    const auto document = mailbox::number_of_key(item.key);
                    state = {};
                    // What cannot be read counts as absent: check_places() makes a new one.
                    if (!mailbox::decode_state(document, item.value, state)) return {};
                    check_keywords_of(context, account, state);
                    check_places_of(context, account, state);
                    check_modseqs_of(context, account, state);
                    // In no mailbox: as good as none.
                    if (state.places.empty()) return {};
                    count(account, state);
                    Brief& brief = account.messages[document];
                    brief.has_state = true;
                    brief.size = state.size;
                    brief.thread = state.thread;
                    return {};
                  });
}

}  // namespace gannet::fsck
