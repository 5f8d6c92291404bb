#include "store/sqlite/schema.h"

#include <fmt/format.h>

#include "store/subspace.h"

namespace gannet::store::sqlite {
namespace {

constexpr std::string_view kApplication = "1198419316";  // "Gnnt"
constexpr int kVersion = 1;

// Values beyond a quarter of a page would leave an index's own pages with a handful of keys each: contents of
// messages lie in an ordinary table instead, reached over an index of its own.
bool holds_large_values(Subspace subspace) {
  return subspace == Subspace::kBlob;
}

Result<void> check_ours(Connection& writer) {
  const std::string application = TRY(writer.ask("PRAGMA application_id"));
  const std::string version = TRY(writer.ask("PRAGMA user_version"));
  const std::string tables = TRY(writer.ask("SELECT count(*) FROM sqlite_schema"));
  if (application != kApplication && (application != "0" || tables != "0"))
    return fail(StoreError::kConfiguration, "it is another program's database");
  if (std::stoi(version) > kVersion)
    return fail(StoreError::kConfiguration, "a newer release has written to it");
  return {};
}

}  // namespace

Result<void> prepare_schema(Connection& writer) {
  TRY(check_ours(writer));
  if (const std::string mode = TRY(writer.ask("PRAGMA journal_mode = WAL")); mode != "wal")
    return fail(
        StoreError::kConfiguration,
        fmt::format("its file system cannot have a write-ahead log (journal_mode stays {}): put the file "
                    "on a local disk",
                    mode));
  std::string sql = fmt::format("BEGIN IMMEDIATE; PRAGMA application_id = {}; PRAGMA user_version = {};",
                                kApplication, kVersion);
  for (const auto& subspace : kSubspaces)
    sql +=
        fmt::format("CREATE TABLE IF NOT EXISTS gannet_{} (k BLOB PRIMARY KEY NOT NULL, v BLOB NOT NULL){};",
                    subspace.name, holds_large_values(subspace.id) ? "" : " WITHOUT ROWID");
  // What the checkpointer tries to write when writes have stopped.
  sql += "CREATE TABLE IF NOT EXISTS gannet_probe (v BLOB NOT NULL); COMMIT";
  return writer.execute(sql.c_str());
}

}  // namespace gannet::store::sqlite
