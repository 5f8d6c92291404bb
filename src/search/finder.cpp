#include "search/finder.h"

#include <unordered_set>

#include "search/index_store.h"
#include "search/indexing_list.h"

namespace gannet::search {

Result<Finder::Candidates> Finder::candidates(std::uint32_t account, const store::SearchQuery& query) const {
  // Our own index knows what it has, as of the same moment.
  if (auto* ours = dynamic_cast<IndexStore*>(index_.get())) {
    auto covered = TRY(ours->query_covered(account, query));
    return [covered = std::move(covered)](std::uint32_t document) {
      return covered.found(document) || !covered.indexed(document);
    };
  }
  // Of another one: what is not on the list any more when it is read was indexed before the question.
  auto out = std::make_shared<std::unordered_set<std::uint32_t>>();
  for (auto range = store::Range::prefix(waiting_prefix(account));;) {
    const auto page = TRY(data_->scan(range));
    for (const auto& item : page.items)
      if (const auto entry = decode_waiting(item.key, item.value)) {
        // All of the account is to be indexed anew.
        if (entry->work == Waiting::Work::kForget) return [](std::uint32_t) { return true; };
        out->insert(entry->document);
      }
    if (!page.more) break;
    range = store::next_range(range, page);
  }
  for (const auto document : TRY(index_->query(account, query))) out->insert(document);
  return [out](std::uint32_t document) { return out->contains(document); };
}

}  // namespace gannet::search
