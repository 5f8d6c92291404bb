#include "store/elasticsearch/elasticsearch_backend.h"

#include "store/elasticsearch/cloud_id.h"
#include "store/elasticsearch/elasticsearch_store.h"

namespace gannet::store {
namespace {

constexpr Duration kTimeout{30'000};

Result<std::string> url_of(const StoreSettings& settings) {
  std::string url = settings.section.string("url");
  const std::string cloud_id = settings.section.string("cloud-id");
  if (url.empty() == cloud_id.empty())
    return settings.wrong(url.empty() ? "url" : "cloud-id", "set one of url and cloud-id");
  if (url.empty()) {
    const auto found = elasticsearch::url_of_cloud_id(cloud_id);
    if (!found) return settings.wrong("cloud-id", "this is no id of a cloud deployment");
    return *found;
  }
  if (!url.starts_with("http://") && !url.starts_with("https://"))
    return settings.wrong("url", "it must begin with http:// or https://");
  while (url.ends_with('/')) url.pop_back();
  return url;
}

// The names of indices: lower case, and none of what has a meaning in a URL or to the engine.
bool is_index_prefix(std::string_view prefix) {
  return prefix.empty() ||
         (prefix.size() <= 100 && !std::string_view("-_+.").contains(prefix.front()) &&
          prefix.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_.") == std::string_view::npos);
}

Result<std::shared_ptr<SearchStore>> open(const StoreSettings& settings) {
  const auto& store = settings.section;
  ElasticsearchOptions options;
  options.id = settings.id;
  options.connection.url = TRY(url_of(settings));
  options.connection.user = store.string("user");
  options.connection.password = store.secret("password");
  options.connection.api_key = store.secret("api-key");
  if (!options.connection.user.empty() && !options.connection.api_key.empty())
    return settings.wrong("api-key", "set either user and password, or api-key");
  options.connection.timeout = store.find<Duration>("timeout").value_or(kTimeout);
  options.connection.allow_invalid_certificates = store.flag("tls.allow-invalid-certs");
  options.connection.ca_file = TRY(settings.ca_file());
  options.connection.max_connections = static_cast<std::size_t>(store.integer("pool.max-connections"));
  options.connection.max_retries = static_cast<int>(store.integer("max-retries"));
  options.index.prefix = store.string("index.prefix");
  if (!is_index_prefix(options.index.prefix))
    return settings.wrong(
        "index.prefix",
        "only a-z, 0-9, \"-\", \"_\" and \".\" are allowed, beginning with a letter or digit");
  options.index.shards = static_cast<int>(store.integer("index.shards"));
  options.index.replicas = static_cast<int>(store.integer("index.replicas"));
  options.bulk_size = store.size("index.bulk-size");
  options.refresh_now = store.string("index.refresh") == "now";
  auto opened = open_elasticsearch(std::move(options), settings.clock, settings.random);
  if (!opened) return settings.wrong(store.is_set("url") ? "url" : "cloud-id", opened.error());
  return opened;
}

}  // namespace

const Backend& elasticsearch_backend() {
  static const Backend backend{
      .info = {.type = "elasticsearch",
               .roles = {Role::kSearch},
               .sentence = "Elasticsearch or OpenSearch: a search index on servers of its own.",
               .place = "url"},
      .open_search = open,
  };
  return backend;
}

}  // namespace gannet::store
