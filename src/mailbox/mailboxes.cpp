// Making, naming and removing mailboxes.
#include <algorithm>

#include "mailbox/accounts_impl.h"
#include "mailbox/message_changes.h"
#include "mailbox/names.h"

namespace gannet::mailbox {
namespace {

std::unexpected<Error> no_such_mailbox() {
  return fail(MailboxError::kNotFound, "there is no such mailbox");
}

// How deep the mailboxes below `mailbox` go: 0 without children.
std::size_t depth_below(const Contents& contents, const Mailbox& mailbox) {
  const std::size_t own = components(mailbox.path).size();
  std::size_t deepest = own;
  for (const Mailbox* other : contents.mailboxes())
    if (other->path.starts_with(mailbox.path + '/'))
      deepest = std::max(deepest, components(other->path).size());
  return deepest - own;
}

}  // namespace

Result<Mailbox> AccountsImpl::create_mailbox(AccountId account, std::string_view path, Role role) {
  const std::string name = TRY(valid_path(path, name_limits()));
  return write<Mailbox>(account, Rows::kNotNeeded, [&](Draft& draft) -> Result<Mailbox> {
    // RFC 8621 2: no two mailboxes of an account have the same role.
    if (role != Role::kNone && draft.find_role(role))
      return fail(MailboxError::kExists, "another mailbox has this role already");
    if (draft.find_path(name)) return fail(MailboxError::kExists, "there is a mailbox of that name already");
    draft.begin_change();
    return *TRY(draft.create_mailbox(name, role, false));
  });
}

Result<Mailbox> AccountsImpl::adopt_uids(AccountId account, MailboxId mailbox, std::uint32_t uid_validity,
                                         Uid first) {
  if (uid_validity == 0 || first == 0) return fail(MailboxError::kInvalid, "UIDs and UIDVALIDITY start at 1");
  return write<Mailbox>(account, Rows::kNotNeeded, [&](Draft& draft) -> Result<Mailbox> {
    const Mailbox* known = draft.find(mailbox);
    if (!known) return no_such_mailbox();
    const bool same = known->uid_validity == uid_validity;
    if (same && known->uid_next >= first) return *known;
    if (!same && (known->messages > 0 || known->uid_next > first))
      return fail(MailboxError::kDenied, "the mailbox has given out UIDs of its own");
    draft.begin_change();
    Mailbox& edited = *draft.edit(mailbox);
    edited.uid_validity = uid_validity;
    edited.uid_next = std::max(edited.uid_next, first);
    draft.head().last_uid_validity = std::max(draft.head().last_uid_validity, uid_validity);
    return edited;
  });
}

Result<void> AccountsImpl::set_subscribed(AccountId account, std::string_view path, bool subscribed) {
  const std::string name = lookup_path(path);
  return write<void>(account, Rows::kNotNeeded, [&](Draft& draft) -> Result<void> {
    const Mailbox* known = draft.find_path(name);
    if (!known && !subscribed && TRY(draft.end_subscription(name))) {
      draft.begin_change();
      return {};
    }
    if (!known) return no_such_mailbox();
    if (known->subscribed == subscribed) return {};
    draft.begin_change();
    draft.edit(known->id)->subscribed = subscribed;
    return {};
  });
}

Result<std::vector<std::string>> AccountsImpl::lost_subscriptions(AccountId account) {
  const std::string prefix = lost_subscription_prefix(account);
  store::Range range = store::Range::prefix(prefix);
  range.keys_only = true;
  std::vector<std::string> out;
  for (const auto& item : TRY(from_store(store::scan_all(*stores_.data, range))))
    out.push_back(item.key.substr(prefix.size()));
  return out;
}

Result<void> AccountsImpl::rename_mailbox(AccountId account, std::string_view from, std::string_view to) {
  const std::string source = lookup_path(from);
  const std::string target = TRY(valid_path(to, name_limits()));
  if (source == kInbox) return rename_inbox(account, target);
  return write<void>(account, Rows::kNotNeeded, [&](Draft& draft) -> Result<void> {
    const Mailbox* known = draft.find_path(source);
    if (!known) return no_such_mailbox();
    if (draft.find_path(target))
      return fail(MailboxError::kExists, "there is a mailbox of that name already");
    if (target.starts_with(source + '/'))
      return fail(MailboxError::kInvalid, "a mailbox cannot be moved below itself");
    if (components(target).size() + depth_below(draft.base(), *known) > options_.max_depth)
      return fail(MailboxError::kLimit, "the mailboxes below it would be nested too deep");
    draft.begin_change();
    MailboxId parent = 0;
    // RFC 9051 6.3.6: missing superiors are created.
    if (const std::string above(parent_path(target)); !above.empty()) {
      const Mailbox* there = draft.find_path(above);
      parent = there ? there->id : TRY(draft.create_mailbox(above, Role::kNone, false))->id;
    }
    Mailbox& mailbox = *draft.edit(known->id);
    mailbox.parent = parent;
    mailbox.name = last_component(target);
    mailbox.path = target;
    mailbox.subscribed = TRY(draft.end_subscription(target)) || mailbox.subscribed;
    return {};
  });
}

// RFC 9051 6.3.6: the messages of INBOX go to a new mailbox; INBOX stays, empty, and so does what is below
// it.
Result<void> AccountsImpl::rename_inbox(AccountId account, const std::string& target) {
  const Mailbox made = TRY(create_mailbox(account, target, Role::kNone));
  const auto account_view = TRY(view(account));
  for (;;) {
    std::vector<Uid> uids;
    MailboxId inbox = 0;
    {
      const auto lock = account_view->lock();
      if (const Mailbox* known = account_view->find_mailbox(kInbox)) inbox = known->id;
      uids = account_view->uids(inbox);
    }
    if (uids.empty()) return {};
    TRY(move(account, inbox, uids, made.id));
  }
}

Result<void> AccountsImpl::delete_mailbox(AccountId account, std::string_view path) {
  const std::string name = lookup_path(path);
  const auto find = [&](const Draft& draft) -> Result<const Mailbox*> {
    const Mailbox* known = draft.find_path(name);
    if (!known) return no_such_mailbox();
    if (known->role == Role::kInbox) return fail(MailboxError::kDenied, "INBOX cannot be deleted");
    if (draft.base().has_children(known->id))
      return fail(MailboxError::kDenied, "there are mailboxes below it");
    return known;
  };
  // A large one in several commits; the last of them takes the mailbox.
  const std::size_t most = most_at_once();
  for (bool done = false; !done;) {
    done = TRY(write<bool>(account, Rows::kNeeded, [&](Draft& draft) -> Result<bool> {
      const MailboxId id = TRY(find(draft))->id;
      const Columns* columns = draft.base().columns(id);
      const std::size_t messages = columns ? columns->size() : 0;
      draft.begin_change();
      std::vector<Uid> uids;
      if (messages > 0)
        uids.assign(columns->uids().begin(), columns->uids().begin() + std::min(messages, most));
      TRY(remove_from(draft, id, uids));
      if (messages > most) return false;
      if (draft.find(id)->subscribed) TRY(draft.keep_subscription(name));
      draft.remove_mailbox(id);
      return true;
    }));
  }
  return {};
}

}  // namespace gannet::mailbox
