#include "store/sqlite/reader.h"

namespace gannet::store::sqlite {
namespace {

Query query_of(const Range& range) {
  if (range.keys_only) return range.reverse ? Query::kKeysBack : Query::kKeys;
  return range.reverse ? Query::kScanBack : Query::kScan;
}

}  // namespace

Result<std::optional<std::string>> get(Connection& connection, std::string_view key) {
  auto statement = TRY(connection.prepare(Query::kGet, key));
  if (!TRY(statement.bind(1, key).step("get"))) return std::nullopt;
  return std::string(statement.column(0));
}

Result<std::vector<std::optional<std::string>>> get_many(Connection& connection,
                                                         std::span<const std::string> keys) {
  std::vector<std::optional<std::string>> answers;
  answers.reserve(keys.size());
  // One transaction takes the locks of the WAL once.
  const bool begins = keys.size() > 1 && !connection.in_transaction();
  if (begins) TRY(connection.execute("BEGIN"));
  for (const auto& key : keys) {
    auto value = get(connection, key);
    if (!value) {
      if (begins) (void)connection.execute("ROLLBACK");
      return std::unexpected(std::move(value).error());
    }
    answers.push_back(*std::move(value));
  }
  if (begins) TRY(connection.execute("COMMIT"));
  return answers;
}

Result<Page> scan(Connection& connection, const Range& range) {
  auto statement = TRY(connection.prepare(query_of(range), range.begin));
  statement.bind(1, range.begin).bind(2, range.end);
  Page page;
  std::size_t bytes = 0;
  while (TRY(statement.step("scan"))) {
    const std::string_view key = statement.column(0);
    const std::string_view value = range.keys_only ? std::string_view() : statement.column(1);
    const std::size_t size = key.size() + value.size();
    if (!page.items.empty() && (page.items.size() >= range.max_items || bytes + size > range.max_bytes)) {
      page.more = true;
      break;
    }
    bytes += size;
    page.items.push_back({std::string(key), std::string(value)});
  }
  return page;
}

}  // namespace gannet::store::sqlite
