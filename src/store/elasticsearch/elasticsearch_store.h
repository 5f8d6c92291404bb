// The search index in Elasticsearch (7.10 to 9) or OpenSearch (1 to 3).
#pragma once

#include <memory>
#include <string>

#include "store/elasticsearch/connection.h"
#include "store/elasticsearch/index_definition.h"
#include "store/search_store.h"

namespace gannet::store {

struct ElasticsearchOptions {
  std::string id;
  elasticsearch::ConnectionOptions connection;
  elasticsearch::IndexOptions index;
  std::size_t bulk_size = 5u << 20;
  bool refresh_now = false;  // else wait for the engine's own refresh, a second at most
};

// Makes the index if there is none. An engine that cannot be reached is no error: its operations give kUnavailable
// until it can, and the component store.<id> of the health page says so. kConfiguration: it refuses the user, is
// of a version that cannot be used, or has an index of that name that is not ours.
Result<std::shared_ptr<SearchStore>> open_elasticsearch(ElasticsearchOptions options, Clock& clock,
                                                        Random& random);

}  // namespace gannet::store
