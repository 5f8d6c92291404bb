#include "search/finder.h"

#include <unordered_set>

#include "search/index_store.h"
#include "search/indexing_list.h"
#include "store/migration/search_mover.h"

namespace gannet::search {
namespace {

std::shared_ptr<store::SearchStore> in_force(const std::shared_ptr<store::SearchStore>& index) {
  const auto* moved = dynamic_cast<store::migration::SwitchingSearchStore*>(index.get());
  return moved != nullptr ? moved->in_force() : index;
}

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
  if (const auto ours = std::dynamic_pointer_cast<IndexStore>(in_force(index_)))
    return covered(*ours, account, query);
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
  // Only now: an index that came into force meanwhile has what was taken off the list before.
  const auto index = in_force(index_);
  if (auto* ours = dynamic_cast<IndexStore*>(index.get())) return covered(*ours, account, query);
  for (const auto document : TRY(index->query(account, query))) out->insert(document);
  return [out](std::uint32_t document) { return out->contains(document); };
}

}  // namespace gannet::search
