#include "store/mysql/tables.h"

#include <fmt/format.h>
#include <mysqld_error.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

#include "observe/log.h"
#include "store/subspace.h"

namespace gannet::store::mysql {
namespace {

constexpr std::int64_t kVersion = 1;
constexpr std::uint64_t kSmallestPacket = 4 << 20;  // a piece of a blob, written as text, thrice
constexpr std::uint64_t kOfPacketForOthers = 64 << 10;
constexpr std::uint64_t kStatementsAtOnce = 4 << 20;
constexpr std::uint64_t kSmallestPage = 8 << 10;

const std::array<std::string, 256> kTables = [] {
  std::array<std::string, 256> names;
  for (const auto& subspace : kSubspaces)
    names[static_cast<std::uint8_t>(subspace.id)] = "gannet_" + std::string(subspace.name);
  return names;
}();

using Variables = std::map<std::string, std::string, std::less<>>;

Outcome<Variables> read_variables(Connection& connection) {
  Variables out;
  auto read = connection.run(
      "SHOW VARIABLES WHERE Variable_name IN "
      "('max_allowed_packet','innodb_page_size','log_bin','binlog_format',"
      "'sync_binlog','innodb_flush_log_at_trx_commit','innodb_doublewrite')",
      [&](std::size_t, const Row& row) { out.emplace(row[0], row[1]); });
  if (!read) return std::unexpected(read.error());
  return out;
}

std::uint64_t number(const Variables& variables, std::string_view name) {
  std::uint64_t out = 0;
  if (const auto found = variables.find(name); found != variables.end())
    std::from_chars(found->second.data(), found->second.data() + found->second.size(), out);
  return out;
}

bool is(const Variables& variables, std::string_view name, std::string_view value) {
  const auto found = variables.find(name);
  return found != variables.end() && found->second == value;
}

// A server set so forgets commits that were acknowledged when its machine loses power.
void warn_of_lost_commits(const Variables& variables, const std::string& id) {
  const auto warn = [&](std::string_view variable, std::string_view wanted, std::string_view risk) {
    const auto found = variables.find(variable);
    if (found == variables.end() || found->second == wanted) return;
    observe::warn("store.not-durable",
                  {{"store", id},
                   {"setting", variable},
                   {"value", found->second},
                   {"reason", risk},
                   {"advice", fmt::format("set {} = {} in the server's configuration", variable, wanted)}});
  };
  warn("innodb_flush_log_at_trx_commit", "1",
       "mail that was acknowledged within the last second or so is lost if the database's machine stops");
  warn("innodb_doublewrite", "ON",
       "a page that is half written when the database's machine stops cannot be mended");
  if (is(variables, "log_bin", "ON"))
    warn("sync_binlog", "1", "replicas can miss mail that was acknowledged, if the database's machine stops");
}

Result<ServerLimits> limits_of(const Variables& variables, const MySqlOptions& options) {
  if (is(variables, "log_bin", "ON") && is(variables, "binlog_format", "STATEMENT"))
    return fail(StoreError::kConfiguration,
                "the server's binlog_format is STATEMENT, with which it cannot log what Gannet does: set it "
                "to ROW or "
                "MIXED");
  if (number(variables, "innodb_page_size") < kSmallestPage)
    return fail(
        StoreError::kConfiguration,
        "the server's innodb_page_size is 4k, too small for Gannet's keys: make the server anew with 16k");
  std::uint64_t packet = number(variables, "max_allowed_packet");
  if (options.max_packet > packet)
    observe::warn(
        "store.packet-smaller",
        {{"store", options.id},
         {"wanted", options.max_packet},
         {"max-allowed-packet", packet},
         {"advice", "the server's max_allowed_packet is smaller than the store's: raise it there"}});
  if (options.max_packet > 0) packet = std::min(packet, options.max_packet);
  if (packet < kSmallestPacket)
    return fail(
        StoreError::kConfiguration,
        fmt::format(
            "max-allowed-packet: packets of {} bytes are too small for Gannet; set max_allowed_packet "
            "of the server, and max-allowed-packet of the store if it is set, to 16M or more",
            packet));
  ServerLimits limits;
  limits.store.max_value_bytes =
      std::min<std::uint64_t>(limits.store.max_value_bytes, packet - kOfPacketForOthers);
  limits.max_statements = std::min(kStatementsAtOnce, packet - kOfPacketForOthers);
  return limits;
}

// Nothing if there are none, or if they are being made.
Outcome<std::optional<std::int64_t>> read_version(Connection& connection) {
  std::optional<std::int64_t> version;
  auto read = connection.run("SELECT value FROM gannet_schema WHERE name='version'",
                             [&](std::size_t, const Row& row) {
                               version.emplace(0);
                               std::from_chars(row[0].data(), row[0].data() + row[0].size(), *version);
                             });
  if (!read && read.error().code != ER_NO_SUCH_TABLE) return std::unexpected(read.error());
  return version;
}

std::string creation() {
  std::string sql;
  for (const auto& subspace : kSubspaces)
    sql += fmt::format(
        "CREATE TABLE IF NOT EXISTS gannet_{} (k VARBINARY(1024) NOT NULL PRIMARY KEY, v LONGBLOB NOT NULL) "
        "ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=binary;",
        subspace.name);
  sql += fmt::format(
      "CREATE TABLE IF NOT EXISTS gannet_schema (name VARCHAR(64) NOT NULL PRIMARY KEY, value BIGINT NOT "
      "NULL) "
      "ENGINE=InnoDB DEFAULT CHARSET=ascii;"
      "INSERT IGNORE INTO gannet_schema VALUES ('version',{})",
      kVersion);
  return sql;
}

std::unexpected<Error> unprepared(const SqlError& error, std::string_view doing) {
  auto known = fail_with(error, doing);
  if (error.lost() || error.transient()) return known;
  return wrong_setting(error.refused() ? error.setting() : "database",
                       fmt::format("{}: {}", doing, error.text), known.error().detail());
}

// Changes nothing, and is refused to whoever may not.
std::string needed_rights() {
  std::string sql;
  for (const auto& subspace : kSubspaces)
    sql += fmt::format(
        "{0}INSERT INTO gannet_{1} SELECT k,v FROM gannet_{1} WHERE k='';UPDATE gannet_{1} SET v='' WHERE "
        "k='';"
        "DELETE FROM gannet_{1} WHERE k=''",
        sql.empty() ? "" : ";", subspace.name);
  return sql;
}

}  // namespace

std::string_view table_of(std::string_view key) {
  return kTables[static_cast<std::uint8_t>(key[0])];
}

Result<ServerLimits> prepare_database(Connection& connection, const MySqlOptions& options) {
  auto variables = read_variables(connection);
  if (!variables) return unprepared(variables.error(), "cannot read the server's settings");
  auto limits = TRY(limits_of(*variables, options));
  warn_of_lost_commits(*variables, options.id);
  for (const auto& statement : options.init)
    if (auto done = connection.run(statement); !done) {
      if (done.error().lost()) return fail_with(done.error(), "init.execute");
      return wrong_setting("init.execute", fmt::format("\"{}\": {}", statement, done.error().text));
    }
  auto version = read_version(connection);
  if (!version) return unprepared(version.error(), "cannot read the table gannet_schema");
  if (!*version) {
    if (auto made = connection.run(creation()); !made)
      return unprepared(made.error(), "cannot make Gannet's tables");
    version = read_version(connection);
    if (!version) return unprepared(version.error(), "cannot read the table gannet_schema");
  }
  if (version->value_or(0) > kVersion)
    return wrong_setting(
        "database",
        fmt::format(
            "the database belongs to a newer Gannet (its tables are of version {}, this one knows {}): "
            "run that release",
            **version, kVersion));
  if (auto may = connection.run(needed_rights()); !may && may.error().refused())
    return wrong_setting(
        "user",
        fmt::format("it may not change Gannet's tables: grant it SELECT, INSERT, UPDATE and DELETE on "
                    "the database {}",
                    options.database),
        fail_with(may.error(), "rights").error().detail());
  return limits;
}

Outcome<void> probe_writing(Connection& connection) {
  return connection.run("INSERT INTO gannet_schema VALUES ('probe',1) ON DUPLICATE KEY UPDATE value=value+1");
}

}  // namespace gannet::store::mysql
