// Writing responses: straight into the output, without copies on the way.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gannet::imap {

void append_number(std::string& out, std::uint64_t number);

// A string: quoted where RFC 9051 9 lets it be (7-bit, no line end, below 4 KB), else a literal. NUL octets,
// which neither may hold, are left out.
void append_string(std::string& out, std::string_view text);
// The same; empty is NIL.
void append_nstring(std::string& out, std::string_view text);
// Octets of a literal whose size is told already. NUL, which only a literal8 may hold (RFC 9051 4.3.1), becomes
// 0x80, as other servers send it: the length, and so partial FETCH and RFC822.SIZE, stay as they are.
void append_octets(std::string& out, std::string_view octets);
// An atom where it can be one, else a string.
void append_astring(std::string& out, std::string_view text);
// A mailbox name from UTF-8: modified UTF-7 as an atom or a quoted string.
void append_mailbox(std::string& out, std::string_view utf8_path);

// Human-readable text of a response: line ends and other control characters become blanks, 8-bit octets '?'.
void append_text(std::string& out, std::string_view text);

}  // namespace gannet::imap
