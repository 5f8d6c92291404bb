#include "server/store_names.h"

#include <fmt/format.h>

#include <vector>

#include "store/errors.h"
#include "store/stores.h"

namespace gannet::server {
namespace {

// Settings that the file itself has, and that name `id`.
std::vector<std::string> that_name(const config::Config& config, const std::string& id) {
  std::vector<std::string> out;
  const auto look = [&](const std::string& key) {
    if (config.origin(key).kind == config::Origin::Kind::kFile && config.string(key) == id)
      out.push_back(key);
  };
  for (const auto role : {store::Role::kData, store::Role::kBlob, store::Role::kSearch, store::Role::kLookup})
    look(std::string(store::role_key(role)));
  for (const auto& directory : config.ids("directory"))
    look(config::join_key("directory", directory) + ".store");
  return out;
}

}  // namespace

Result<void> file_names_target(const config::Config& running, const store::migration::Record& record) {
  if (running.files().empty()) return {};
  const std::string& file = running.files().front();
  const auto config = config::Config::load_file(file);
  if (!config)
    return fail(store::StoreError::kConfiguration,
                fmt::format("{} cannot be read as it is now: {}", file, config.error().text()));
  const std::string key(store::role_key(record.role));
  std::vector<std::string> wrong;
  if (record.role == store::Role::kData)
    wrong = that_name(*config, record.from);
  else if (config->string(key) != record.to)
    wrong.push_back(key);
  if (wrong.empty() && config->string(key) != record.to) wrong.push_back(key);
  if (wrong.empty()) return {};
  return fail(
      store::StoreError::kConfiguration,
      fmt::format("{} does not name the new store yet. Write \"{}\" for {} there, then confirm again; "
                  "nothing needs a restart.",
                  file, record.to, fmt::join(wrong, ", ")));
}

}  // namespace gannet::server
