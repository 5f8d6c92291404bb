#include "search/evaluate.h"

#include "search/schema.h"
#include "search/update.h"
#include "search/words.h"

namespace gannet::search {
namespace {

using Kind = SearchQuery::Kind;

constexpr int kMaxDepth = 100;
constexpr std::size_t kMaxWords = 256;  // of one leaf

Result<void> check(const SearchQuery& query, int depth) {
  if (depth > kMaxDepth) return fail(StoreError::kInvalid, "the search is nested too deeply");
  const bool branch = query.kind == Kind::kAnd || query.kind == Kind::kOr || query.kind == Kind::kNot;
  if (!branch && !query.children.empty()) return fail(StoreError::kInvalid, "the search is malformed");
  if (query.kind == Kind::kNot && query.children.size() != 1)
    return fail(StoreError::kInvalid, "the search is malformed");
  for (const auto& child : query.children) TRY(check(child, depth + 1));
  return {};
}

// The documents of every posting below `prefix` whose field is wanted.
Result<Roaring> postings(Reader& reader, const std::string& prefix, SearchField field) {
  Roaring found;
  for (Range range = Range::prefix(prefix);;) {
    const Page page = TRY(reader.scan(range));
    for (const auto& item : page.items)
      if (field == SearchField::kAny || posting_place(item.key).field == field)
        found |= TRY(decode_bitmap(item.value));
    if (!page.more) return found;
    range = next_range(std::move(range), page);
  }
}

Result<Roaring> all_documents(Reader& reader, std::uint32_t account) {
  Roaring all;
  for (const auto& item : TRY(scan_all(reader, Range::prefix(indexed_prefix(account)))))
    all |= TRY(decode_bitmap(item.value));
  return all;
}

// Every word of the text; with kPrefix, the last one may go on.
Result<Roaring> leaf(Reader& reader, std::uint32_t account, const SearchQuery& query) {
  const auto words = words_of(query.text, kMaxWords);
  if (words.empty()) return all_documents(reader, account);  // nothing that could narrow
  Roaring found;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool open = query.kind == Kind::kPrefix && i + 1 == words.size();
    const auto with = TRY(postings(
        reader, open ? words_prefix(account, words[i]) : word_prefix(account, words[i]), query.field));
    found = i == 0 ? with : found & with;
  }
  return found;
}

}  // namespace

Result<void> check_query(const SearchQuery& query) {
  return check(query, 0);
}

Result<Roaring> evaluate(Reader& reader, std::uint32_t account, const SearchQuery& query) {
  switch (query.kind) {
    case Kind::kWord:
    case Kind::kPhrase:
    case Kind::kPrefix:
      return leaf(reader, account, query);
    case Kind::kSubstring:
    case Kind::kAll:
      return all_documents(reader, account);
    case Kind::kNot:
      return TRY(all_documents(reader, account)) - TRY(evaluate(reader, account, query.children[0]));
    case Kind::kAnd: {
      if (query.children.empty()) return all_documents(reader, account);
      Roaring found = TRY(evaluate(reader, account, query.children[0]));
      for (std::size_t i = 1; i < query.children.size() && !found.isEmpty(); ++i)
        found &= TRY(evaluate(reader, account, query.children[i]));
      return found;
    }
    case Kind::kOr: {
      Roaring found;
      for (const auto& child : query.children) found |= TRY(evaluate(reader, account, child));
      return found;
    }
  }
  return fail(StoreError::kInvalid, "the search is malformed");
}

}  // namespace gannet::search
