// Mailbox names on the wire: modified UTF-7 (RFC 3501 5.1.3) to and from UTF-8, and the patterns of LIST.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "imap/errors.h"
#include "imap/parser/scanner.h"

namespace gannet::imap {

inline constexpr char kDelimiter = '/';

// Nothing for broken modified UTF-7. Plain UTF-8, which clients with RFC 6855 in mind send, is taken as it
// is.
std::optional<std::string> decode_utf7(std::string_view name);
std::string encode_utf7(std::string_view utf8);

// A mailbox name as an argument: UTF-8 in NFC, INBOX in capitals (RFC 9051 5.1). kSyntax when it is none.
Result<std::string> parse_mailbox(Scanner& in);
// The same for a name that is read already.
Result<std::string> normalize_mailbox(std::string_view wire_name);

// RFC 9051 6.3.9: `*` matches anything, `%` anything without a delimiter. INBOX in any case.
bool matches_pattern(std::string_view pattern, std::string_view name);

}  // namespace gannet::imap
