#include "store/migration/role_record.h"

#include <fmt/format.h>

#include "observe/log.h"
#include "store/subspace.h"

namespace gannet::store::migration {
namespace {

char letter_of(Role role) {
  switch (role) {
    case Role::kData:
      return 'd';
    case Role::kBlob:
      return 'b';
    case Role::kSearch:
      return 'f';
    case Role::kLookup:
      return 'l';
  }
  return '?';
}

void warn_of_file(Role role, const std::string& named, const std::string& in_force, const Record& record) {
  observe::warn("store.migrated", {{"named", named},
                                   {"in-force", in_force},
                                   {"phase", phase_name(record.phase)},
                                   {"action", fmt::format("write {} = \"{}\"", role_key(role), in_force)}});
}

}  // namespace

std::string role_prefix() {
  return {static_cast<char>(Subspace::kSetting), 'r'};
}

std::string role_record_key(Role role) {
  return role_prefix() + letter_of(role) + 's';
}

std::string role_side_key(Role role) {
  return role_prefix() + letter_of(role) + 'g';
}

std::string side_word(bool target) {
  return target ? "t" : "s";
}

std::string changes_prefix(Role role) {
  return role_prefix() + letter_of(role) + 'd';
}

Result<std::optional<Record>> read_role_record(Reader& store, Role role) {
  auto record = TRY(read_record(store, role_record_key(role)));
  if (record) record->role = role;
  return record;
}

Result<RoleInForce> find_role_in_force(Reader& data, Role role, const std::string& named) {
  auto record = TRY(read_role_record(data, role));
  if (!record) return RoleInForce{named, {}};
  const std::string id = record->target_in_force() ? record->to : record->from;
  const std::string& other = record->target_in_force() ? record->from : record->to;
  if (record->under_way() && named != id && named != other)
    return fail(
        StoreError::kConfiguration,
        fmt::format("{0} = \"{1}\", but a migration from \"{2}\" to \"{3}\" is under way, and \"{4}\" is in "
                    "force: name that, then confirm the migration or roll it back",
                    role_key(role), named, record->from, record->to, id));
  // Of one that has ended long ago: the operator names what he wants.
  if (!record->under_way() && named != other) return RoleInForce{named, {}};
  if (named != id) warn_of_file(role, named, id, *record);
  if (!record->under_way()) return RoleInForce{id, {}};
  return RoleInForce{id, std::move(*record)};
}

ChangedItems::ChangedItems(std::shared_ptr<DataStore> data, Role role, Random& random)
    : data_(std::move(data)), prefix_(changes_prefix(role)), random_(random) {}

void ChangedItems::list(WriteBatch& batch, std::string_view item) {
  batch.set(prefix_ + std::string(item), random_.bytes(8));
}

Result<std::vector<Change>> ChangedItems::some(std::size_t limit) {
  Range range = Range::prefix(prefix_);
  range.max_items = limit;
  Page page = TRY(data_->scan(range));
  std::vector<Change> out;
  for (auto& entry : page.items) out.push_back({entry.key.substr(prefix_.size()), std::move(entry.value)});
  return out;
}

Result<void> ChangedItems::forget(const std::vector<Change>& changes) {
  if (changes.empty()) return {};
  WriteBatch all;
  for (const auto& change : changes) {
    all.require_value(prefix_ + change.item, change.mark);
    all.clear(prefix_ + change.item);
  }
  auto done = data_->commit(std::move(all));
  if (done || !done.error().is(StoreError::kConflict)) return done;
  // Some were written to again: the others one by one.
  for (const auto& change : changes) {
    WriteBatch one;
    one.require_value(prefix_ + change.item, change.mark);
    one.clear(prefix_ + change.item);
    auto forgotten = data_->commit(std::move(one));
    if (!forgotten && !forgotten.error().is(StoreError::kConflict)) return forgotten;
  }
  return {};
}

}  // namespace gannet::store::migration
