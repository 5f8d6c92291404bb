// SearchStore: finds the documents of an account that contain words. It narrows; the message decides.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "store/errors.h"

namespace gannet::store {

enum class SearchField : std::uint8_t {
  kSubject = 1,
  kFrom,
  kTo,
  kCc,
  kBcc,
  kBody,
  kAttachmentName,
  kAttachment,
  // Every header field in its readable form, those above too: for IMAP's TEXT and HEADER.
  kHeader,
  kAny = 255,  // any but kHeader
};

struct SearchDocument {
  std::uint32_t account = 0;
  std::uint32_t document = 0;
  struct Field {
    SearchField field;
    std::string text;      // UTF-8
    std::string language;  // ISO 639-1, empty if unknown
  };
  std::vector<Field> fields;
};

// A tree of conditions.
struct SearchQuery {
  enum class Kind : std::uint8_t {
    kWord,    // every word of the text, as it is or as another form of it (meeting, meetings)
    kPhrase,  // the words of the text as they are, one after the other in one field
    kPrefix,  // as kWord, and the last word may go on
    // Narrows: at least every document with the text as a part of the field's text, both folded (fold_case());
    // perhaps others, up to all. Never below a kNot.
    kSubstring,
    kAnd,
    kOr,
    kNot,
    kAll,
  };
  Kind kind = Kind::kAll;
  SearchField field = SearchField::kAny;  // leaves
  std::string text;                       // leaves; UTF-8
  std::string language;               // leaves; ISO 639-1, empty if unknown: the languages of the documents
  std::vector<SearchQuery> children;  // kAnd, kOr: any number; kNot: one
};

// Any thread.
class SearchStore {
 public:
  virtual ~SearchStore() = default;
  // Replaces what was indexed of each document. All are searchable when it returns.
  virtual Result<void> index(const std::vector<SearchDocument>& documents) = 0;
  virtual Result<void> remove(std::uint32_t account, const std::vector<std::uint32_t>& documents) = 0;
  virtual Result<void> remove_account(std::uint32_t account) = 0;
  // Document numbers in ascending order. kInvalid for a malformed query.
  virtual Result<std::vector<std::uint32_t>> query(std::uint32_t account, const SearchQuery& query) = 0;
  // Tells this index from any other one, also from one that was made anew under the same name. Never empty.
  virtual Result<std::string> identity() = 0;
};

// Where the store for data keeps the identity of the index that all mail was indexed in, or is listed for.
std::string complete_index_key();

}  // namespace gannet::store
