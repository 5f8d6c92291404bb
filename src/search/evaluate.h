// Answers a SearchQuery from one segment.
#pragma once

#include <roaring/roaring.hh>
#include <string>
#include <vector>

#include "search/builder.h"
#include "search/segment.h"
#include "store/search_store.h"

namespace gannet::search {

// kInvalid: a leaf with children, a kNot with other than one or above a kSubstring, or deeper than 100.
Result<void> check_query(const store::SearchQuery& query);

// `query` has been checked. `live`: those of the segment; no others are answered. `languages`: those whose stems the account has.
Result<Roaring> evaluate(SegmentReader& segment, const Roaring& live, const store::SearchQuery& query,
                         const TextOptions& options, const std::vector<std::string>& languages);

}  // namespace gannet::search
