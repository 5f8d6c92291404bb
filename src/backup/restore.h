// Reading a backup: comparing it, and putting it back.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "backup/errors.h"
#include "store/stores.h"
#include "store/subspace.h"

namespace gannet::backup {

struct Verified {
  std::uint64_t records = 0, blobs = 0;
  std::vector<std::string> missing;  // hexadecimal: linked, but the store did not have them
};
// Reads everything: lengths and sums of all files, the SHA-256 of each message, and whether every message that is
// linked is there. An empty `name` is the newest snapshot. kDamaged, kFile.
Result<Verified> verify_backup(const std::filesystem::path& root, const std::string& name);

struct Restored {
  std::string name;
  std::uint64_t records = 0, blobs = 0;
  bool search = false;  // whether the full-text index came along; else it is to be made anew
};
// Into stores that nothing is in, of any backend, opened with OpenFor::kFill: kNotEmpty. A run that was cut short leaves
// stores that nobody else can open (store/filling.h); one of the same snapshot goes over them again and completes them.
// kBusy: another one does so at this moment.
Result<Restored> restore_backup(const std::filesystem::path& root, const std::string& name,
                                const store::Stores& stores);

// Calls `each` for every record of a subspace (its name in subspace.h) as the snapshot has it. kDamaged, kFile.
Result<void> read_records(
    const std::filesystem::path& root, const std::string& name, store::Subspace subspace,
    const std::function<Result<void>(std::string_view key, std::string_view value)>& each);

// As restore_backup(), but only the records that `wanted` says yes to, and the messages that the links among these name.
// No index for searches.
Result<Restored> restore_some(const std::filesystem::path& root, const std::string& name,
                              const store::Stores& stores,
                              const std::function<bool(std::string_view key)>& wanted);

}  // namespace gannet::backup
