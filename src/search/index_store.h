// The index over any DataStore, in Subspace::kSearch: schema.h has its layout.
//
// A change writes one new segment, and costs what it holds, not what is there already; merging keeps the number
// of segments in bounds. Removal takes documents out of what a segment answers for; their text goes with the
// next merge, which a quarter of dead documents brings about.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "search/options.h"
#include "store/data_store.h"
#include "store/search_store.h"

namespace gannet::search {

struct IndexStatus {
  std::uint64_t documents = 0;
  std::uint64_t bytes = 0;
  std::uint64_t segments = 0;
};

// Changes of one account queue for each other in this process, and retry when another node was faster.
class IndexStore : public store::SearchStore {
 public:
  // Replaces and removes documents of one account; `extra` is part of the last commit. kConflict if a
  // precondition of `extra` fails; what came before the last commit stays then.
  virtual Result<void> change(std::uint32_t account, std::vector<store::SearchDocument> documents,
                              std::vector<std::uint32_t> removed, store::WriteBatch extra) = 0;
  // What query() finds, and every document that is indexed, as of one moment.
  struct Covered {
    std::function<bool(std::uint32_t)> found, indexed;
  };
  virtual Result<Covered> query_covered(std::uint32_t account, const store::SearchQuery& query) = 0;
  virtual Result<IndexStatus> status(std::uint32_t account) = 0;
  virtual const std::shared_ptr<store::DataStore>& data() const = 0;
};

std::shared_ptr<IndexStore> index_over(std::shared_ptr<store::DataStore> data, TextOptions options = {});

}  // namespace gannet::search
