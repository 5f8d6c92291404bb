// Checks of what belongs to no account. Each reads in pages, and looks at what seems wrong once more at one
// moment before it tells.
#pragma once

#include "fsck/run.h"

namespace gannet::fsck {

// Links of owners that are gone; blobs that are linked but have no epoch or are being removed; blobs that
// nobody will ever collect.
Result<void> check_blob_links(const Context& context);
// Blobs of which nothing is known.
Result<void> check_unknown_blobs(const Context& context);
// What waits for the index.
Result<void> check_indexing(const Context& context);
// What the index answers for.
Result<void> check_search_index(const Context& context);
Result<void> check_directory(const Context& context);
Result<void> check_queue(const Context& context);

}  // namespace gannet::fsck
