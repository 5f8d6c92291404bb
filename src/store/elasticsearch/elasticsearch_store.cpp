#include "store/elasticsearch/elasticsearch_store.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <mutex>
#include <optional>

#include "store/elasticsearch/bulk.h"
#include "store/elasticsearch/query.h"
#include "store/server_health.h"

namespace gannet::store {
namespace {

namespace json = boost::json;
using elasticsearch::Change;
using elasticsearch::Connection;
using elasticsearch::refused;
using elasticsearch::Reply;

constexpr std::size_t kPage = 10'000;  // the engine's own limit (index.max_result_window)
constexpr Duration kProbeInterval{1'000};
// The document that tells this index from others. Those of messages have a number in front.
constexpr const char* kMark = "mark";

std::string text_at(const json::value& value, std::initializer_list<std::string_view> path) {
  const json::value* at = &value;
  for (const auto name : path) {
    const auto* object = at->if_object();
    at = object ? object->if_contains(name) : nullptr;
    if (!at) return {};
  }
  return at->is_string() ? std::string(at->as_string()) : std::string();
}

std::int64_t number_at(const json::value& value, std::string_view name) {
  const auto* object = value.if_object();
  const auto* found = object ? object->if_contains(name) : nullptr;
  return found && found->is_int64() ? found->as_int64() : 0;
}

// Elasticsearch from 7.10 on (before, a write could not be kept from making an index by itself), and OpenSearch.
Result<void> check_version(const json::value& greeting) {
  const std::string number = text_at(greeting, {"version", "number"});
  const bool opensearch = text_at(greeting, {"version", "distribution"}) == "opensearch";
  int major = 0, minor = 0;
  const char* end = number.data() + number.size();
  const auto [point, error] = std::from_chars(number.data(), end, major);
  if (error == std::errc() && point < end) std::from_chars(point + 1, end, minor);
  if (opensearch ? major >= 1 : major > 7 || (major == 7 && minor >= 10)) return {};
  return fail(
      StoreError::kConfiguration,
      fmt::format("it answers as version \"{}\"; needed is Elasticsearch 7.10 or OpenSearch 1, or later",
                  number));
}

class ElasticsearchStore final : public SearchStore {
 public:
  ElasticsearchStore(ElasticsearchOptions options, Clock& clock, Random& random)
      : options_(std::move(options)),
        connection_(options_.connection, clock, random),
        random_(random),
        alias_("/" + elasticsearch::alias_of(options_.index)),
        health_(options_.id, kProbeInterval, [this] { return probe(); }) {}
  ~ElasticsearchStore() override { health_.stop(); }

  // An engine that is not there yet is no error.
  Result<void> open() {
    auto ready = told(get_ready());
    if (!ready && ready.error().is(StoreError::kUnavailable)) return {};
    return ready;
  }

  Result<void> get_ready() {
    const std::scoped_lock lock(mutex_);
    if (ready_) return {};
    const Reply greeting = TRY(connection_.send("GET", "/"));
    TRY(check_version(greeting.body));
    const Reply mapping = TRY(connection_.send("GET", alias_ + "/_mapping"));
    if (mapping.status == 404)
      TRY(create());
    else
      TRY(check_mapping(mapping));
    ready_ = true;
    return {};
  }

  Result<void> index(const std::vector<SearchDocument>& documents) override {
    std::vector<Change> changes;
    changes.reserve(documents.size());
    for (const auto& document : documents) changes.push_back(elasticsearch::index_change(document));
    return told(apply(changes));
  }

  Result<void> remove(std::uint32_t account, const std::vector<std::uint32_t>& documents) override {
    std::vector<Change> changes;
    changes.reserve(documents.size());
    for (const auto document : documents) changes.push_back(elasticsearch::delete_change(account, document));
    return told(apply(changes));
  }

  Result<std::string> identity() override { return told(read_identity()); }

  Result<void> remove_account(std::uint32_t account) override { return told(delete_account(account)); }

  Result<std::vector<std::uint32_t>> query(std::uint32_t account, const SearchQuery& query) override {
    auto condition = elasticsearch::query_of(query);
    if (!condition) return std::unexpected(std::move(condition).error());
    return told(find(account, *condition));
  }

 private:
  template <typename T>
  Result<T> told(Result<T> result) {
    if (result)
      health_.succeeded();
    else if (result.error().is(StoreError::kUnavailable) || result.error().is(StoreError::kConfiguration))
      health_.failed(result.error());
    return result;
  }

  Result<void> probe() {
    const Reply reply = TRY(connection_.send("GET", "/", {}, true));
    if (!reply.ok()) return refused(StoreError::kUnavailable, "the search engine is not there", reply);
    return get_ready();
  }

  // Of several servers that start at once one creates it; the others are told that it exists.
  Result<void> create() {
    const std::string body = json::serialize(elasticsearch::definition(options_.index));
    const Reply made = TRY(connection_.send("PUT", "/" + elasticsearch::index_of(options_.index), body));
    if (made.ok() || text_at(made.body, {"error", "type"}) == "resource_already_exists_exception") return {};
    return refused(StoreError::kConfiguration, "the search index cannot be made", made);
  }

  Result<void> check_mapping(const Reply& reply) {
    const auto* indices = reply.body.if_object();
    const bool ours = reply.ok() && indices && indices->size() == 1 &&
                      indices->begin()->key() == elasticsearch::index_of(options_.index);
    const auto* mappings = ours ? indices->begin()->value().as_object().if_contains("mappings") : nullptr;
    const auto* meta =
        mappings && mappings->is_object() ? mappings->as_object().if_contains("_meta") : nullptr;
    if (meta && number_at(*meta, "gannet") == elasticsearch::kLayout) return {};
    return fail(
        StoreError::kConfiguration,
        fmt::format("the search engine has another index by the name {}: remove it, or set index.prefix of "
                    "the store to another name",
                    elasticsearch::alias_of(options_.index)));
  }

  // Runs `work`, and once more if the index has gone meanwhile (somebody removed it).
  template <typename Work>
  auto with_index(Work work) -> decltype(work()) {
    TRY(get_ready());
    auto done = work();
    if (done || !done.error().is(StoreError::kNotFound)) return done;
    {
      const std::scoped_lock lock(mutex_);
      ready_ = false;
    }
    TRY(get_ready());
    return work();
  }

  Result<void> apply(const std::vector<Change>& changes) {
    if (changes.empty()) return {};
    const std::string path =
        fmt::format("{}/_bulk?require_alias=true&refresh={}&filter_path=items.*.status,items.*.error,errors",
                    alias_, options_.refresh_now ? "true" : "wait_for");
    return with_index([&] { return send_changes(connection_, path, changes, options_.bulk_size); });
  }

  // In bounded steps, so that an account of any size is gone within the time-out of each.
  Result<void> delete_account(std::uint32_t account) {
    const std::string path = fmt::format(
        "{}/_delete_by_query?routing={}&conflicts=proceed&refresh=true&max_docs={}", alias_, account, kPage);
    const std::string body = json::serialize(json::object{{"query", {{"term", {{"account", account}}}}}});
    for (;;) {
      const Reply reply = TRY(with_index([&] { return found(connection_.send("POST", path, body)); }));
      if (!reply.ok())
        return refused(StoreError::kUnavailable, "the search engine did not remove the account", reply);
      if (number_at(reply.body, "deleted") == 0 && number_at(reply.body, "version_conflicts") == 0) return {};
    }
  }

  // A mark in the index itself: a document of no account, with a random number. So an index that somebody emptied is
  // another one as well: the mark went with the others.
  Result<std::string> read_identity() {
    const std::string path =
        fmt::format("{}/_search?routing={}&filter_path=hits.hits.sort,timed_out", alias_, kMark);
    const std::string body =
        json::serialize(json::object{{"size", 1},
                                     {"_source", false},
                                     {"stored_fields", "_none_"},
                                     {"sort", json::array{json::object{{"document", "asc"}}}},
                                     {"query", {{"ids", {{"values", json::array{kMark}}}}}}});
    for (int left = 3; left > 0; --left) {
      const Reply reply = TRY(with_index([&] { return found(connection_.send("POST", path, body)); }));
      if (!reply.ok())
        return refused(StoreError::kUnavailable, "the search engine does not tell its index", reply);
      std::vector<std::int64_t> marks;
      TRY(append_numbers(reply, marks));
      if (!marks.empty()) return std::to_string(marks.front());
      TRY(with_index([&] { return make_mark(); }));
    }
    return fail(StoreError::kUnavailable, "the search index does not keep what is written to it");
  }

  // Of several servers that find none one makes it.
  Result<void> make_mark() {
    const std::string body =
        json::serialize(json::object{{"document", random_.below(static_cast<std::uint64_t>(INT64_MAX))}});
    const Reply made = TRY(found(connection_.send(
        "PUT", fmt::format("{}/_create/{}?routing={}&require_alias=true&refresh=true", alias_, kMark, kMark),
        body)));
    if (made.ok()) return {};
    if (made.status != 409)
      return refused(StoreError::kUnavailable, "the search index cannot be marked", made);
    TRY(found(connection_.send("POST", alias_ + "/_refresh")));
    return {};
  }

  static Result<Reply> found(Result<Reply> reply) {
    if (reply && reply->status == 404)
      return refused(StoreError::kNotFound, "the search index is gone", *reply);
    return reply;
  }

  // Page by page, each after the last number of the one before: so results have no limit, and a change made
  // meanwhile moves nothing.
  Result<std::vector<std::uint32_t>> find(std::uint32_t account, const json::object& condition) {
    const std::string path = fmt::format(
        "{}/_search?routing={}&allow_partial_search_results=false&filter_path=hits.hits.sort,timed_out",
        alias_, account);
    json::object body{
        {"size", kPage},
        {"_source", false},
        {"stored_fields", "_none_"},
        {"track_total_hits", false},
        {"sort", json::array{json::object{{"document", "asc"}}}},
        {"query",
         {{"bool", {{"filter", json::array{json::object{{"term", {{"account", account}}}}, condition}}}}}}};
    std::vector<std::uint32_t> out;
    for (;;) {
      const std::string text = json::serialize(body);
      const Reply reply = TRY(with_index([&] { return found(connection_.send("POST", path, text)); }));
      if (!reply.ok()) return refused(StoreError::kInvalid, "the search engine refuses the search", reply);
      const auto before = out.size();
      TRY(append_numbers(reply, out));
      if (out.size() - before < kPage) return out;
      body["search_after"] = json::array{out.back()};
    }
  }

  template <typename Number>
  static Result<void> append_numbers(const Reply& reply, std::vector<Number>& out) {
    const auto* object = reply.body.if_object();
    const auto* timed_out = object ? object->if_contains("timed_out") : nullptr;
    if (!timed_out || *timed_out != json::value(false))
      return refused(StoreError::kUnavailable, "the search engine did not search everything", reply);
    const auto* outer = object->if_contains("hits");
    const auto* hits = outer && outer->is_object() ? outer->as_object().if_contains("hits") : nullptr;
    if (!hits || !hits->is_array()) return {};  // none
    for (const auto& hit : hits->as_array()) {
      const auto* sort = hit.is_object() ? hit.as_object().if_contains("sort") : nullptr;
      const auto* numbers = sort ? sort->if_array() : nullptr;
      if (!numbers || numbers->empty() || !numbers->front().is_int64())
        return fail(StoreError::kCorrupt, "the search engine's answer cannot be read");
      out.push_back(static_cast<Number>(numbers->front().as_int64()));
    }
    return {};
  }

  const ElasticsearchOptions options_;
  Connection connection_;
  Random& random_;
  const std::string alias_;
  std::mutex mutex_;
  bool ready_ = false;
  ServerHealth health_;  // last: its thread uses the others
};

}  // namespace

Result<std::shared_ptr<SearchStore>> open_elasticsearch(ElasticsearchOptions options, Clock& clock,
                                                        Random& random) {
  auto store = std::make_shared<ElasticsearchStore>(std::move(options), clock, random);
  if (const auto ready = store->open(); !ready) return std::unexpected(ready.error());
  return store;
}

}  // namespace gannet::store
