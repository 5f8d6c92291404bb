// Flags and keywords (RFC 9051 2.3.2).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "imap/parser/scanner.h"

namespace gannet::imap {

// The usual spelling of one of the five system flags that a client may set; nothing for any other word.
std::optional<std::string_view> system_flag(std::string_view word);

// One flag: a system flag or a keyword. \Recent, which no client can change, gives nothing (RFC 3501 2.3.2).
// kSyntax for any other word with a backslash.
Result<std::optional<std::string>> parse_flag(Scanner& in);
// "(\Seen $Forwarded)", possibly empty, of a new message: \Recent is left out.
Result<std::vector<std::string>> parse_flag_list(Scanner& in);
// STORE takes the list with or without its parentheses; nothing may follow. kSyntax for \Recent.
Result<std::vector<std::string>> parse_store_flags(Scanner& in);

}  // namespace gannet::imap
