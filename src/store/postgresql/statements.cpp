#include "store/postgresql/statements.h"

#include <fmt/format.h>

namespace gannet::store::postgresql {
namespace {

// Set by kCheck for the rest of its transaction. A condition instead of an error, since a conflict is an everyday
// thing that should not fill the server's log.
constexpr std::string_view kUnlessFailed = "coalesce(current_setting('gannet.failed', true), '') = ''";

// One page. `n` and `s` number and add up the rows in their order; a row is in the page while both are within
// bounds, and the first row always is. octet_length() does not read values that are stored aside.
std::string scan(const std::string& table, bool values, bool back) {
  const std::string_view order = back ? "desc" : "asc";
  return fmt::format(
      "select k, {0}, c from (select k, {1} row_number() over w n, sum(octet_length(k){2}) over w s, "
      "count(*) over () c "
      "from (select k, v from {3} where k >= $1 and k < $2 order by k {4} limit $3 + 1) page "
      "window w as (order by k {4} rows unbounded preceding)) numbered "
      "where n = 1 or (n <= $3 and s <= $4) order by k {4}",
      values ? "v" : "''::bytea", values ? "v," : "", values ? " + octet_length(v)" : "", table, order);
}

std::string text_of(Action action, const std::string& table) {
  switch (action) {
    case Action::kGet:
      return fmt::format("select v from {} where k = $1", table);
    case Action::kGetMany:
      return fmt::format(
          "select wanted.place, t.v from unnest($1) with ordinality wanted(k, place) join {} t on t.k = "
          "wanted.k",
          table);
    case Action::kScan:
      return scan(table, true, false);
    case Action::kScanBack:
      return scan(table, true, true);
    case Action::kScanKeys:
      return scan(table, false, false);
    case Action::kScanKeysBack:
      return scan(table, false, true);
    case Action::kCheck:
      return fmt::format(
          "select wanted.k, set_config('gannet.failed', '1', true) from unnest($1, $2) wanted(k, v) "
          "left join {} t on t.k = wanted.k where t.v is distinct from wanted.v limit 1",
          table);
    case Action::kDeleteRange:
      return fmt::format(
          "delete from {} t using unnest($1, $2) gone(first, last) where t.k >= gone.first and t.k < "
          "gone.last and {}",
          table, kUnlessFailed);
    case Action::kDelete:
      return fmt::format("delete from {} t using unnest($1) gone(k) where t.k = gone.k and {}", table,
                         kUnlessFailed);
    case Action::kSet:
      return fmt::format(
          "insert into {} (k, v) select k, v from unnest($1, $2) new(k, v) where {} "
          "on conflict (k) do update set v = excluded.v",
          table, kUnlessFailed);
    case Action::kAdd:
      return fmt::format(
          "insert into {} as t (k, v) select k, v from unnest($1, $2) new(k, v) where {} "
          "on conflict (k) do update set v = gannet_add(t.v, excluded.v)",
          table, kUnlessFailed);
  }
  return {};
}

std::vector<Type> types_of(Action action) {
  switch (action) {
    case Action::kGet:
      return {Type::kBytes};
    case Action::kGetMany:
    case Action::kDelete:
      return {Type::kBytesArray};
    case Action::kScan:
    case Action::kScanBack:
    case Action::kScanKeys:
    case Action::kScanKeysBack:
      return {Type::kBytes, Type::kBytes, Type::kInt8, Type::kInt8};
    default:
      return {Type::kBytesArray, Type::kBytesArray};
  }
}

using OfSubspace = std::array<Statement, kActions>;

const std::array<OfSubspace, 256>& all() {
  static const auto statements = [] {
    auto out = std::make_unique<std::array<OfSubspace, 256>>();
    for (const auto& subspace : kSubspaces)
      for (std::size_t i = 0; i < kActions; ++i) {
        const auto action = static_cast<Action>(i);
        (*out)[static_cast<std::uint8_t>(subspace.id)][i] = {.name = fmt::format("{}.{}", subspace.name, i),
                                                             .sql = text_of(action, table_of(subspace)),
                                                             .types = types_of(action)};
      }
    return out;
  }();
  return *statements;
}

}  // namespace

std::string table_of(const SubspaceInfo& subspace) {
  return fmt::format("gannet_{}", subspace.name);
}

const Statement& statement(char first_byte, Action action) {
  return all()[static_cast<std::uint8_t>(first_byte)][static_cast<std::size_t>(action)];
}

const Statement& lock_statement() {
  static const Statement lock{.name = "lock",
                              .sql =
                                  "select case when shared then pg_advisory_xact_lock_shared(id) "
                                  "else pg_advisory_xact_lock(id) end from unnest($1, $2) wanted(id, shared)",
                              .types = {Type::kInt8s, Type::kBools}};
  return lock;
}

const Statement& relax_statement() {
  static const Statement relax{
      .name = "relax", .sql = "select set_config('synchronous_commit', 'off', true)", .types = {}};
  return relax;
}

const Statement& log_end_statement() {
  static const Statement end{
      .name = "log_end", .sql = "select (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::int8", .types = {}};
  return end;
}

const Statement& replayed_statement() {
  static const Statement replayed{.name = "replayed",
                                  .sql =
                                      "select ((case when pg_is_in_recovery() then pg_last_wal_replay_lsn() "
                                      "else pg_current_wal_insert_lsn() end) - '0/0'::pg_lsn)::int8",
                                  .types = {}};
  return replayed;
}

}  // namespace gannet::store::postgresql
