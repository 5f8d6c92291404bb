// What of a SEARCH the full-text index can narrow.
#pragma once

#include <optional>

#include "imap/parser/search_keys.h"
#include "store/search_store.h"

namespace gannet::imap {

// A query that finds at least every message that `key` matches; nothing where words rule out none. Texts are
// looked for as parts of the fields' texts (RFC 9051 6.4.4), which is what the index is asked for, too.
std::optional<store::SearchQuery> narrowing_query(const SearchKey& key);

}  // namespace gannet::imap
