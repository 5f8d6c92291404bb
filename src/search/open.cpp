#include "search/open.h"

#include "search/index_store.h"

namespace gannet::search {

std::shared_ptr<store::SearchStore> open(const store::Stores& stores) {
  if (stores.search) return stores.search;
  return search_store_over(stores.search_data);
}

}  // namespace gannet::search
