#include "imap/commands/search_narrow.h"

#include <utility>

namespace gannet::imap {
namespace {

using store::SearchField;
using store::SearchQuery;
using Kind = SearchKey::Kind;

std::optional<SearchQuery> part_of(SearchField field, const std::string& text) {
  if (text.empty()) return std::nullopt;
  SearchQuery query;
  query.kind = SearchQuery::Kind::kSubstring;
  query.field = field;
  query.text = text;
  return query;
}

// One of them.
std::optional<SearchQuery> part_of_one(std::initializer_list<SearchField> fields, const std::string& text) {
  if (text.empty()) return std::nullopt;
  SearchQuery query;
  query.kind = SearchQuery::Kind::kOr;
  for (const auto field : fields) query.children.push_back(*part_of(field, text));
  return query;
}

// One that narrows is enough of an AND; an OR needs all.
std::optional<SearchQuery> of_children(const SearchKey& key) {
  const bool all = key.kind == Kind::kOr;
  SearchQuery query;
  query.kind = all ? SearchQuery::Kind::kOr : SearchQuery::Kind::kAnd;
  for (const auto& child : key.children) {
    auto narrowed = narrowing_query(child);
    if (narrowed)
      query.children.push_back(*std::move(narrowed));
    else if (all)
      return std::nullopt;
  }
  if (query.children.empty()) return std::nullopt;
  return query;
}

}  // namespace

std::optional<store::SearchQuery> narrowing_query(const SearchKey& key) {
  switch (key.kind) {
    case Kind::kAnd:
    case Kind::kOr:
      return of_children(key);
    case Kind::kFrom:
      return part_of(SearchField::kFrom, key.text);
    case Kind::kTo:
      return part_of(SearchField::kTo, key.text);
    case Kind::kCc:
      return part_of(SearchField::kCc, key.text);
    case Kind::kBcc:
      return part_of(SearchField::kBcc, key.text);
    case Kind::kSubject:
      return part_of(SearchField::kSubject, key.text);
    case Kind::kHeader:
      return part_of(SearchField::kHeader, key.text);
    case Kind::kBody:
      return part_of_one({SearchField::kBody, SearchField::kAttachment, SearchField::kAttachmentName},
                         key.text);
    case Kind::kText:
      return part_of_one(
          {SearchField::kHeader, SearchField::kBody, SearchField::kAttachment, SearchField::kAttachmentName},
          key.text);
    default:
      return std::nullopt;
  }
}

}  // namespace gannet::imap
