#include "store/postgresql/schema.h"

#include <fmt/format.h>

#include <string>

#include "store/postgresql/locks.h"

namespace gannet::store::postgresql {
namespace {

// Of the tables' form, not of what lies in them: records have versions of their own.
constexpr int kVersion = 1;

const Statement kIsThere{.name = "schema",
                         .sql =
                             "select (to_regclass('gannet_schema') is not null)::int::int8, "
                             "pg_is_in_recovery()::int::int8",
                         .types = {}};
const Statement kReadVersion{
    .name = "version", .sql = "select coalesce(max(version), 0)::int8 from gannet_schema", .types = {}};

// Counters are 8 bytes, little-endian, and wrap (write_batch.h); SQL's own sums of int8 fail instead. What is not
// 8 bytes counts as 0.
constexpr std::string_view kAdd = R"(
create or replace function gannet_add(a bytea, b bytea) returns bytea language sql immutable parallel safe as $$
  select set_byte(set_byte(set_byte(set_byte(set_byte(set_byte(set_byte(set_byte('\x0000000000000000'::bytea,
           0, (low & 255)::int), 1, (low >> 8 & 255)::int), 2, (low >> 16 & 255)::int), 3, (low >> 24 & 255)::int),
           4, (high & 255)::int), 5, (high >> 8 & 255)::int), 6, (high >> 16 & 255)::int), 7, (high >> 24 & 255)::int)
  from (select low & 4294967295 as low, (high + (low >> 32)) & 4294967295 as high
        from (select sum(get_byte(v, 0) + (get_byte(v, 1)::int8 << 8) + (get_byte(v, 2)::int8 << 16) +
                         (get_byte(v, 3)::int8 << 24))::int8 as low,
                     sum(get_byte(v, 4) + (get_byte(v, 5)::int8 << 8) + (get_byte(v, 6)::int8 << 16) +
                         (get_byte(v, 7)::int8 << 24))::int8 as high
              from (values (case when octet_length(a) = 8 then a else '\x0000000000000000' end), (b)) terms(v)) sums) parts
$$;
)";

// How a table is stored, beyond the defaults.
std::string storage_of(Subspace subspace) {
  switch (subspace) {
    case Subspace::kAccount:
    case Subspace::kState:
      // Room in every page, so that what changes often changes in place.
      return " with (fillfactor = 80)";
    case Subspace::kQueue:
    case Subspace::kIndexing:
    case Subspace::kLookup:
      // Entries come and go: the graves of the gone are cleared away early.
      return " with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000)";
    default:
      return "";
  }
}

std::string creation() {
  // Whoever comes second waits here, and then finds everything there.
  std::string sql = fmt::format("begin; select pg_advisory_xact_lock({}); ", kSchemaLock);
  for (const auto& subspace : kSubspaces)
    sql += fmt::format("create table if not exists {} (k bytea primary key, v bytea not null){}; ",
                       table_of(subspace), storage_of(subspace.id));
  // Contents come compressed.
  sql += "alter table gannet_blob alter v set storage external; ";
  sql += kAdd;
  sql += fmt::format(
      "create table if not exists gannet_schema (version int primary key); "
      "insert into gannet_schema values ({}) on conflict do nothing; commit",
      kVersion);
  return sql;
}

const Statement& may_write() {
  static const std::string sql = [] {
    std::string all;
    for (const auto& subspace : kSubspaces)
      for (const char* right : {"select", "insert", "update", "delete"})
        all += fmt::format("{}has_table_privilege('{}', '{}')", all.empty() ? "" : " and ",
                           table_of(subspace), right);
    return "select (" + all + ")::int::int8";
  }();
  static const Statement statement{.name = "rights", .sql = sql, .types = {}};
  return statement;
}

}  // namespace

Result<void> prepare_schema(Connection& connection, const PostgresqlOptions& options, Deadline deadline) {
  const auto there = TRY(connection.run({{.statement = &kIsThere, .parameters = {}}}, deadline));
  const bool exists = read_int8(there[0].at(0, 0)) == 1, replica = read_int8(there[0].at(0, 1)) == 1;
  if (!exists && replica)
    return fail(StoreError::kConfiguration,
                fmt::format("PostgreSQL at {} is a replica on which Gannet's tables are not there yet",
                            options.host));
  if (!exists) {
    auto created = connection.execute(creation(), deadline);
    if (!created && !connection.broken() && !created.error().is(StoreError::kFull))
      return wrong_setting(
          "user",
          fmt::format("the user {} cannot create Gannet's tables in the database {}: it must own it, or be "
                      "granted CREATE on its schema",
                      options.user, options.database),
          created.error().detail());
    TRY(std::move(created));
  }
  auto read = connection.run({{.statement = &kReadVersion, .parameters = {}}}, deadline);
  if (!read && connection.sqlstate() == "42501")
    return wrong_setting("user",
                         fmt::format("the user {} may not read Gannet's tables in the database {}",
                                     options.user, options.database),
                         read.error().detail());
  const auto version = TRY(std::move(read));
  const std::int64_t found = read_int8(version[0].at(0, 0));
  if (found > kVersion)
    return wrong_setting(
        "database",
        fmt::format("the database {} is of a newer release (its tables are of version {}, this release knows "
                    "up to {}): use that release, or another database",
                    options.database, found, kVersion));
  if (replica) return {};
  const auto rights = TRY(connection.run({{.statement = &may_write(), .parameters = {}}}, deadline));
  if (read_int8(rights[0].at(0, 0)) == 1) return {};
  return wrong_setting("user",
                       fmt::format("the user {} may not change Gannet's tables in the database {}: grant it "
                                   "SELECT, INSERT, UPDATE and DELETE on all of them",
                                   options.user, options.database));
}

}  // namespace gannet::store::postgresql
