// What a FETCH asks for (RFC 9051 6.4.5, RFC 3501 6.4.5).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "imap/parser/scanner.h"
#include "mime/summary.h"

namespace gannet::imap {

struct FetchSection {
  std::string
      label;  // as the response names it: "BODY[1.HEADER]", "RFC822.TEXT"; the origin octet is added later
  std::vector<std::uint32_t> path;
  mime::SectionKind kind = mime::SectionKind::kAll;
  bool peek = false;  // leaves \Seen alone
  // HEADER.FIELDS and HEADER.FIELDS.NOT: the names, at least one.
  std::vector<std::string> fields;
  bool fields_not = false;
  struct Partial {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;  // above 0
  };
  std::optional<Partial> partial;
};

struct FetchRequest {
  bool uid = false;
  bool flags = false;
  bool internal_date = false;
  bool size = false;  // RFC822.SIZE
  bool modseq = false;
  bool envelope = false;
  bool body = false;  // BODY without a section
  bool body_structure = false;
  std::vector<FetchSection> sections;

  // Whether it takes the immutable record of a message to answer.
  bool needs_record() const { return envelope || body || body_structure || !sections.empty(); }
  // Whether it takes what is in that record: BODY[] alone is read from the message as it is.
  bool needs_summary() const { return envelope || needs_parts(); }
  bool needs_parts() const;
  bool sets_seen() const;
};

// One item, a macro (ALL, FAST, FULL) or a list in parentheses. An item that is named twice is answered once.
Result<FetchRequest> parse_fetch_request(Scanner& in);

}  // namespace gannet::imap
