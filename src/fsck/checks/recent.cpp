// Recent marks, and subscriptions to mailboxes that are gone.
//
// A mark of a mailbox that is gone is no damage: a session may have taken its messages as it was removed.
#include <fmt/format.h>

#include "base/bytes.h"
#include "fsck/account_state.h"
#include "fsck/scan.h"

namespace gannet::fsck {

Result<void> check_recent(const Context& context, store::Reader& reader, AccountState& account) {
  for (const auto& [id, box] : account.mailboxes) {
    const std::string key = mailbox::recent_key(account.id, id);
    const auto record = TRY(reader.get(key));
    if (!record) continue;
    const auto first = mailbox::decode_recent(*record);
    if (first && *first <= box.uid_next) continue;
    account.problem(context.options, "mailbox.recent",
                    fmt::format("the recent mark of {} is above its UIDNEXT or cannot be read", box.name),
                    [&] {
                      account.batch.require_value(key, *record);
                      account.batch.set(key, mailbox::encode_recent(account.edit(id).uid_next));
                    });
  }
  return {};
}

Result<void> check_subscriptions(const Context& context, store::Reader& reader, AccountState& account) {
  // Paths of the mailboxes that there are.
  const auto path_of = [&](const mailbox::Mailbox& box) {
    std::string path = box.name;
    auto parent = box.parent;
    for (std::size_t steps = 0; parent != 0 && steps < account.mailboxes.size(); ++steps) {
      const auto found = account.mailboxes.find(parent);
      if (found == account.mailboxes.end()) break;
      path = found->second.name + "/" + path;
      parent = found->second.parent;
    }
    return path;
  };
  std::map<std::string, mailbox::MailboxId> paths;
  for (const auto& [id, box] : account.mailboxes) paths.emplace(path_of(box), id);
  const std::string prefix = mailbox::lost_subscription_prefix(account.id);
  return for_each(context, reader, store::Range::prefix(prefix),
                  [&](const store::KeyValue& item) -> Result<void> {
                    const std::string path = item.key.substr(prefix.size());
                    const auto found = paths.find(path);
                    if (found == paths.end()) return {};
                    account.problem(context.options, "mailbox.subscription",
                                    fmt::format("{} is subscribed as if it were gone", path), [&] {
                                      account.batch.clear(item.key);
                                      account.edit(found->second).subscribed = true;
                                    });
                    return {};
                  });
}

}  // namespace gannet::fsck
