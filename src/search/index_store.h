// SearchStore over any DataStore, in Subspace::kSearch:
//
//   'f' account 'p' word 00 00 field block    Roaring bitmap of the documents of that block with the word in
//   the field 'f' account 'd' document                  the words of a document, field by field: what its
//   removal has to undo 'f' account 'a' block                     Roaring bitmap of the documents that are
//   indexed
//
// `account`, `document` and `block` are 32 bits; a block is 65536 documents, so that no value grows beyond 8
// KB. Words are what lies between characters that are neither letters nor digits, folded (fold_case()) and
// cut to 64 bytes. A phrase is taken for all of its words: a query narrows, the message decides.
#pragma once

#include <memory>

#include "store/data_store.h"
#include "store/search_store.h"

namespace gannet::search {

using namespace store;  // NOLINT

// Changes of one account queue for each other in this process, and retry when another node was faster.
std::shared_ptr<SearchStore> search_store_over(std::shared_ptr<DataStore> data);

}  // namespace gannet::search
