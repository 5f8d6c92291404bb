#include "mailbox/draft.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/unicode.h"
#include "mailbox/names.h"
#include "mailbox/store_error.h"
#include "search/indexing_list.h"
#include "store/blob_links.h"

namespace gannet::mailbox {

Draft::Draft(AccountId account, const Contents& base, const DraftContext& context)
    : account_(account),
      base_(base),
      context_(context),
      head_(base.head()),
      threads_(account, context.data) {}

Result<void> Draft::create_account() {
  head_ = {};
  while (head_.incarnation == 0) head_.incarnation = context_.random.next_u64();
  begin_change();
  TRY(create_mailbox(std::string(kInbox), Role::kInbox, true));
  for (const auto& folder : context_.options.folders) {
    if (!folder.create || folder.role == Role::kInbox) continue;
    const auto path = valid_path(folder.name, {context_.options.max_depth, context_.options.max_name_length});
    // A setting that names one folder twice must not stop mail.
    if (path && !find_path(*path)) TRY(create_mailbox(*path, folder.role, folder.subscribe));
  }
  return {};
}

Modseq Draft::begin_change() {
  close_change();
  changes_.push_back({++head_.modseq, {}});
  return head_.modseq;
}

void Draft::close_change() {
  for (const MailboxId id : touched_now_) changes_.back().steps.push_back(MailboxTouched{id});
  touched_now_.clear();
}

const Mailbox* Draft::find(MailboxId id) const {
  if (removed_.contains(id)) return nullptr;
  const auto found = edited_.find(id);
  return found == edited_.end() ? base_.find(id) : &found->second;
}

const Mailbox* Draft::find_role(Role role) const {
  for (const auto& [id, mailbox] : edited_)
    if (mailbox.role == role) return find(id);
  const Mailbox* found = base_.find_role(role);
  return found && !edited_.contains(found->id) ? find(found->id) : nullptr;
}

const Mailbox* Draft::find_path(std::string_view path) const {
  const Mailbox* found = nullptr;
  for (const auto& [id, mailbox] : edited_)
    if (mailbox.path == path) found = &mailbox;
  if (!found) {
    found = base_.find_path(path);
    // Moved elsewhere by this draft?
    if (found && edited_.contains(found->id)) found = nullptr;
  }
  return found ? find(found->id) : nullptr;
}

Mailbox* Draft::edit(MailboxId id) {
  const Mailbox* known = find(id);
  if (!known) return nullptr;
  touched_now_.insert(id);
  return &edited_.try_emplace(id, *known).first->second;
}

Result<Mailbox*> Draft::create_mailbox(const std::string& path, Role role, bool subscribed) {
  if (find_path(path)) return fail(MailboxError::kExists, "there is a mailbox of that name already");
  MailboxId parent = 0;
  if (const auto above = parent_path(path); !above.empty()) {
    const Mailbox* known = find_path(above);
    // RFC 9051 6.3.4: missing superiors are created.
    if (!known) known = TRY(create_mailbox(std::string(above), Role::kNone, false));
    parent = known->id;
  }
  const std::size_t created = head_.next_mailbox - base_.head().next_mailbox;
  if (base_.mailboxes().size() + created - removed_.size() >= context_.options.max_mailboxes)
    return fail(MailboxError::kLimit,
                fmt::format("an account may have {} mailboxes", context_.options.max_mailboxes));
  Mailbox mailbox;
  mailbox.id = head_.next_mailbox++;
  mailbox.parent = parent;
  mailbox.name = last_component(path);
  mailbox.path = path;
  mailbox.role = role;
  mailbox.subscribed = TRY(end_subscription(path)) || subscribed;
  // Ascending, so that a name that is used again never meets an old value (RFC 9051 2.3.1.1).
  const auto seconds = static_cast<std::uint32_t>(to_unix_ms(context_.now) / 1000);
  mailbox.uid_validity = head_.last_uid_validity = std::max(head_.last_uid_validity + 1, seconds);
  mailbox.created_modseq = mailbox.highest_modseq = modseq();
  touched_now_.insert(mailbox.id);
  return &edited_.emplace(mailbox.id, std::move(mailbox)).first->second;
}

Result<void> Draft::keep_subscription(const std::string& path) {
  store::Range range = store::Range::prefix(lost_subscription_prefix(account_));
  range.keys_only = true;
  if (TRY(from_store(store::scan_all(context_.data, range))).size() < context_.options.max_mailboxes)
    batch_.set(lost_subscription_key(account_, path), encode_lost_subscription());
  return {};
}

Result<bool> Draft::end_subscription(const std::string& path) {
  std::string key = lost_subscription_key(account_, path);
  if (!TRY(from_store(context_.data.get(key)))) return false;
  batch_.clear(std::move(key));
  return true;
}

void Draft::remove_mailbox(MailboxId id) {
  touched_now_.insert(id);
  removed_.insert(id);
}

Result<KeywordSet> Draft::keywords(std::span<const std::string> names) {
  KeywordSet out;
  for (const auto& name : names) {
    if (const auto number = base_.keyword_number(name)) {
      out.add(*number);
      continue;
    }
    if (!valid_keyword(name))
      return fail(MailboxError::kInvalid, fmt::format("\"{}\" is no keyword", to_valid_utf8(name)));
    auto known = std::ranges::find_if(
        new_keywords_, [&](const std::string& other) { return equal_ignoring_ascii_case(name, other); });
    const auto index = static_cast<std::uint32_t>(known - new_keywords_.begin());
    const std::uint32_t number = base_.head().next_keyword + index;
    if (known == new_keywords_.end()) {
      if (number - KeywordSet::kFirstNamed >= context_.options.max_keywords)
        return fail(MailboxError::kLimit,
                    fmt::format("an account may have {} keywords", context_.options.max_keywords));
      new_keywords_.push_back(name);
    }
    out.add(number);
  }
  return out;
}

Result<Uid> Draft::take_uid(Mailbox& mailbox) {
  if (mailbox.uid_next == std::numeric_limits<Uid>::max())
    return fail(MailboxError::kLimit, "this mailbox has given out its last UID");
  return mailbox.uid_next++;
}

Result<DocumentId> Draft::take_document() {
  if (head_.next_document == std::numeric_limits<DocumentId>::max())
    return fail(MailboxError::kLimit, "this account has given out its last message number");
  return head_.next_document++;
}

void Draft::count_in(Mailbox& mailbox, const Row& row) {
  mailbox.messages += 1;
  mailbox.unseen += !row.keywords.has(KeywordSet::kSeen);
  mailbox.bytes += row.size;
}

void Draft::count_out(Mailbox& mailbox, const Row& row) {
  mailbox.messages -= 1;
  mailbox.unseen -= !row.keywords.has(KeywordSet::kSeen);
  mailbox.bytes -= row.size;
}

void Draft::add_message(MessageRecord record, MessageState state) {
  store::link_blob(batch_, record.blob, blob_owner(account_, record.document), context_.now, context_.random);
  const DocumentId document = record.document;
  new_messages_.emplace(document, NewMessage{std::move(record), std::move(state)});
}

Result<Delta> Draft::finish(store::WriteBatch& out) {
  close_change();
  Delta delta;
  if (base_.exists())
    out.require_value(head_key(account_), base_.head_record());
  else
    out.require_absent(head_key(account_));
  for (const auto& [document, message] : new_messages_) {
    batch_.set(message_key(account_, document), encode(message.record));
    batch_.set(state_key(account_, document), encode(message.state));
    search::list_added(batch_, account_, document, message.record.blob, message.record.trace, context_.now);
  }
  threads_.write(batch_);
  out.append(std::move(batch_));
  write_mailboxes(out, delta);
  for (const auto& name : new_keywords_)
    out.set(keyword_key(account_, head_.next_keyword++), encode_keyword_name(name));
  write_log(out);
  TRY(truncate_log(out));

  delta.head = head_;
  delta.head_record = encode(head_);
  out.set(head_key(account_), delta.head_record);
  delta.keywords = std::move(new_keywords_);
  delta.changes = std::move(changes_);
  return delta;
}

void Draft::write_mailboxes(store::WriteBatch& out, Delta& delta) {
  for (const MailboxId id : removed_) {
    out.clear(mailbox_key(account_, id));
    out.clear(recent_key(account_, id));
    delta.removed_mailboxes.push_back(id);
  }
  for (auto& [id, mailbox] : edited_) {
    if (removed_.contains(id)) continue;
    out.set(mailbox_key(account_, id), encode(mailbox));
    delta.mailboxes.push_back(std::move(mailbox));
  }
}

void Draft::write_log(store::WriteBatch& out) {
  for (const Change& change : changes_) {
    std::uint16_t part = 0;
    for (auto& record : encode_change(change))
      out.set(change_key(account_, change.modseq, part++), std::move(record));
    std::vector<const Removed*> removed;
    for (const Step& step : change.steps)
      if (const auto* one = std::get_if<Removed>(&step)) removed.push_back(one);
    if (removed.empty()) continue;
    part = 0;
    for (auto& record : encode_expunged(removed))
      out.set(expunged_key(account_, change.modseq, part++), std::move(record));
    head_.expunged_keys += part;
  }
}

// Both lists are cut seldom and by a good piece: a cut costs a range, which later scans have to pass.
Result<void> Draft::truncate_log(store::WriteBatch& out) {
  const std::uint64_t keep = context_.options.max_changes;
  const std::uint64_t slack = std::max<std::uint64_t>(16, keep / 8);
  if (head_.modseq - head_.log_floor > keep + slack) {
    const Modseq floor = head_.modseq - keep;
    out.clear_range(change_key(account_, 0), change_key(account_, floor + 1));
    head_.log_floor = floor;
  }
  if (head_.expunged_keys <= keep + slack) return {};
  store::Range range{.begin = expunged_key(account_, 0), .end = expunged_key(account_, modseq())};
  range.keys_only = true;
  range.max_items = slack;
  const store::Page page = TRY(from_store(context_.data.scan(range)));
  if (page.items.empty()) return {};
  const Modseq floor = modseq_of_key(page.items.back().key);
  const auto cut = std::ranges::count_if(
      page.items, [&](const store::KeyValue& item) { return modseq_of_key(item.key) < floor; });
  if (cut == 0) return {};
  out.clear_range(expunged_key(account_, 0), expunged_key(account_, floor));
  head_.expunged_floor = floor - 1;
  head_.expunged_keys -= static_cast<std::uint64_t>(cut);
  return {};
}

}  // namespace gannet::mailbox
