#include "store/elasticsearch/bulk.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <iterator>
#include <map>
#include <span>

#include "store/elasticsearch/index_definition.h"
#include "store/elasticsearch/text.h"

namespace gannet::store::elasticsearch {
namespace {

namespace json = boost::json;

std::string id_of(std::uint32_t account, std::uint32_t document) {
  return fmt::format("{}-{}", account, document);
}

// What became of the items of one request.
struct Outcome {
  std::vector<Change> again;
  std::size_t refused = 0;
  std::string first_reason;
};

void judge(const json::value& item, Change& change, Outcome& outcome) {
  // {"index": {"status": 201, ...}}: one member, named by the action.
  const auto* outer = item.if_object();
  const auto* inner = outer && !outer->empty() ? outer->begin()->value().if_object() : nullptr;
  const auto* status = inner ? inner->if_contains("status") : nullptr;
  const std::int64_t code = status && status->is_int64() ? status->as_int64() : 0;
  const auto* error = inner ? inner->if_contains("error") : nullptr;
  if ((code >= 200 && code < 300) || (code == 404 && !error)) return;  // to delete what is not there is done
  if (code == 429 || code >= 500 || code == 0) {
    outcome.again.push_back(std::move(change));
    return;
  }
  if (outcome.refused++ == 0)
    outcome.first_reason =
        fmt::format("{}: HTTP {}: {}", change.id, code, error ? json::serialize(*error) : "");
}

Result<Outcome> send_once(Connection& connection, const std::string& path, std::span<Change> changes) {
  std::string body;
  for (const auto& change : changes) body += change.lines;
  const Reply reply = TRY(connection.send("POST", path, body));
  if (reply.status == 404) return refused(StoreError::kNotFound, "the search index is gone", reply);
  if (reply.status == 413)
    return refused(StoreError::kTooLarge,
                   "the search engine takes no request of this size: see its http.max_content_length and "
                   "index.bulk-size of the store",
                   reply);
  const auto* object = reply.body.if_object();
  const auto* items = object ? object->if_contains("items") : nullptr;
  if (!reply.ok() || !items || !items->is_array() || items->as_array().size() != changes.size())
    return refused(StoreError::kInvalid, "the search engine did not take the changes", reply);
  Outcome outcome;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const auto& item = items->as_array()[i];
    if (json::serialize(item).contains("index_not_found_exception"))
      return fail(StoreError::kNotFound, "the search index is gone");
    judge(item, changes[i], outcome);
  }
  return outcome;
}

}  // namespace

Change index_change(const SearchDocument& document) {
  std::map<std::string, json::array> texts;
  for (const auto& [field, text, language] : document.fields) {
    if (field == SearchField::kAny) continue;
    const bool stems = field != SearchField::kHeader && has_stems(language);
    texts[stems ? stem_field(field, language) : std::string(name_of(field))].emplace_back(folded(text));
  }
  json::object body{{"account", document.account}, {"document", document.document}};
  for (auto& [name, values] : texts) body[name] = std::move(values);
  Change change{.id = id_of(document.account, document.document), .lines = {}};
  change.lines = fmt::format("{{\"index\":{{\"_id\":\"{}\",\"routing\":\"{}\"}}}}\n{}\n", change.id,
                             document.account, json::serialize(body));
  return change;
}

Change delete_change(std::uint32_t account, std::uint32_t document) {
  Change change{.id = id_of(account, document), .lines = {}};
  change.lines = fmt::format("{{\"delete\":{{\"_id\":\"{}\",\"routing\":\"{}\"}}}}\n", change.id, account);
  return change;
}

Result<void> send_changes(Connection& connection, const std::string& path, std::vector<Change> changes,
                          std::size_t max_size) {
  std::size_t refused_count = 0, total = changes.size();
  std::string first_reason;
  for (int attempt = 1; !changes.empty(); ++attempt) {
    std::vector<Change> again;
    for (std::size_t begin = 0; begin < changes.size();) {
      std::size_t end = begin, size = 0;
      while (end < changes.size() && (end == begin || size + changes[end].lines.size() <= max_size))
        size += changes[end++].lines.size();
      auto outcome = TRY(send_once(connection, path, std::span(changes).subspan(begin, end - begin)));
      std::ranges::move(outcome.again, std::back_inserter(again));
      if (refused_count == 0) first_reason = std::move(outcome.first_reason);
      refused_count += outcome.refused;
      begin = end;
    }
    if (!again.empty() && attempt > connection.max_retries())
      return fail(StoreError::kUnavailable, "the search engine is too busy",
                  fmt::format("{} of {} changes were not taken", again.size(), total), Retry::kCanHelp);
    changes = std::move(again);
    if (!changes.empty()) connection.wait_before(attempt);
  }
  if (refused_count == 0) return {};
  return fail(StoreError::kInvalid,
              fmt::format("the search engine refused {} of {} documents", refused_count, total),
              first_reason);
}

}  // namespace gannet::store::elasticsearch
