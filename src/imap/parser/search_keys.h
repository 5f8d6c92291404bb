// What a SEARCH asks for (RFC 9051 6.4.4, RFC 3501 6.4.4).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "imap/parser/scanner.h"
#include "imap/parser/sequence_set.h"

namespace gannet::imap {

struct SearchKey {
  enum class Kind : std::uint8_t {
    kAll,         // every message
    kRecent,      // \Recent in this session
    kAnd,         // all of `children`
    kOr,          // one of `children`
    kNot,         // not the one of `children`
    kKeyword,     // `text` is set
    kSequence,    // sequence numbers in `set`
    kUid,         // UIDs in `set`
    kLarger,      // size above `number`
    kSmaller,     // size below `number`
    kModseq,      // modseq at least `number`
    kBefore,      // received before the day `number`
    kOn,          //
    kSince,       // received on the day or later
    kSentBefore,  // as the three above, by the Date field
    kSentOn,
    kSentSince,
    kFrom,  // `text` occurs in this address field
    kTo,
    kCc,
    kBcc,
    kSubject,
    kHeader,  // `text` occurs in the field `name`; an empty one: the field is there
    kBody,    // `text` occurs in the body
    kText,    // or in the header
  };
  Kind kind = Kind::kAll;
  std::int64_t number = 0;
  std::string text;  // UTF-8, its case folded but for keywords
  std::string name;
  SequenceSet set;
  std::vector<SearchKey> children;

  // Whether the key, or one in it, is of this kind.
  bool has(Kind wanted) const;
};

struct SearchRequest {
  SearchKey key;
};

// Everything after "SEARCH ". kBadCharset for a charset that is not known.
Result<SearchRequest> parse_search_request(Scanner& in);

}  // namespace gannet::imap
