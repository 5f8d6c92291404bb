#include "mailbox/contents.h"

#include <algorithm>
#include <iterator>

#include "base/assert.h"
#include "base/unicode.h"
#include "mailbox/names.h"

namespace gannet::mailbox {

const Mailbox* Contents::find(MailboxId id) const {
  const auto found = mailboxes_.find(id);
  return found == mailboxes_.end() ? nullptr : &found->second;
}

const Mailbox* Contents::find_path(std::string_view path) const {
  const auto found = by_path_.find(path);
  return found == by_path_.end() ? nullptr : find(found->second);
}

const Mailbox* Contents::find_role(Role role) const {
  const auto found = std::ranges::find(ordered_, role, &Mailbox::role);
  return found == ordered_.end() ? nullptr : *found;
}

bool Contents::has_children(MailboxId id) const {
  return std::ranges::find(ordered_, id, &Mailbox::parent) != ordered_.end();
}

std::string_view Contents::keyword_name(std::uint32_t number) const {
  if (number < KeywordSet::kFirstNamed) return system_keyword_name(number);
  const std::uint32_t index = number - KeywordSet::kFirstNamed;
  return index < keywords_.size() ? std::string_view(keywords_[index]) : std::string_view{};
}

std::optional<std::uint32_t> Contents::keyword_number(std::string_view name) const {
  if (name.starts_with('\\')) return system_keyword(name);
  const auto found = keyword_numbers_.find(to_lower_ascii(name));
  if (found == keyword_numbers_.end()) return std::nullopt;
  return found->second;
}

const Columns* Contents::columns(MailboxId mailbox) const {
  const auto found = columns_.find(mailbox);
  return found == columns_.end() ? nullptr : &found->second;
}

std::vector<std::pair<MailboxId, Uid>> Contents::places(DocumentId document, MailboxId mailbox,
                                                        Uid uid) const {
  const auto found = shared_.find(document);
  if (found == shared_.end()) return {{mailbox, uid}};
  return found->second;
}

MessageState Contents::state(MailboxId mailbox, std::size_t index) const {
  const Row row = columns(mailbox)->row(index);
  MessageState out{row.document, row.thread, row.size, row.received, row.keywords, {}};
  out.keywords.remove(KeywordSet::kDeleted);
  for (const auto& [id, uid] : places(row.document, mailbox, row.uid)) {
    const Columns* other = columns(id);
    const std::size_t at = other ? other->find(uid) : Columns::npos;
    if (at == Columns::npos) {
      GANNET_BUG("a place of a message is not in its mailbox's columns");
      continue;
    }
    const Row place = other->row(at);
    out.places.push_back({id, uid, place.modseq, place.saved, place.keywords.has(KeywordSet::kDeleted)});
  }
  return out;
}

void Contents::add_keyword(std::string name) {
  const auto number = KeywordSet::kFirstNamed + static_cast<std::uint32_t>(keywords_.size());
  keyword_numbers_.emplace(to_lower_ascii(name), number);
  keywords_.push_back(std::move(name));
}

Columns& Contents::columns_of(MailboxId mailbox) {
  const auto [found, fresh] = columns_.try_emplace(mailbox);
  // The mailbox is younger than the load, or had nothing then: nothing of it is missing since.
  if (fresh) found->second.set_recent_floor(rows_loaded_at_);
  return found->second;
}

void Contents::apply_step(const Added& step, Modseq modseq) {
  Columns& columns = columns_of(step.mailbox);
  for (const Row& row : step.rows) {
    columns.put(row);
    columns.note(modseq, row.uid, false);
  }
}

void Contents::apply_step(const Removed& step, Modseq modseq) {
  Columns& columns = columns_of(step.mailbox);
  columns.remove(step.gone);
  for (const auto& gone : step.gone) columns.note(modseq, gone.uid, true);
}

void Contents::apply_step(const KeywordsSet& step, Modseq modseq) {
  Columns& columns = columns_of(step.mailbox);
  for (const Uid uid : step.uids) {
    const std::size_t index = columns.find(uid);
    if (index == Columns::npos) continue;
    columns.set_keywords(index, step.keywords, modseq);
    columns.note(modseq, uid, false);
  }
}

void Contents::apply_step(const Rethreaded& step, Modseq) {
  for (auto& [mailbox, columns] : columns_)
    for (std::size_t i = 0; i < columns.size(); ++i)
      if (std::ranges::binary_search(step.documents, columns.documents()[i]))
        columns.set_thread(i, step.thread);
}

void Contents::apply_step(const Shared& step, Modseq) {
  if (step.places.size() > 1)
    shared_[step.document] = step.places;
  else
    shared_.erase(step.document);
}

void Contents::apply(Delta&& delta) {
  if (has_rows_)
    for (const Change& change : delta.changes)
      for (const Step& step : change.steps)
        std::visit([&](const auto& one) { apply_step(one, change.modseq); }, step);
  bool rearrange = !delta.removed_mailboxes.empty();
  for (const MailboxId id : delta.removed_mailboxes) {
    mailboxes_.erase(id);
    columns_.erase(id);
  }
  for (Mailbox& mailbox : delta.mailboxes) {
    Mailbox& known = mailboxes_[mailbox.id];
    rearrange |= known.id == 0 || known.parent != mailbox.parent || known.name != mailbox.name;
    mailbox.path = std::move(known.path);
    known = std::move(mailbox);
  }
  for (std::string& name : delta.keywords) add_keyword(std::move(name));
  head_ = delta.head;
  head_record_ = std::move(delta.head_record);
  if (rearrange) arrange();
}

// Paths and the order of the mailboxes, from names and parents.
void Contents::arrange() {
  std::unordered_map<MailboxId, std::vector<Mailbox*>> children;
  for (auto& [id, mailbox] : mailboxes_) {
    // A parent that is not there is damage; the mailbox must be seen all the same.
    const bool orphan = mailbox.parent != 0 && !mailboxes_.contains(mailbox.parent);
    children[orphan ? 0 : mailbox.parent].push_back(&mailbox);
  }
  for (auto& [id, list] : children)
    std::ranges::sort(list, std::greater(),
                      [](const Mailbox* mailbox) -> const std::string& { return mailbox->name; });
  ordered_.clear();
  by_path_.clear();
  std::vector<Mailbox*> open = std::move(children[0]);
  while (!open.empty()) {
    Mailbox* mailbox = open.back();
    open.pop_back();
    const Mailbox* parent = find(mailbox->parent);
    mailbox->path = parent ? parent->path + '/' + mailbox->name : mailbox->name;
    ordered_.push_back(mailbox);
    by_path_.emplace(mailbox->path, mailbox->id);
    if (const auto found = children.find(mailbox->id); found != children.end())
      std::ranges::copy(found->second, std::back_inserter(open));
  }
}

void Contents::load_outline(Delta&& outline) {
  apply(std::move(outline));
}

void Contents::load_row(const MessageState& state) {
  for (const Place& place : state.places) {
    Row row{place.uid,      state.document, state.thread, state.size,
            state.received, place.saved,    place.modseq, state.keywords};
    if (place.deleted) row.keywords.add(KeywordSet::kDeleted);
    auto& columns = columns_[place.mailbox];
    if (columns.size() == 0)
      if (const Mailbox* mailbox = find(place.mailbox))
        columns.reserve(std::min(mailbox->messages, 1u << 20) + 16);
    columns.push(row);
  }
  if (state.places.size() < 2) return;
  auto& shared = shared_[state.document];
  for (const Place& place : state.places) shared.emplace_back(place.mailbox, place.uid);
}

void Contents::finish_loading_rows() {
  for (auto& [id, columns] : columns_) {
    columns.sort();
    columns.set_recent_floor(head_.modseq);
  }
  rows_loaded_at_ = head_.modseq;
  has_rows_ = true;
}

std::size_t Contents::weight() const {
  constexpr std::size_t kMailbox = 400, kKeyword = 150, kShared = 100;
  std::size_t weight = sizeof(Contents) + mailboxes_.size() * kMailbox + keywords_.size() * kKeyword +
                       shared_.size() * kShared;
  for (const auto& [id, columns] : columns_) weight += columns.weight();
  return weight;
}

std::size_t Contents::filled() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(columns_, [](const auto& column) { return column.second.size() > 0; }));
}

}  // namespace gannet::mailbox
