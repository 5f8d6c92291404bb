// What the expressions of `session.*` may ask: the directories and the lookup store. Blocks.
#pragma once

#include <optional>
#include <string>

#include "config/expression/environment.h"
#include "mta/services.h"

namespace gannet::mta {

// kUnavailable where a directory or store does not answer, or is not known.
class CoreEnvironment final : public config::Environment {
 public:
  explicit CoreEnvironment(const Services& services) : services_(services) {}

  Result<bool> is_local_domain(std::string_view directory, std::string_view domain) override;
  Result<bool> is_local_address(std::string_view directory, std::string_view address) override;
  Result<config::Value> key_get(std::string_view store, std::string_view key) override;
  Result<bool> key_exists(std::string_view store, std::string_view key) override;
  Result<> key_set(std::string_view store, std::string_view key, const config::Value& value) override;
  Result<std::int64_t> counter_incr(std::string_view store, std::string_view key,
                                    std::int64_t delta) override;
  Result<config::Value> config_get(std::string_view key) override;
  Result<std::int64_t> counter_get(std::string_view store, std::string_view key) override;

 private:
  std::optional<std::string> table_get(std::string_view table, std::string_view key) const;

  const Services& services_;
};

// "*" is the default one. Null when there is no such directory.
std::shared_ptr<directory::Directory> find_directory(const Services& services, std::string_view id);

}  // namespace gannet::mta
