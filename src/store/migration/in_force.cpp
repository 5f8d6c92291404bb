#include "store/migration/in_force.h"

#include <fmt/format.h>

#include "observe/log.h"

namespace gannet::store::migration {
namespace {

constexpr int kMostHops = 16;

void warn_of_file(const std::string& named, const std::string& in_force, const Record& record) {
  observe::warn(
      "store.migrated",
      {{"named", named},
       {"in-force", in_force},
       {"phase", phase_name(record.phase)},
       {"action", fmt::format("write \"{}\" for \"{}\" wherever storage.* and directory.<id>.store name it",
                              in_force, named)}});
}

// As the source has it, under a new revision.
Result<Record> claim(DataStore& source, Record record) {
  Record next = record;
  ++next.revision;
  WriteBatch batch;
  batch.require_value(source_key(), encode(record));
  batch.set(source_key(), encode(next));
  TRY(source.commit(std::move(batch)));
  return next;
}

Result<InForce> under_way(DataStores& stores, Record record) {
  InForce out;
  auto source = stores.open_as_it_is(record.from), target = stores.open_as_it_is(record.to);
  auto& needed = record.target_in_force() ? target : source;
  if (!needed) return std::unexpected(std::move(needed).error());
  for (const auto* other : {&source, &target})
    if (!*other) observe::error("store.migration-store-missing", {{"error", other->error()}});
  if (source) {
    out.source = *source;
    record = TRY(claim(**source, std::move(record)));
  }
  if (target) out.target = *target;
  out.id = record.target_in_force() ? record.to : record.from;
  out.store = record.target_in_force() ? out.target : out.source;
  out.migration = std::move(record);
  return out;
}

// What `record`, of the target `store`, means. Nothing: it is a store like any other.
Result<std::optional<InForce>> as_target(DataStores& stores, const Record& record, DataStore& store) {
  auto source = stores.open_as_it_is(record.from);
  if (!source) {
    if (record.phase == Phase::kCutOver) return TRY(under_way(stores, record));
    return std::unexpected(std::move(source).error());
  }
  auto decides = TRY(read_record(**source, source_key()));
  if (!decides || decides->id != record.id) {
    if (record.phase == Phase::kCutOver) return std::nullopt;
    return fail(
        StoreError::kConfiguration,
        fmt::format("store.{0} is a copy of store.{1} that was never finished: name \"{1}\" under storage. "
                    "instead",
                    record.to, record.from));
  }
  if (decides->under_way()) return TRY(under_way(stores, std::move(*decides)));
  if (decides->phase == Phase::kRolledBack)
    return InForce{.id = record.from, .store = *source, .migration = {}, .source = {}, .target = {}};
  WriteBatch plain;
  plain.clear(target_key());
  TRY(store.commit(std::move(plain)));
  return std::nullopt;
}

}  // namespace

Result<InForce> find_in_force(DataStores& stores, const std::string& named) {
  std::string id = named;
  for (int hop = 0; hop < kMostHops; ++hop) {
    auto store = TRY(stores.open_as_it_is(id));
    if (const auto record = TRY(read_record(*store, target_key())))
      if (auto found = TRY(as_target(stores, *record, *store))) {
        if (found->id != named) warn_of_file(named, found->id, *record);
        return std::move(*found);
      }
    auto record = TRY(read_record(*store, source_key()));
    if (!record || record->phase == Phase::kRolledBack) {
      return InForce{.id = id, .store = std::move(store), .migration = {}, .source = {}, .target = {}};
    }
    if (record->phase == Phase::kCutOver || record->phase == Phase::kConfirmed)
      warn_of_file(named, record->to, *record);
    if (record->under_way()) {
      auto found = under_way(stores, std::move(*record));
      if (!found && found.error().is(StoreError::kConfiguration))
        return fail(StoreError::kConfiguration,
                    fmt::format("store.{} was migrated, and the store in force cannot be opened: {}", id,
                                found.error().text()),
                    found.error().detail());
      return found;
    }
    id = record->to;
  }
  return fail(StoreError::kConfiguration, fmt::format("store.{}: its migrations lead in a circle", named));
}

}  // namespace gannet::store::migration
