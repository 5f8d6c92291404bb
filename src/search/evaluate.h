// Answers a SearchQuery from the keys of search_keys.h.
#pragma once

#include <roaring/roaring.hh>

#include "store/data_store.h"
#include "store/search_store.h"

namespace gannet::search {

using namespace store;  // NOLINT

// kInvalid: a leaf with children, a kNot with other than one, or deeper than 100.
Result<void> check_query(const SearchQuery& query);
// `query` has been checked.
Result<Roaring> evaluate(Reader& reader, std::uint32_t account, const SearchQuery& query);

}  // namespace gannet::search
