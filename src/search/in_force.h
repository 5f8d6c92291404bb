// The index that answers now, of one that may be moved to another store.
#pragma once

#include <memory>

#include "search/index_store.h"
#include "store/migration/search_mover.h"

namespace gannet::search {

inline std::shared_ptr<store::SearchStore> index_in_force(const std::shared_ptr<store::SearchStore>& index) {
  const auto* moved = dynamic_cast<store::migration::SwitchingSearchStore*>(index.get());
  return moved != nullptr ? moved->in_force() : index;
}

}  // namespace gannet::search
