#include "mailbox/account.h"

#include <utility>

#include "mailbox/names.h"

namespace gannet::mailbox {

void Account::replace(Contents&& contents) {
  {
    std::unique_lock lock(mutex_);
    std::swap(contents_, contents);
  }
  weigh();
}

void Account::weigh() {
  weight_.store(contents_.weight(), std::memory_order_relaxed);
  filled_.store(contents_.filled(), std::memory_order_relaxed);
}

void Account::apply(Delta&& delta) {
  {
    std::unique_lock lock(mutex_);
    contents_.apply(std::move(delta));
  }
  // To weigh is to look at every mailbox: not for each message.
  if (++applied_ % 64 == 0) weigh();
}

bool Account::is_at(std::string_view head_record) const {
  std::shared_lock lock(mutex_);
  return contents_.has_rows() && contents_.head_record() == head_record;
}

std::optional<std::uint64_t> Account::quota_used_now() const {
  const std::shared_lock lock(mutex_, std::try_to_lock);
  if (!lock || !contents_.exists()) return std::nullopt;
  return contents_.head().used;
}

const Mailbox* Account::find_mailbox(std::string_view path) const {
  return contents_.find_path(lookup_path(path));
}

std::vector<Uid> Account::uids(MailboxId mailbox) const {
  const Columns* columns = contents_.columns(mailbox);
  return columns ? columns->uids() : std::vector<Uid>{};
}

std::optional<Entry> Account::entry(MailboxId mailbox, Uid uid) const {
  const Columns* columns = contents_.columns(mailbox);
  const std::size_t index = columns ? columns->find(uid) : Columns::npos;
  if (index == Columns::npos) return std::nullopt;
  return columns->entry(index);
}

void Account::visit(MailboxId mailbox, Uid first, Uid last, bool (*visit)(void*, const Entry&),
                    void* context) const {
  const Columns* columns = contents_.columns(mailbox);
  if (!columns) return;
  for (std::size_t i = columns->lower_bound(first); i < columns->size(); ++i)
    if (columns->uids()[i] > last || !visit(context, columns->entry(i))) return;
}

Uid Account::first_unseen(MailboxId mailbox) const {
  const Columns* columns = contents_.columns(mailbox);
  const std::size_t index = columns ? columns->first_unseen() : 0;
  return columns && index < columns->size() ? columns->uids()[index] : 0;
}

std::vector<std::string> Account::keyword_names() const {
  std::vector<std::string> names;
  for (std::uint32_t i = 0; i < KeywordSet::kFirstNamed; ++i) names.emplace_back(system_keyword_name(i));
  const auto& named = contents_.named_keywords();
  names.insert(names.end(), named.begin(), named.end());
  return names;
}

}  // namespace gannet::mailbox
