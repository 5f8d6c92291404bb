#include "mailbox/loader.h"

#include <algorithm>
#include <set>

#include "mailbox/metrics.h"
#include "mailbox/store_error.h"

namespace gannet::mailbox {
namespace {

const LoadMetrics& metrics() {
  static const LoadMetrics metrics;
  return metrics;
}

using store::Range;
using store::Reader;

constexpr std::size_t kPageItems = 20'000;
constexpr std::size_t kPageBytes = 4 << 20;
constexpr int kTriesWithoutSnapshot = 5;

Range pages(Range range) {
  range.max_items = kPageItems;
  range.max_bytes = kPageBytes;
  return range;
}

// Calls `visit` with each item; it answers a Result<void>.
template <typename F>
Result<void> for_each(Reader& reader, Range range, F&& visit) {
  for (;;) {
    const store::Page page = TRY(from_store(reader.scan(range)));
    for (const auto& item : page.items) TRY(visit(item));
    if (!page.more) return {};
    range = next_range(range, page);
  }
}

Result<Delta> read_outline(Reader& reader, AccountId account, std::string head_record) {
  Delta outline;
  outline.head = TRY(decode_head(head_record));
  outline.head_record = std::move(head_record);
  TRY(for_each(reader, pages(Range::prefix(mailbox_prefix(account))),
               [&](const store::KeyValue& item) -> Result<void> {
                 outline.mailboxes.push_back(TRY(decode_mailbox(number_of_key(item.key), item.value)));
                 return {};
               }));
  TRY(for_each(reader, pages(Range::prefix(keyword_prefix(account))),
               [&](const store::KeyValue& item) -> Result<void> {
                 outline.keywords.push_back(TRY(decode_keyword_name(item.value)));
                 return {};
               }));
  return outline;
}

Result<Contents> load(Reader& reader, AccountId account, std::string head_record, Rows rows) {
  Contents contents;
  contents.load_outline(TRY(read_outline(reader, account, std::move(head_record))));
  if (rows == Rows::kNeeded) {
    MessageState state;
    TRY(for_each(reader, pages(Range::prefix(state_prefix(account))),
                 [&](const store::KeyValue& item) -> Result<void> {
                   TRY(decode_state(number_of_key(item.key), item.value, state));
                   contents.load_row(state);
                   return {};
                 }));
    contents.finish_loading_rows();
  }
  return contents;
}

// Of an account so large that the store's snapshots do not live long enough (data_store.h): what was read page by page
// counts if nobody has changed the account meanwhile.
Result<Contents> load_without_snapshot(store::DataStore& data, AccountId account, Rows rows) {
  for (int left = kTriesWithoutSnapshot;; --left) {
    const auto before = TRY(from_store(data.get(head_key(account))));
    if (!before) return Contents{};
    auto contents = load(data, account, *before, rows);
    const auto after = TRY(from_store(data.get(head_key(account))));
    if (after == before) return contents;
    if (left == 1)
      return fail(MailboxError::kUnavailable, "the account changes faster than it can be read",
                  Retry::kCanHelp);
  }
}

Result<std::vector<Change>> read_changes(Reader& reader, AccountId account, Modseq after) {
  std::vector<Change> changes;
  const Range range{.begin = change_key(account, after + 1), .end = change_end(account)};
  TRY(for_each(reader, pages(range), [&](const store::KeyValue& item) -> Result<void> {
    const Modseq modseq = modseq_of_key(item.key);
    if (changes.empty() || changes.back().modseq != modseq) changes.push_back({modseq, {}});
    return decode_change_part(item.value, changes.back());
  }));
  return changes;
}

// Those that the changes touched, as they are now.
Result<void> read_touched(Reader& reader, AccountId account, Delta& delta) {
  std::set<MailboxId> touched;
  for (const Change& change : delta.changes)
    for (const Step& step : change.steps)
      if (const auto* one = std::get_if<MailboxTouched>(&step)) touched.insert(one->mailbox);
  std::vector<std::string> keys;
  for (const MailboxId id : touched) keys.push_back(mailbox_key(account, id));
  const auto records = TRY(from_store(reader.get_many(keys)));
  std::size_t index = 0;
  for (const MailboxId id : touched) {
    const auto& record = records[index++];
    if (record)
      delta.mailboxes.push_back(TRY(decode_mailbox(id, *record)));
    else
      delta.removed_mailboxes.push_back(id);
  }
  return {};
}

Result<void> replay(Reader& reader, Account& account, const Head& head, std::string head_record) {
  const Head& base = account.contents().head();
  Delta delta;
  delta.head = head;
  delta.head_record = std::move(head_record);
  delta.changes = TRY(read_changes(reader, account.id(), base.modseq));
  TRY(read_touched(reader, account.id(), delta));
  if (head.next_keyword > base.next_keyword) {
    const Range range{.begin = keyword_key(account.id(), base.next_keyword),
                      .end = keyword_key(account.id(), head.next_keyword)};
    TRY(for_each(reader, pages(range), [&](const store::KeyValue& item) -> Result<void> {
      delta.keywords.push_back(TRY(decode_keyword_name(item.value)));
      return {};
    }));
  }
  account.apply(std::move(delta));
  metrics().replays.add();
  return {};
}

}  // namespace

Result<void> make_current(store::DataStore& data, Account& account, Rows rows) {
  const Contents& contents = account.contents();
  const bool rows_missing = rows == Rows::kNeeded && !contents.has_rows();
  {
    const auto record = TRY(from_store(data.get(head_key(account.id()))));
    if (!record) {
      if (contents.exists()) account.replace(Contents{});
      return {};
    }
    if (contents.exists() && !rows_missing && *record == contents.head_record()) return {};
  }
  const auto snapshot = TRY(from_store(data.snapshot()));
  auto record = TRY(from_store(snapshot->get(head_key(account.id()))));
  if (!record) {
    account.replace(Contents{});
    return {};
  }
  const Head head = TRY(decode_head(*record));
  if (head.erasing) return fail(MailboxError::kNotFound, "the account was removed");
  const Head& base = contents.head();
  const bool can_replay = contents.exists() && !rows_missing && base.incarnation == head.incarnation &&
                          base.modseq <= head.modseq && base.modseq >= head.log_floor;
  if (can_replay) return replay(*snapshot, account, head, std::move(*record));
  // Whoever had looked at the messages goes on doing so.
  const Rows wanted = contents.has_rows() ? Rows::kNeeded : rows;
  auto loaded = load(*snapshot, account.id(), std::move(*record), wanted);
  if (!loaded && loaded.error().is(MailboxError::kUnavailable) && data.limits().short_snapshots)
    loaded = load_without_snapshot(data, account.id(), wanted);
  account.replace(TRY(std::move(loaded)));
  metrics().loads.add();
  return {};
}

}  // namespace gannet::mailbox
