#include "mailbox/accounts.h"

#include <algorithm>

#include "mailbox/accounts_impl.h"
#include "mailbox/names.h"

namespace gannet::mailbox {
namespace {

// Records read at once: bounds what one answer of the store holds.
constexpr std::size_t kReadAtOnce = 1000;
constexpr unsigned kMaxAttempts = 200;
constexpr unsigned kMaxWait = 64;  // ms

// What the recent changes of a mailbox come to.
void collect_recent(const Columns& columns, Modseq since, MailboxChanges& out) {
  std::vector<Uid> changed;
  const auto& recent = columns.recent();
  for (auto it = recent.rbegin(); it != recent.rend() && it->modseq > since; ++it)
    (it->gone ? out.vanished : changed).push_back(it->uid);
  std::ranges::sort(out.vanished);
  std::ranges::sort(changed);
  const auto twice = std::ranges::unique(changed);
  changed.erase(twice.begin(), twice.end());
  for (const Uid uid : changed)
    if (const std::size_t index = columns.find(uid); index != Columns::npos)
      out.changed.push_back(columns.entry(index));
}

void collect_changed(const Columns& columns, Modseq since, MailboxChanges& out) {
  const auto& modseqs = columns.modseqs();
  for (std::size_t i = 0; i < modseqs.size(); ++i)
    if (modseqs[i] > since) out.changed.push_back(columns.entry(i));
}

// RFC 7162 3.2.6: a server that no longer knows answers with every UID that is not there.
std::vector<Uid> every_missing(const Columns* columns, Uid uid_next) {
  std::vector<Uid> out;
  Uid next = 1;
  if (columns)
    for (const Uid uid : columns->uids()) {
      for (; next < uid; ++next) out.push_back(next);
      next = uid + 1;
    }
  for (; next < uid_next; ++next) out.push_back(next);
  return out;
}

}  // namespace

std::vector<Uid> ascending(std::span<const Uid> uids) {
  std::vector<Uid> out(uids.begin(), uids.end());
  std::ranges::sort(out);
  const auto twice = std::ranges::unique(out);
  out.erase(twice.begin(), twice.end());
  return out;
}

Result<void> Backoff::wait() {
  if (++attempts_ >= kMaxAttempts)
    return fail(MailboxError::kUnavailable, "the account is busy", "conflicts without end", Retry::kCanHelp);
  if (attempts_ == 1) return {};
  const unsigned most = std::min(kMaxWait, 1u << std::min(attempts_, 16u));
  clock_.sleep(Duration(random_.below(most + 1)));
  return {};
}

// A message that is moved to where it is already takes about ten records; nothing takes more.
std::size_t AccountsImpl::most_of_store() const {
  constexpr std::size_t kRecords = 10;
  return std::max<std::size_t>(stores_.data->limits().max_batch_operations / kRecords, 1);
}

AccountsImpl::AccountsImpl(store::Stores stores, AccountsOptions options, Clock& clock, Random& random)
    : stores_(std::move(stores)),
      options_(std::move(options)),
      clock_(clock),
      random_(random),
      table_(options_.view_cache_accounts, options_.view_cache_mailboxes, options_.view_cache_bytes) {}

Result<std::shared_ptr<const AccountView>> AccountsImpl::view(AccountId id) {
  return TRY(current(id));
}

std::optional<std::uint64_t> AccountsImpl::quota_used_now(AccountId id) {
  const auto account = table_.find_now(id);
  return account ? account->quota_used_now() : std::nullopt;
}

Result<std::shared_ptr<const Account>> AccountsImpl::current(AccountId id) {
  const auto account = table_.open(id);
  {
    const auto record = TRY(from_store(stores_.data->get(head_key(id))));
    if (record && account->is_at(*record)) return account;
  }
  bool exists = false;
  {
    std::lock_guard lock(account->writing());
    TRY(make_current(*stores_.data, *account, Rows::kNeeded));
    exists = account->contents().exists();
  }
  // An empty draft of an account that is not there creates it.
  if (!exists) TRY(write<void>(id, Rows::kNotNeeded, [](Draft&) -> Result<void> { return {}; }));
  if (!exists) {
    std::lock_guard lock(account->writing());
    TRY(make_current(*stores_.data, *account, Rows::kNeeded));
  }
  table_.settle(account);
  return account;
}

Result<std::vector<std::optional<MessageRecord>>> AccountsImpl::messages(
    AccountId account, std::span<const DocumentId> documents) {
  std::vector<std::optional<MessageRecord>> out;
  out.reserve(documents.size());
  for (std::size_t first = 0; first < documents.size(); first += kReadAtOnce) {
    const auto some = documents.subspan(first, std::min(kReadAtOnce, documents.size() - first));
    std::vector<std::string> keys;
    keys.reserve(some.size());
    for (const DocumentId document : some) keys.push_back(message_key(account, document));
    const auto records = TRY(from_store(stores_.data->get_many(keys)));
    for (std::size_t i = 0; i < some.size(); ++i) {
      auto& record = out.emplace_back();
      if (records[i]) record = TRY(decode_message(some[i], *records[i]));
    }
  }
  return out;
}

Result<std::string> AccountsImpl::content(const MessageRecord& message, std::uint64_t offset,
                                          std::uint64_t length) {
  const std::uint64_t trace = message.trace.size();
  if (offset >= message.size || length == 0) return std::string{};
  length = std::min(length, message.size - offset);
  if (offset >= trace) return from_store(stores_.blob->get(message.blob, offset - trace, length));
  std::string out = message.trace.substr(offset, length);
  if (out.size() < length) out += TRY(from_store(stores_.blob->get(message.blob, 0, length - out.size())));
  return out;
}

Result<std::vector<std::string>> AccountsImpl::contents(std::span<const MessageRecord* const> messages) {
  std::vector<store::BlobRange> ranges;
  ranges.reserve(messages.size());
  for (const auto* message : messages) ranges.push_back({.id = message->blob});
  auto out = TRY(from_store(stores_.blob->get_many(ranges)));
  for (std::size_t i = 0; i < messages.size(); ++i) out[i].insert(0, messages[i]->trace);
  return out;
}

Result<MailboxChanges> AccountsImpl::changes(AccountId id, MailboxId mailbox, Modseq since) {
  const auto account = TRY(current(id));
  MailboxChanges out;
  bool read_log = false;
  {
    const auto lock = account->lock();
    const Contents& contents = account->contents();
    const Mailbox* known = contents.find(mailbox);
    if (!known) return fail(MailboxError::kNotFound, "there is no such mailbox");
    out.modseq = contents.head().modseq;
    if (known->highest_modseq <= since) return out;
    const Columns* columns = contents.columns(mailbox);
    if (columns && since >= columns->recent_floor()) {
      collect_recent(*columns, since, out);
      return out;
    }
    if (columns) collect_changed(*columns, since, out);
    out.complete = since >= contents.head().expunged_floor;
    if (out.complete)
      read_log = true;
    else
      out.vanished = every_missing(columns, known->uid_next);
  }
  if (!read_log) return out;
  const store::Range range{.begin = expunged_key(id, since + 1), .end = expunged_key(id, out.modseq + 1)};
  for (const auto& item : TRY(from_store(scan_all(*stores_.data, range))))
    TRY(decode_expunged_part(item.value, mailbox, out.vanished));
  std::ranges::sort(out.vanished);
  return out;
}

Subscription AccountsImpl::subscribe(AccountId account, Listener listener) {
  return announcer_.subscribe(account, std::move(listener));
}

Result<std::size_t> AccountsImpl::announce_changes_of_others() {
  constexpr std::size_t kAtOnce = 1000;
  const auto watched = announcer_.watched();
  std::size_t announced = 0;
  for (std::size_t from = 0; from < watched.size(); from += kAtOnce) {
    const std::span some(watched.data() + from, std::min(kAtOnce, watched.size() - from));
    std::vector<std::string> keys;
    keys.reserve(some.size());
    for (const auto& [account, modseq] : some) keys.push_back(head_key(account));
    const auto heads = TRY(from_store(stores_.data->get_many(keys)));
    for (std::size_t i = 0; i < some.size(); ++i) {
      if (!heads[i]) continue;
      const Modseq modseq = TRY(decode_head(*heads[i])).modseq;
      if (modseq <= some[i].second) continue;
      announce(some[i].first, modseq);
      ++announced;
    }
  }
  return announced;
}

void AccountsImpl::announce(AccountId account, Modseq modseq) {
  announcer_.announce(account, modseq);
  if (options_.listed) options_.listed();
}

std::shared_ptr<Accounts> make_accounts(store::Stores stores, AccountsOptions options, Clock& clock,
                                        Random& random) {
  return std::make_shared<AccountsImpl>(std::move(stores), std::move(options), clock, random);
}

}  // namespace gannet::mailbox
