// Reading a backup: comparing it, and putting it back.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "backup/errors.h"
#include "store/stores.h"

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
// Into stores that nothing is in, of any backend: kNotEmpty. A run that was cut short leaves something behind:
// empty the stores before the next.
Result<Restored> restore_backup(const std::filesystem::path& root, const std::string& name,
                                const store::Stores& stores);

}  // namespace gannet::backup
