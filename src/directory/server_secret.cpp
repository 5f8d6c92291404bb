#include "directory/server_secret.h"

#include "directory/schema.h"
#include "observe/log.h"

namespace gannet::directory {

Secret server_secret(store::DataStore& data, Random& random) {
  constexpr std::size_t kBytes = 32;
  const auto known = data.get(server_secret_key());
  if (known && *known) return Secret(**known);
  const std::string made = random.bytes(kBytes);
  store::WriteBatch batch;
  batch.require_absent(server_secret_key());
  batch.set(server_secret_key(), made);
  const auto stored = known ? data.commit(std::move(batch)) : std::unexpected(known.error());
  if (stored) return Secret(made);
  // Another node may have been first.
  if (const auto others = data.get(server_secret_key()); others && *others) return Secret(**others);
  observe::warn("directory.no-server-secret", {{"reason", stored.error()}});
  return Secret();
}

}  // namespace gannet::directory
