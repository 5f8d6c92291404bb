// A search as the engine's own query.
#pragma once

#include <boost/json/value.hpp>

#include "store/search_store.h"

namespace gannet::store::elasticsearch {

// kInvalid: malformed, nested deeper than the engine takes (16 conditions within each other), or of so many
// words that the engine would refuse it (1000 clauses; a word is one, and one more for each language).
Result<boost::json::object> query_of(const SearchQuery& query);

}  // namespace gannet::store::elasticsearch
