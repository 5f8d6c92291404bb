#include "store/mysql/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace gannet::store::mysql {
namespace {

constexpr std::size_t kKeysOfAStatement = 500;  // lists beyond 1000 are planned otherwise

// Rows to ask for, so that the page is full with them most likely, and one that tells whether there are more.
std::size_t rows_to_ask(const Range& range, std::size_t items, std::size_t bytes, std::size_t row_size) {
  const std::size_t wanted =
      std::min<std::size_t>(std::max<std::size_t>(range.max_items, 1), 1U << 30) - items + 1;
  if (range.keys_only || row_size == 0) return wanted;
  const std::size_t fitting = (range.max_bytes - std::min(bytes, range.max_bytes)) / row_size;
  return fitting >= wanted ? wanted : std::min(wanted, 4 * fitting + 2);
}

std::string select_range(const Range& range, std::size_t rows) {
  std::string sql =
      fmt::format("SELECT {} FROM {} FORCE INDEX (PRIMARY) WHERE k>=", range.keys_only ? "k" : "k,v",
                  table_of(range.begin));
  append_literal(sql, range.begin);
  sql += " AND k<";
  append_literal(sql, range.end);
  return sql + fmt::format(" ORDER BY k{} LIMIT {}", range.reverse ? " DESC" : "", rows);
}

}  // namespace

Outcome<std::optional<std::string>> get(Connection& connection, std::string_view key) {
  std::string sql = fmt::format("SELECT v FROM {} WHERE k=", table_of(key));
  append_literal(sql, key);
  std::optional<std::string> value;
  auto done = connection.run(sql, [&](std::size_t, const Row& row) { value.emplace(row[0]); });
  if (!done) return std::unexpected(done.error());
  return value;
}

Outcome<std::vector<std::optional<std::string>>> get_many(Connection& connection,
                                                          std::span<const std::string> keys,
                                                          std::size_t max_statements) {
  std::vector<std::size_t> order(keys.size());
  std::iota(order.begin(), order.end(), 0);
  const auto key_at = [&](std::size_t i) -> std::string_view { return keys[i]; };
  std::ranges::sort(order, {}, key_at);
  std::vector<std::optional<std::string>> values(keys.size());
  const auto take = [&](std::size_t, const Row& row) {
    for (const std::size_t i : std::ranges::equal_range(order, row[0], {}, key_at)) values[i].emplace(row[1]);
  };
  std::string sql;
  std::size_t listed = 0;
  for (std::size_t at = 0; at < order.size(); ++at) {
    const auto key = key_at(order[at]);
    if (at > 0 && key == key_at(order[at - 1])) continue;
    if (listed > 0 && listed < kKeysOfAStatement && table_of(key) == table_of(key_at(order[at - 1]))) {
      sql += ',';
    } else {
      if (listed > 0) sql += ')';
      if (sql.size() > max_statements / 2) {
        if (auto done = connection.run(sql, take); !done) return std::unexpected(done.error());
        sql.clear();
      }
      if (!sql.empty()) sql += ';';
      sql += fmt::format("SELECT k,v FROM {} FORCE INDEX (PRIMARY) WHERE k IN (", table_of(key));
      listed = 0;
    }
    append_literal(sql, key);
    ++listed;
  }
  if (listed > 0)
    if (auto done = connection.run(sql + ")", take); !done) return std::unexpected(done.error());
  return values;
}

Outcome<Page> scan(Connection& connection, Range range, RowSizes& sizes) {
  const char subspace = range.begin[0];
  Page page;
  std::size_t bytes = 0;
  for (;;) {
    const std::size_t asked = rows_to_ask(range, page.items.size(), bytes, sizes.guess(subspace));
    std::size_t rows = 0, read = 0;
    auto done = connection.run(select_range(range, asked), [&](std::size_t, const Row& row) {
      const std::string_view value = range.keys_only ? std::string_view() : row[1];
      const std::size_t size = row[0].size() + value.size();
      ++rows, read += size;
      if (page.more) return;
      if (!page.items.empty() && (page.items.size() >= range.max_items || bytes + size > range.max_bytes)) {
        page.more = true;
        return;
      }
      bytes += size;
      page.items.push_back({std::string(row[0]), std::string(value)});
    });
    if (!done) return std::unexpected(done.error());
    if (!range.keys_only) sizes.saw(subspace, read, rows);
    if (page.more || rows < asked) return page;
    range = next_range(std::move(range), page);
  }
}

}  // namespace gannet::store::mysql
