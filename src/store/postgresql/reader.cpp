#include "store/postgresql/reader.h"

#include <algorithm>
#include <map>

namespace gannet::store::postgresql {

Result<std::optional<std::string>> get(Connection& connection, std::string_view key, Deadline deadline) {
  const auto rows = TRY(connection.run(
      {{.statement = &statement(key[0], Action::kGet), .parameters = {std::string(key)}}}, deadline));
  if (rows[0].size() == 0) return std::nullopt;
  return std::string(rows[0].at(0, 0));
}

Result<std::vector<std::optional<std::string>>> get_many(Connection& connection,
                                                         std::span<const std::string> keys,
                                                         Deadline deadline) {
  std::vector<std::optional<std::string>> out(keys.size());
  if (keys.empty()) return out;
  struct OfTable {
    Array wanted{Type::kBytesArray};
    std::vector<std::size_t> places;
  };
  std::map<char, OfTable> tables;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    auto& table = tables[keys[i][0]];
    table.wanted.add(keys[i]);
    table.places.push_back(i);
  }
  std::vector<Query> queries;
  for (auto& [subspace, table] : tables)
    queries.push_back(
        {.statement = &statement(subspace, Action::kGetMany), .parameters = {table.wanted.take()}});
  const auto answers = TRY(connection.run(std::move(queries), deadline));
  auto answer = answers.begin();
  for (const auto& [subspace, table] : tables) {
    for (int row = 0; row < answer->size(); ++row) {
      const auto place = static_cast<std::size_t>(read_int8(answer->at(row, 0)) - 1);
      if (place < table.places.size()) out[table.places[place]] = std::string(answer->at(row, 1));
    }
    ++answer;
  }
  return out;
}

Result<Page> scan(Connection& connection, const Range& range, Deadline deadline) {
  const auto most = [](std::size_t limit) {
    return static_cast<std::int64_t>(std::clamp<std::size_t>(limit, 1, std::size_t{1} << 40));
  };
  const Action action = range.keys_only ? (range.reverse ? Action::kScanKeysBack : Action::kScanKeys)
                                        : (range.reverse ? Action::kScanBack : Action::kScan);
  const auto answers = TRY(connection.run(
      {{.statement = &statement(range.begin[0], action),
        .parameters = {range.begin, range.end, int8(most(range.max_items)), int8(most(range.max_bytes))}}},
      deadline));
  const Rows& rows = answers[0];
  Page page;
  page.items.reserve(static_cast<std::size_t>(rows.size()));
  for (int row = 0; row < rows.size(); ++row)
    page.items.push_back({std::string(rows.at(row, 0)), std::string(rows.at(row, 1))});
  page.more = rows.size() > 0 && read_int8(rows.at(0, 2)) > rows.size();
  return page;
}

}  // namespace gannet::store::postgresql
