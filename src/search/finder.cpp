#include "search/finder.h"

#include <unordered_set>

#include "search/in_force.h"
#include "search/index_store.h"
#include "search/indexing_list.h"

namespace gannet::search {
namespace {

// Our own index knows what it has, as of the same moment.
Result<Finder::Candidates> covered(IndexStore& index, std::uint32_t account,
                                   const store::SearchQuery& query) {
  auto known = TRY(index.query_covered(account, query));
  return [known = std::move(known)](std::uint32_t document) {
    return known.found(document) || !known.indexed(document);
  };
}

}  // namespace

Result<Finder::Candidates> Finder::candidates(std::uint32_t account, const store::SearchQuery& query) const {
  if (const auto ours = std::dynamic_pointer_cast<IndexStore>(index_in_force(index_)))
    return covered(*ours, account, query);
  if (coverage_ && !coverage_->known()) return [](std::uint32_t) { return true; };
  // Of another one: what is not on the list any more when it is read was indexed before the question.
  auto out = std::make_shared<std::unordered_set<std::uint32_t>>();
  for (auto range = store::Range::prefix(waiting_prefix(account));;) {
    const auto page = TRY(data_->scan(range));
    for (const auto& item : page.items)
      if (const auto entry = decode_waiting(item.key, item.value)) {
        // All of the account is to be indexed anew.
        if (entry->document == 0) return [](std::uint32_t) { return true; };
        out->insert(entry->document);
      }
    if (!page.more) break;
    range = store::next_range(range, page);
  }
  // Only now: an index that came into force meanwhile has what was taken off the list before.
  const auto index = index_in_force(index_);
  if (auto* ours = dynamic_cast<IndexStore*>(index.get())) return covered(*ours, account, query);
  const auto found = index->query(account, query);
  // One that was removed meanwhile, or made anew, finds less than there is, and makes no fuss about it.
  if (coverage_ && !coverage_->still(*index)) return [](std::uint32_t) { return true; };
  if (!found) return std::unexpected(found.error());
  out->insert(found->begin(), found->end());
  return [out](std::uint32_t document) { return out->contains(document); };
}

}  // namespace gannet::search
