// Octets of one message for BODY[...] and SEARCH: read from the store when asked for, and at most once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "imap/parser/fetch_items.h"
#include "mailbox/accounts.h"
#include "mime/summary.h"

namespace gannet::imap {

// The header fields of a section that its HEADER.FIELDS or HEADER.FIELDS.NOT names, with the empty line at
// the end (RFC 9051 6.4.5.1).
std::string filter_header(std::string_view header, const std::vector<std::string>& fields, bool fields_not);

// The octets of `size` that a partial FETCH asks for; all of them without one.
mime::Range partial_range(const FetchSection& section, std::uint32_t size);

}  // namespace gannet::imap
