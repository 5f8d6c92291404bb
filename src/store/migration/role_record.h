// The record of a role's migration, and the list of its changes, in the store for data.
//
// Keys in Subspace::kSetting, which a migration of data copies like any other:
//
//   's' 'r' role 's'            the record (record.h): of the migration under way, or the last one
//   's' 'r' 'b' 'g'             which store has the messages, 's' (source) or 't' (target): required by each commit that
//                               was prepared while they are moved, so that it comes to nothing once that has changed
//   's' 'r' role 'd' item       an item was written to: a random mark
//
// `role` is 'b' (blob), 'f' (search index) or 'l' (lookup). Unlike that of data, the record says alone which of the
// two stores is in force: both belong to this server, and neither remembers anything.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "store/migration/mover.h"
#include "store/migration/record.h"

namespace gannet::store::migration {

std::string role_record_key(Role role);
Result<std::optional<Record>> read_role_record(Reader& store, Role role);

std::string role_side_key(Role role);
std::string side_word(bool target);

// What the list of a role's changes begins with.
std::string changes_prefix(Role role);

// Every key that begins with it belongs to these migrations.
std::string role_prefix();

// Which store a role is to be opened with, if the settings name `named`, and what goes on there.
struct RoleInForce {
  std::string id;
  std::optional<Record> migration;  // under way
};
// Says in a warning (`store.migrated`) what the file should name. kConfiguration where the file names a third store.
Result<RoleInForce> find_role_in_force(Reader& data, Role role, const std::string& named);

// The list of changes of a role, in the store for data.
class ChangedItems {
 public:
  ChangedItems(std::shared_ptr<DataStore> data, Role role, Random& random);

  void list(WriteBatch& batch, std::string_view item);
  Result<std::vector<Change>> some(std::size_t limit);
  Result<void> forget(const std::vector<Change>& changes);

 private:
  const std::shared_ptr<DataStore> data_;
  const std::string prefix_;
  Random& random_;
};

}  // namespace gannet::store::migration
