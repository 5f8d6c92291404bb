// All messages, as documents of the index: from these another index is filled.
#pragma once

#include <memory>

#include "search/document.h"
#include "store/migration/search_mover.h"
#include "store/stores.h"

namespace gannet::server {

std::shared_ptr<store::migration::SearchDocuments> indexed_documents(store::Stores stores,
                                                                     search::DocumentOptions options);

}  // namespace gannet::server
