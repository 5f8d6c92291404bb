#include "store/migration/abandon.h"

#include <fmt/format.h>

#include <utility>

#include "base/bytes.h"
#include "store/migration/nodes.h"
#include "store/migration/role_record.h"
#include "store/search_store.h"

namespace gannet::store::migration {
namespace {

std::unexpected<Error> nothing_under_way(const std::string& keep) {
  return fail(StoreError::kInvalid, fmt::format("No migration is under way from or to store.{}.", keep));
}

std::unexpected<Error> still_there(const std::string& other) {
  return fail(
      StoreError::kInvalid,
      fmt::format("store.{} can be opened, so nothing needs to be lost: start the server, then gannet store "
                  "migrate confirm or rollback. --force abandons it nevertheless.",
                  other));
}

std::unexpected<Error> never_finished(const Record& record) {
  return fail(
      StoreError::kInvalid,
      fmt::format("store.{} is a copy of store.{} that is not in force: it cannot be kept for that one",
                  record.to, record.from));
}

Result<void> check_alone(Reader& store, WallTime now, Random& random) {
  const auto others = TRY(Node("", random).others(store, now));
  if (others.empty()) return {};
  return fail(
      StoreError::kInvalid,
      fmt::format("These servers use the store: {}. Stop them first; one that was killed counts for {} "
                  "seconds more.",
                  fmt::join(others, ", "), kNodeLease / Duration(1000)));
}

// With `keep` alone.
Record ended(Record record, const std::string& keep, WallTime now) {
  record.phase = keep == record.to ? Phase::kConfirmed : Phase::kRolledBack;
  record.wish = Wish::kNone;
  record.changed = now;
  ++record.revision;
  return record;
}

Result<std::uint64_t> count(DataStore& store, const std::string& prefix) {
  std::uint64_t out = 0;
  Range range = Range::prefix(prefix);
  range.keys_only = true;
  for (;;) {
    const Page page = TRY(store.scan(range));
    out += page.items.size();
    if (!page.more) return out;
    range = next_range(range, page);
  }
}

}  // namespace

Result<Abandoned> abandon_data(DataStores& stores, const std::string& keep, bool force, WallTime now,
                               Random& random) {
  const auto kept = TRY(stores.open_as_it_is(keep));
  const auto as_source = TRY(read_record(*kept, source_key()));
  const auto as_target = TRY(read_record(*kept, target_key()));
  const bool is_source = as_source && as_source->under_way();
  if (!is_source && !as_target) return nothing_under_way(keep);
  const Record record = is_source ? *as_source : *as_target;
  if (!is_source && record.phase != Phase::kCutOver) return never_finished(record);
  const std::string& other = is_source ? record.to : record.from;
  if (!force && stores.open_as_it_is(other)) return still_there(other);
  TRY(check_alone(*kept, now, random));

  Abandoned out{.record = ended(record, keep, now), .listed = TRY(count(*kept, changes_prefix()))};
  WriteBatch batch;
  batch.require_value(is_source ? source_key() : target_key(), encode(record));
  if (is_source)
    batch.set(source_key(), encode(out.record));
  else
    batch.clear(target_key());
  batch.clear_range(changes_prefix(), prefix_end(changes_prefix()));
  TRY(kept->commit(std::move(batch)));
  return out;
}

Result<Abandoned> abandon_role(DataStore& data, Role role, const std::string& keep, bool force,
                               const std::function<bool(const std::string& id)>& opens, WallTime now,
                               Random& random) {
  const auto record = TRY(read_role_record(data, role));
  if (!record || !record->under_way() || (keep != record->from && keep != record->to))
    return nothing_under_way(keep);
  if (keep == record->to && !record->target_in_force()) return never_finished(*record);
  const std::string& other = keep == record->to ? record->from : record->to;
  if (!force && opens(other)) return still_there(other);
  TRY(check_alone(data, now, random));

  Abandoned out{.record = ended(*record, keep, now), .listed = TRY(count(data, changes_prefix(role)))};
  WriteBatch batch;
  batch.require_value(role_record_key(role), encode(*record));
  batch.set(role_record_key(role), encode(out.record));
  if (role == Role::kBlob) batch.set(role_side_key(role), side_word(keep == record->to));
  // Which documents the index that is kept lacks is not known: it is made anew.
  if (role == Role::kSearch) batch.clear(complete_index_key());
  batch.clear_range(changes_prefix(role), prefix_end(changes_prefix(role)));
  TRY(data.commit(std::move(batch)));
  return out;
}

}  // namespace gannet::store::migration
