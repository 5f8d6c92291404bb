// The search index of a running server, whichever store keeps it.
#pragma once

#include <memory>

#include "search/document.h"
#include "search/indexer.h"
#include "store/stores.h"

namespace gannet::config {
class Config;
}

namespace gannet::search {

// The store's own index where it has one, else ours in the DataStore that is meant for it. `stores` as
// store::open_stores() made them; what is answered keeps alive what it needs of them.
std::shared_ptr<store::SearchStore> open(const config::Config& config, const store::Stores& stores);

// storage.full-text.* and mime.limits.*.
IndexerOptions indexer_options(const config::Config& config, const mime::Limits& limits);

}  // namespace gannet::search
