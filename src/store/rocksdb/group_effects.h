// What the batches of one group have done so far, laid over the database: the later ones of the group see it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/rocksdb/database.h"
#include "store/write_batch.h"

namespace gannet::store::rocks {

// Owned by the committer for the time of one group; keys and values point into the batches.
class GroupEffects {
 public:
  explicit GroupEffects(Database& database) : database_(database) {}

  // Whether every precondition of `batch` holds now. kConflict names the key that did not.
  Result<void> check(const WriteBatch& batch);
  // Adds what `batch` does to `out` and to the effects. After an error the whole group must be given up.
  Result<void> apply(const WriteBatch& batch, rocksdb::WriteBatch& out);

 private:
  using Value = std::optional<std::string>;
  Result<Value> read(std::string_view key);
  void remember(std::string_view key, std::optional<std::string_view> value);
  Result<void> add(const WriteBatch::Operation& operation, rocksdb::WriteBatch& out);
  Result<void> clear_range(const WriteBatch::Operation& operation, rocksdb::WriteBatch& out);

  Database& database_;
  std::map<std::string_view, std::optional<std::string_view>> written_;  // nothing: cleared
  std::vector<std::pair<std::string_view, std::string_view>> cleared_;   // ranges, keys in written_ aside
  std::vector<std::unique_ptr<std::string>> counters_;                   // owns what written_ points to
};

}  // namespace gannet::store::rocks
