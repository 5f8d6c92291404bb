// IMAP's STORE and JMAP's keywords.
#include <algorithm>

#include "mailbox/accounts_impl.h"
#include "mailbox/message_changes.h"

namespace gannet::mailbox {
namespace {

// Keywords of a removal that the account does not know are on no message.
std::vector<std::string> known_ones(const Draft& draft, std::span<const std::string> names) {
  std::vector<std::string> out;
  for (const auto& name : names)
    if (draft.base().keyword_number(name)) out.push_back(name);
  return out;
}

KeywordSet combine(const KeywordSet& before, const KeywordSet& given, KeywordAction action) {
  if (action == KeywordAction::kReplace) return given;
  KeywordSet out = before;
  for (const auto number : given.numbers())
    action == KeywordAction::kAdd ? out.add(number) : out.remove(number);
  return out;
}

struct Request {
  MailboxId mailbox;
  std::span<const Uid> uids;
  KeywordAction action;
  std::span<const std::string> names;
  std::optional<Modseq> unless_modified_since;
};

Result<KeywordOutcome> run(Draft& draft, const Request& request) {
  KeywordOutcome out;
  if (!draft.find(request.mailbox)) return fail(MailboxError::kNotFound, "there is no such mailbox");
  const Columns* columns = draft.base().columns(request.mailbox);
  if (!columns) return out;
  const bool removal = request.action == KeywordAction::kRemove;
  const KeywordSet given =
      TRY(removal ? draft.keywords(known_ones(draft, request.names)) : draft.keywords(request.names));
  KeywordSteps steps;
  bool changing = false;
  for (const Uid uid : request.uids) {
    const std::size_t index = columns->find(uid);
    if (index == Columns::npos) continue;
    if (request.unless_modified_since && columns->modseqs()[index] > *request.unless_modified_since) {
      out.modified.push_back(uid);
      continue;
    }
    const KeywordSet before = columns->keywords(index);
    const KeywordSet after = combine(before, given, request.action);
    if (after == before) continue;
    if (!changing) draft.begin_change();
    changing = true;
    replace_keywords(draft, steps, request.mailbox, index, after);
    Entry& entry = out.changed.emplace_back(columns->entry(index));
    entry.keywords = after;
    entry.modseq = draft.modseq();
  }
  steps.add_to(draft);
  return out;
}

}  // namespace

Result<KeywordOutcome> AccountsImpl::set_keywords(AccountId account, MailboxId mailbox,
                                                  std::span<const Uid> uids, KeywordAction action,
                                                  std::span<const std::string> keywords,
                                                  std::optional<Modseq> unless_modified_since) {
  const std::vector<Uid> sorted = ascending(uids);
  KeywordOutcome out;
  std::size_t first = 0;
  do {
    const auto some = std::span(sorted).subspan(first, std::min(most_at_once(), sorted.size() - first));
    const Request request{mailbox, some, action, keywords, unless_modified_since};
    auto part =
        TRY(write<KeywordOutcome>(account, Rows::kNeeded, [&](Draft& draft) { return run(draft, request); }));
    std::ranges::move(part.changed, std::back_inserter(out.changed));
    std::ranges::move(part.modified, std::back_inserter(out.modified));
    first += some.size();
  } while (first < sorted.size());
  return out;
}

}  // namespace gannet::mailbox
