// One change to the internal directory: reads from a snapshot, collects what is to be written, and becomes
// one batch. Used by one thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "directory/schema.h"
#include "store/data_store.h"

namespace gannet::directory {

class Change {
 public:
  static Result<Change> begin(store::DataStore& data);

  // As it will be after this change; nothing when there is none.
  Result<std::optional<StoredPrincipal>> find(std::string_view name);
  // The name of who has the address; empty for nobody.
  Result<std::string> owner(const std::string& address);
  // Up to `limit` addresses of the domain that are in use.
  Result<std::vector<std::string>> addresses_of(std::string_view domain, std::size_t limit);

  // Up to `limit` domains that are an alias of it.
  Result<std::vector<std::string>> aliases_of(std::string_view domain, std::size_t limit);

  // Whether an individual besides `name` is like that. Reads those that there are, one after the other.
  Result<bool> has_other(std::string_view name, bool (*wanted)(const Principal&));

  Result<AccountId> new_number();
  void put(StoredPrincipal stored);
  void erase(const Principal& principal);
  // The address must be free, or the name's already.
  void claim(const std::string& address, const std::string& name);
  void release(const std::string& address);
  // Either may be empty.
  void move_alias(const std::string& alias, const std::string& from, const std::string& to);

  // kInvalid when a record is larger than the store can hold.
  Result<store::WriteBatch> finish(const store::DataStoreLimits& limits);

 private:
  Result<std::optional<std::string>> read(const std::string& key);
  Result<std::vector<std::string>> names_below(const std::string& prefix, std::size_t limit);

  std::shared_ptr<store::Snapshot> snapshot_;
  std::optional<std::string> version_;
  std::optional<std::optional<std::string>> next_number_;  // as read; unset while nobody asked
  AccountId given_ = 0;
  std::map<std::string, std::optional<StoredPrincipal>, std::less<>> principals_;  // nothing: erased
  std::map<std::string, std::string> owners_;                                      // empty: released
  store::WriteBatch batch_;
};

}  // namespace gannet::directory
