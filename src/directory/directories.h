// The directories of a running server, by the id of their `directory.<id>` table.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "directory/directory.h"
#include "store/stores.h"

namespace gannet::config {
class Config;
}

namespace gannet::directory {

struct Directories {
  // Threads that the external ones may hold at once while their servers are slow: whoever calls them has as many more.
  // `callers` of them are worth keeping, `rare_callers` are needed while many wait (net::WorkerPool::Waiting).
  std::size_t callers = 0, rare_callers = 0;
  std::map<std::string, std::shared_ptr<Directory>> by_id;
  std::shared_ptr<Directory> standard;    // `storage.directory`
  std::shared_ptr<DirectoryAdmin> admin;  // the standard directory's, if it is internal; else null
  std::string owner;  // without `admin`: which system owns its data, and the directory's key
};

// What open_directories() would refuse whatever the stores hold: a text each, which begins with the key at fault. Asks no
// server.
std::vector<std::string> check_settings(const config::Config& config);
// A type of directory that this build has.
struct DirectoryType {
  std::string_view name;      // as `directory.<id>.type` has it
  std::string_view sentence;  // what it is good for
};
// In the order in which they are proposed.
std::vector<DirectoryType> available_directories();

// Errors begin with the key at fault.
Result<Directories> open_directories(const config::Config& config, const store::Stores& stores, Clock& clock,
                                     Random& random);

}  // namespace gannet::directory
