#include "search/evaluate.h"

#include <algorithm>

#include "search/leaves.h"

namespace gannet::search {
namespace {

using store::SearchQuery;
using store::StoreError;
using Kind = SearchQuery::Kind;

constexpr int kMaxDepth = 100;

Result<void> check(const SearchQuery& query, int depth, bool below_not) {
  if (depth > kMaxDepth) return fail(StoreError::kInvalid, "the search is nested too deeply");
  const bool branch = query.kind == Kind::kAnd || query.kind == Kind::kOr || query.kind == Kind::kNot;
  if (!branch && !query.children.empty()) return fail(StoreError::kInvalid, "the search is malformed");
  if (query.kind == Kind::kNot && query.children.size() != 1)
    return fail(StoreError::kInvalid, "the search is malformed");
  if (query.kind == Kind::kSubstring && below_not)
    return fail(StoreError::kInvalid, "the search is malformed: what narrows only cannot be denied");
  for (const auto& child : query.children)
    TRY(check(child, depth + 1, below_not || query.kind == Kind::kNot));
  return {};
}

class Evaluation {
 public:
  Evaluation(Leaves& leaves, const Roaring& live) : leaves_(leaves), live_(live) {}

  Result<Roaring> run(const SearchQuery& query) {
    switch (query.kind) {
      case Kind::kWord:
      case Kind::kPhrase:
      case Kind::kPrefix:
      case Kind::kSubstring:
        return TRY(leaves_.find(query)) & live_;
      case Kind::kAll:
        return live_;
      case Kind::kNot:
        return live_ - TRY(run(query.children[0]));
      case Kind::kAnd: {
        Roaring found = live_;
        for (const auto& child : query.children) {
          if (found.isEmpty()) break;
          found &= TRY(run(child));
        }
        return found;
      }
      case Kind::kOr: {
        Roaring found;
        for (const auto& child : query.children) found |= TRY(run(child));
        return found;
      }
    }
    return fail(StoreError::kInvalid, "the search is malformed");
  }

 private:
  Leaves& leaves_;
  const Roaring& live_;
};

}  // namespace

Result<void> check_query(const SearchQuery& query) {
  return check(query, 0, false);
}

Result<Roaring> evaluate(SegmentReader& segment, const Roaring& live, const SearchQuery& query,
                         const TextOptions& options, const std::vector<std::string>& languages) {
  if (live.isEmpty() || query.kind == Kind::kAll) return live;
  Leaves leaves(segment, live, options, languages);
  return Evaluation(leaves, live).run(query);
}

}  // namespace gannet::search
