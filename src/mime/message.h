// A message taken apart: one pass, no copies, everything is an offset into the message.
//
// parse() never fails: whatever the octets are, they are some message, read as the big servers read it, and
// `flags` tells what was odd. Invariants, whatever the input:
//   - parts[0] is the message itself; parts lie in document order (a parent before its children, siblings in
//   order);
//   - header.end == body.begin; the ranges of a part lie inside its parent's body, and siblings do not
//   overlap;
//   - a kMultipart and a kMessage part have at least one child, a kMessage exactly one (the message inside),
//   others none.
// A ParsedMessage refers to the message's octets, which must outlive it. Immutable; any thread may read it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mime/content_type.h"
#include "mime/header.h"
#include "mime/limits.h"
#include "mime/range.h"
#include "mime/transfer_encoding.h"

namespace gannet::mime {

inline constexpr std::uint32_t kNoPart = 0xffff'ffff;

enum class PartKind : std::uint8_t {
  kBasic,      // anything that is none of the others
  kText,       // text/*
  kMultipart,  // multipart/* with a boundary
  kMessage,    // message/rfc822 or message/global (RFC 9051 7.5.2, RFC 6532 3.7)
};

// What was odd, or cut short; bits of ParsedMessage::flags and Part::flags.
enum ParseFlag : std::uint16_t {
  kLimitReached = 1 << 0,    // a limit of Limits cut something
  kNoEmptyLine = 1 << 1,     // header section without the empty line after it
  kBadHeaderLine = 1 << 2,   // a header line without a colon
  kBadContentType = 1 << 3,  // Content-Type unreadable: taken as text/plain (RFC 2045 5.2)
  kNoBoundary = 1 << 4,      // multipart without a boundary parameter: taken as text/plain
  kNoDelimiter = 1 << 5,     // multipart in whose body the boundary does not occur: its body is its one part
  kNotClosed = 1 << 6,       // multipart without a closing delimiter
  kEncodedComposite =
      1 << 7,             // multipart or message under base64 or quoted-printable (RFC 2045 6.4 forbids it)
  kDefaultType = 1 << 8,  // no Content-Type: text/plain, or message/rfc822 in a digest
  kBareLf = 1 << 9,       // a header line that ends with LF alone
};

struct Part {
  PartKind kind = PartKind::kText;
  Encoding encoding = Encoding::k7Bit;
  std::uint16_t flags = 0;         // ParseFlag bits
  std::uint32_t parent = kNoPart;  // kNoPart for the root
  std::uint32_t first_child = kNoPart;
  std::uint32_t next_sibling = kNoPart;
  // Media type as written, or the default; never empty. The views point into the message or to static text.
  std::string_view type;
  std::string_view subtype;
  Range header;                   // header section with its closing empty line
  Range body;                     // without the line end that belongs to the delimiter after it
  Range preamble;                 // kMultipart: before the first delimiter line, its line end left out
  Range epilogue;                 // kMultipart: after the closing delimiter line
  std::uint32_t lines = 0;        // line ends (LF) in body
  std::uint32_t first_field = 0;  // this part's fields: ParsedMessage::headers[first_field ...]
  std::uint32_t field_count = 0;
};

struct ParsedMessage {
  std::string_view message;
  std::vector<Part> parts;
  std::vector<Header> headers;  // of all parts, in document order
  std::uint16_t flags = 0;      // of all parts together
  Limits limits;

  const Part& root() const { return parts.front(); }
  // The first field of that name in the part's header section, or null.
  const Header* find(const Part& part, HeaderId id) const;
  const Header* find(const Part& part, std::string_view name) const;
  const Header* find(HeaderId id) const { return find(root(), id); }
  const Header* find(std::string_view name) const { return find(root(), name); }
  // The raw value of that first field; empty if there is none.
  std::string_view raw(const Part& part, HeaderId id) const;
  std::string_view raw(HeaderId id) const { return raw(root(), id); }
  // How often the root's header has it (Received: loops).
  std::size_t count(HeaderId id) const;

  std::string_view header_of(const Part& part) const { return part.header.in(message); }
  std::string_view body_of(const Part& part) const { return part.body.in(message); }

  // With the default's charset=us-ascii where the type is a default (RFC 2045 5.2).
  ContentType content_type(const Part& part) const;
  Disposition disposition(const Part& part) const;
  // The charset parameter as written; empty if there is none.
  std::string charset(const Part& part) const;
  // The name under which to save it, UTF-8: Content-Disposition's filename, else Content-Type's name; may be
  // empty.
  std::string file_name(const Part& part) const;
};

// Octets from 4 GiB on are not looked at (kLimitReached).
ParsedMessage parse(std::string_view message, const Limits& limits = {});

bool is_type(const Part& part, std::string_view type, std::string_view subtype);

}  // namespace gannet::mime
