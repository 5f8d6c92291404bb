#include "mailbox/message_changes.h"

#include <algorithm>

namespace gannet::mailbox {

Result<void> remove_from(Draft& draft, MailboxId mailbox, std::span<const Uid> uids) {
  const Columns* columns = draft.base().columns(mailbox);
  if (!columns || uids.empty()) return {};
  Mailbox& counters = *draft.edit(mailbox);
  Removed step{mailbox, {}};
  std::vector<Draft::Destroyed> destroyed;
  std::vector<Shared> shared;
  for (const Uid uid : uids) {
    const std::size_t index = columns->find(uid);
    if (index == Columns::npos) continue;
    const Row row = columns->row(index);
    Draft::count_out(counters, row);
    MessageState state = draft.base().state(mailbox, index);
    std::erase_if(state.places,
                  [&](const Place& place) { return place.mailbox == mailbox && place.uid == uid; });
    const bool last = state.places.empty();
    step.gone.push_back({uid, row.document, row.thread, last});
    if (last) {
      destroyed.push_back({row.document, row.thread, row.size});
      continue;
    }
    draft.batch().set(state_key(draft.account(), row.document), encode(state));
    Shared& places = shared.emplace_back(Shared{row.document, {}});
    for (const Place& place : state.places) places.places.emplace_back(place.mailbox, place.uid);
  }
  if (step.gone.empty()) return {};
  draft.touch_messages(counters);
  draft.add_step(std::move(step));
  for (auto& one : shared) draft.add_step(std::move(one));
  return draft.destroy(destroyed);
}

void KeywordSteps::add(MailboxId mailbox, Uid uid, const KeywordSet& keywords) {
  auto& steps = steps_[mailbox];
  // The last one is the most likely by far; there are few in all.
  const auto found = std::ranges::find(steps.rbegin(), steps.rend(), keywords, &KeywordsSet::keywords);
  auto& step = found == steps.rend() ? steps.emplace_back(KeywordsSet{mailbox, keywords, {}}) : *found;
  step.uids.push_back(uid);
}

void KeywordSteps::add_to(Draft& draft) {
  for (auto& [mailbox, steps] : steps_)
    for (auto& step : steps) {
      std::ranges::sort(step.uids);
      draft.add_step(std::move(step));
    }
  steps_.clear();
}

void replace_keywords(Draft& draft, KeywordSteps& steps, MailboxId mailbox, std::size_t index,
                      const KeywordSet& keywords) {
  MessageState state = draft.base().state(mailbox, index);
  const Uid uid = draft.base().columns(mailbox)->uids()[index];
  KeywordSet shared = keywords;
  shared.remove(KeywordSet::kDeleted);
  const bool here_only = shared == state.keywords;
  const bool was_seen = state.keywords.has(KeywordSet::kSeen), is_seen = shared.has(KeywordSet::kSeen);
  state.keywords = shared;
  for (Place& place : state.places) {
    const bool here = place.mailbox == mailbox && place.uid == uid;
    if (here) place.deleted = keywords.has(KeywordSet::kDeleted);
    if (here_only && !here) continue;
    place.modseq = draft.modseq();
    KeywordSet whole = shared;
    if (place.deleted) whole.add(KeywordSet::kDeleted);
    steps.add(place.mailbox, place.uid, whole);
    Mailbox& counters = *draft.edit(place.mailbox);
    draft.touch_messages(counters);
    if (was_seen && !is_seen) ++counters.unseen;
    if (!was_seen && is_seen) --counters.unseen;
  }
  draft.batch().set(state_key(draft.account(), state.document), encode(state));
}

}  // namespace gannet::mailbox
