#include "mta/queue/queue.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "mta/envelope.h"
#include "mta/errors.h"
#include "mta/queue/keys.h"
#include "store/blob_links.h"

namespace gannet::mta {
namespace {

store::Range due_until(WallTime now) {
  store::Range range;
  range.begin = due_prefix();
  range.end = due_key(now + Duration(1), 0);
  range.keys_only = true;
  return range;
}

}  // namespace

Queue::Queue(store::Stores stores, Clock& clock, Random& random)
    : stores_(std::move(stores)), clock_(clock), random_(random) {}

std::uint64_t Queue::new_id() {
  const auto ms = static_cast<std::uint64_t>(to_unix_ms(clock_.now()));
  return ms << 20 | (random_.next_u64() & 0xfffff);
}

void Queue::enqueue(store::WriteBatch& batch, const Entry& entry) {
  store::link_blob(batch, entry.blob, blob_owner(entry.id), clock_.now(), random_);
  batch.require_absent(entry_key(entry.id));
  batch.set(entry_key(entry.id), encode(entry));
  batch.set(due_key(entry.due, entry.id), {});
}

Result<std::vector<Queue::Due>> Queue::due(std::size_t limit) {
  store::Range range = due_until(clock_.now());
  range.max_items = limit;
  std::vector<Due> out;
  for (const store::KeyValue& item : TRY(stores_.data->scan(range)).items)
    if (const auto due = read_due(item.key)) out.push_back({due->id, due->due});
  return out;
}

Result<std::optional<WallTime>> Queue::next_due() {
  store::Range range = store::Range::prefix(due_prefix());
  range.keys_only = true;
  range.max_items = 1;
  const store::Page page = TRY(stores_.data->scan(range));
  if (page.items.empty()) return std::nullopt;
  const auto due = read_due(page.items.front().key);
  return due ? std::optional(due->due) : std::nullopt;
}

Result<std::optional<Queue::Claim>> Queue::claim(std::uint64_t id, std::string_view holder, Duration lease) {
  const auto record = TRY(stores_.data->get(entry_key(id)));
  if (!record) return std::nullopt;
  Claim claim{TRY(decode_entry(*record)), {}};
  const WallTime now = clock_.now();
  if (claim.entry.due > now) return std::nullopt;
  store::WriteBatch batch;
  batch.require_value(entry_key(id), *record);
  batch.clear(due_key(claim.entry.due, id));
  claim.entry.holder = holder;
  claim.entry.due = now + lease;
  claim.record = encode(claim.entry);
  batch.set(entry_key(id), claim.record);
  batch.set(due_key(claim.entry.due, id), {});
  if (auto committed = stores_.data->commit(std::move(batch)); !committed) {
    if (committed.error().is(store::StoreError::kConflict)) return std::nullopt;
    return std::unexpected(std::move(committed).error());
  }
  return claim;
}

Result<> Queue::check(const Claim& claim) {
  const auto record = TRY(stores_.data->get(entry_key(claim.entry.id)));
  if (record != claim.record)
    return fail(MtaError::kLost, "Another worker has taken over the queue entry", format_id(claim.entry.id));
  return {};
}

void Queue::settle(store::WriteBatch& batch, const Claim& claim, const Entry& after) {
  const std::uint64_t id = claim.entry.id;
  batch.require_value(entry_key(id), claim.record);
  batch.clear(due_key(claim.entry.due, id));
  if (after.recipients.empty()) {
    batch.clear(entry_key(id));
    store::unlink_blob(batch, claim.entry.blob, blob_owner(id), clock_.now(), random_);
  } else {
    batch.set(entry_key(id), encode(after));
    batch.set(due_key(after.due, id), {});
  }
}

Result<> Queue::commit(Claim& claim, const Entry& after) {
  store::WriteBatch batch;
  settle(batch, claim, after);
  if (auto committed = stores_.data->commit(std::move(batch)); !committed) {
    if (!committed.error().is(store::StoreError::kConflict))
      return std::unexpected(std::move(committed).error());
    return fail(MtaError::kLost, "Another worker has taken over the queue entry", format_id(claim.entry.id));
  }
  claim.entry = after;
  claim.record = encode(after);
  return {};
}

Result<std::vector<Entry>> Queue::list(std::uint64_t after, std::size_t limit) {
  store::Range range;
  range.begin = entry_key(after + 1);
  range.end = prefix_end(entry_prefix());
  range.max_items = limit;
  std::vector<Entry> out;
  for (const store::KeyValue& item : TRY(stores_.data->scan(range)).items)
    out.push_back(TRY(decode_entry(item.value)));
  return out;
}

Result<std::optional<Entry>> Queue::find(std::uint64_t id) {
  const auto record = TRY(stores_.data->get(entry_key(id)));
  if (!record) return std::nullopt;
  return TRY(decode_entry(*record));
}

Result<bool> Queue::change_waiting(std::uint64_t id, const std::function<void(Entry&)>& change) {
  const auto record = TRY(stores_.data->get(entry_key(id)));
  if (!record) return false;
  const Claim found{TRY(decode_entry(*record)), *record};
  if (!found.entry.holder.empty() && found.entry.due > clock_.now())
    return fail(MtaError::kLost, "The message is being delivered just now", format_id(id), Retry::kCanHelp);
  Entry after = found.entry;
  after.holder.clear();
  change(after);
  store::WriteBatch batch;
  settle(batch, found, after);
  if (auto committed = stores_.data->commit(std::move(batch)); !committed) {
    if (!committed.error().is(store::StoreError::kConflict))
      return std::unexpected(std::move(committed).error());
    return fail(MtaError::kLost, "The message is being delivered just now", format_id(id), Retry::kCanHelp);
  }
  return true;
}

Result<bool> Queue::make_due(std::uint64_t id) {
  return change_waiting(id, [now = clock_.now()](Entry& entry) { entry.due = now; });
}

Result<bool> Queue::remove(std::uint64_t id) {
  return change_waiting(id, [](Entry& entry) { entry.recipients.clear(); });
}

Result<std::string> Queue::content(const Entry& entry) {
  return stores_.blob->get(entry.blob);
}

}  // namespace gannet::mta
