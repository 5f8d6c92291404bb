#include <algorithm>
#include <cstring>
#include <limits>
#include <list>
#include <string>
#include <utility>

#include "mime/message.h"
#include "mime/parameters.h"

// How the pass works: a stack holds the multiparts and messages that are open. After a header section the
// parser either opens what the part holds, or runs through lines until one is a delimiter of something on the
// stack. A delimiter closes all that lies above its own multipart, so malformed nesting ends by itself.
namespace gannet::mime {
namespace {

struct Open {
  std::uint32_t part = 0;
  std::string_view boundary;  // empty for a message
  std::uint32_t last_child = kNoPart;
  std::uint32_t body_newlines = 0;   // LFs of the message before the part's body
  std::uint32_t epilogue_begin = 0;  // once closed
  bool closed = false;               // its closing delimiter was met; what follows is epilogue
};

struct Delimiter {
  std::size_t level = 0;  // index in the stack
  bool closing = false;
  std::uint32_t line_begin = 0;
  std::uint32_t next = 0;         // after the line
  std::uint32_t content_end = 0;  // without the line end that belongs to the delimiter (RFC 2046 5.1.1)
  std::uint32_t newlines = 0;     // LFs of the message before content_end
};

std::uint32_t count_newlines(std::string_view text) {
  return static_cast<std::uint32_t>(std::count(text.begin(), text.end(), '\n'));
}

class Parser {
 public:
  Parser(std::string_view message, const Limits& limits) {
    out_.limits = limits;
    out_.message = message;
    if (message.size() > std::numeric_limits<std::uint32_t>::max() - 1) {
      out_.message = message.substr(0, std::numeric_limits<std::uint32_t>::max() - 1);
      out_.flags |= kLimitReached;
    }
    out_.parts.reserve(4);
    out_.headers.reserve(32);
  }

  ParsedMessage run();

 private:
  enum class Body { kLeaf, kMultipart, kMessage };

  // Each opens a part, reads its header section, and tells how its body is to be read.
  Body read_part();
  void read_header(Part& part);
  bool ends_header(const Part& part, std::uint32_t line);
  void add_header(Part& part, const Header& header);
  Body read_content_type(std::uint32_t index);
  Body composite(Part& part, std::uint32_t index, std::string_view boundary, PartKind kind);
  std::string_view boundary_of(std::string_view raw_value, Lexer lexer);

  // The next delimiter of anything open; false at the end of the message. Moves position_ and newlines_.
  bool find_delimiter(Delimiter& out);
  bool match_delimiter(std::uint32_t line_begin, std::uint32_t line_end, Delimiter& out) const;
  // Ends the leaf that is being read and all that is open above `level`.
  void close_above(std::size_t level, std::uint32_t end, std::uint32_t newlines);
  void close_body(Part& part, std::uint32_t end, std::uint32_t newlines, std::uint32_t body_newlines) const;
  void add_only_child(std::uint32_t index);

  std::uint32_t size() const { return static_cast<std::uint32_t>(out_.message.size()); }

  ParsedMessage out_;
  std::vector<Open> stack_;
  std::list<std::string> odd_boundaries_;  // those that do not stand in the message as they are
  static constexpr std::size_t kNoField = static_cast<std::size_t>(-1);
  std::size_t own_type_ = kNoField;               // the Content-Type of the header section that is being read
  std::optional<std::string_view> own_boundary_;  // its boundary, once it was asked for
  std::uint32_t position_ = 0;
  std::uint32_t newlines_ = 0;  // LFs before position_
  // A delimiter ended a header section: it is on this line, and position_ is before the line end that belongs
  // to it.
  std::uint32_t delimiter_line_ = 0;
  bool leaf_open_ = false;  // the last part is a leaf whose end is not known yet
  std::uint32_t leaf_newlines_ = 0;
};

ParsedMessage Parser::run() {
  Body body = read_part();
  for (;;) {
    while (body == Body::kMessage) body = read_part();
    Delimiter delimiter;
    if (!find_delimiter(delimiter)) break;
    close_above(delimiter.level, delimiter.content_end, delimiter.newlines);
    Open& open = stack_[delimiter.level];
    Part& part = out_.parts[open.part];
    if (open.last_child == kNoPart) part.preamble.end = std::max(part.body.begin, delimiter.content_end);
    if (delimiter.closing) {
      open.closed = true;
      open.epilogue_begin = delimiter.next;
      if (open.last_child == kNoPart) part.flags |= kNoDelimiter;
      body = Body::kLeaf;
    } else {
      body = read_part();
    }
  }
  close_above(static_cast<std::size_t>(-1), size(), newlines_);
  for (const Part& part : out_.parts) out_.flags |= part.flags;
  return std::move(out_);
}

Parser::Body Parser::read_part() {
  const auto index = static_cast<std::uint32_t>(out_.parts.size());
  out_.parts.emplace_back();
  Part& part = out_.parts.back();
  if (!stack_.empty()) {
    Open& parent = stack_.back();
    part.parent = parent.part;
    if (parent.last_child == kNoPart) {
      out_.parts[parent.part].first_child = index;
    } else {
      out_.parts[parent.last_child].next_sibling = index;
    }
    parent.last_child = index;
  }
  read_header(part);
  leaf_open_ = false;
  const Body body = read_content_type(index);
  if (body == Body::kLeaf) {
    leaf_open_ = true;
    leaf_newlines_ = newlines_;
  }
  return body;
}

void Parser::read_header(Part& part) {
  part.header = part.body = {position_, position_};
  part.first_field = static_cast<std::uint32_t>(out_.headers.size());
  if (delimiter_line_ != 0) {
    part.flags |= kNoEmptyLine;
    return;
  }
  own_type_ = kNoField;
  own_boundary_.reset();
  HeaderReader reader(out_.message, position_);
  while (!ends_header(part, reader.position()) && reader.next()) add_header(part, reader.header());
  if (!reader.saw_empty_line()) part.flags |= kNoEmptyLine;
  part.field_count = static_cast<std::uint32_t>(out_.headers.size()) - part.first_field;
  position_ = reader.position();
  if (delimiter_line_ != 0) {
    // The last line end belongs to the delimiter (RFC 2046 5.1.1).
    position_ -= position_ > 1 && out_.message[position_ - 2] == '\r' ? 2 : 1;
    if (part.field_count > 0)
      out_.headers.back().end =
          std::min(out_.headers.back().end, std::max(position_, out_.headers.back().value_end));
  }
  part.header.end = part.body.begin = part.body.end = position_;
  newlines_ += count_newlines(part.header.in(out_.message));
  if (const auto raw = out_.raw(part, HeaderId::kContentTransferEncoding); !raw.empty())
    part.encoding = parse_encoding(raw);
}

// Whether the line at `line` is a delimiter, which ends a part even if its header section never ended: one of
// what is open, or the first of this part itself, the empty line before it forgotten.
bool Parser::ends_header(const Part& part, std::uint32_t line) {
  if (!out_.message.substr(line).starts_with("--")) return false;
  Delimiter delimiter;
  const auto line_end =
      static_cast<std::uint32_t>(std::min<std::size_t>(out_.message.find('\n', line), size()));
  if (match_delimiter(line, line_end, delimiter)) {
    if (line > part.header.begin) delimiter_line_ = line;
    return true;
  }
  if (own_type_ == kNoField) return false;
  if (!own_boundary_) {  // looked for once only: there may be many such lines
    const std::string_view value = out_.headers[own_type_].raw_value(out_.message);
    Lexer lexer(value);
    const bool multipart = equals_ignoring_case(read_type(lexer).type, "multipart");
    own_boundary_ = multipart ? boundary_of(value, lexer) : std::string_view{};
  }
  return !own_boundary_->empty() && out_.message.substr(line + 2).starts_with(*own_boundary_);
}

void Parser::add_header(Part& part, const Header& header) {
  if (header.name_end == header.begin) part.flags |= kBadHeaderLine;
  if (header.end - header.value_end == 1 && out_.message[header.end - 1] == '\n') part.flags |= kBareLf;
  if (out_.headers.size() >= out_.limits.max_headers ||
      header.end - part.header.begin > out_.limits.max_header_size) {
    part.flags |= kLimitReached;
  } else {
    if (header.id == HeaderId::kContentType && own_type_ == kNoField) own_type_ = out_.headers.size();
    out_.headers.push_back(header);
  }
}

Parser::Body Parser::read_content_type(std::uint32_t index) {
  Part& part = out_.parts[index];
  const Header* header = out_.find(part, HeaderId::kContentType);
  const bool in_digest = part.parent != kNoPart && out_.parts[part.parent].kind == PartKind::kMultipart &&
                         equals_ignoring_case(out_.parts[part.parent].subtype, "digest");
  part.type = "text";
  part.subtype = "plain";
  if (!header) {
    part.flags |= kDefaultType;
    if (!in_digest) return Body::kLeaf;
    // RFC 2046 5.1.5
    part.type = "message";
    part.subtype = "rfc822";
    return composite(part, index, {}, PartKind::kMessage);
  }
  const std::string_view value = header->raw_value(out_.message);
  Lexer lexer(value);
  RawType raw = read_type(lexer);
  if (raw.type.empty() || raw.subtype.empty()) {
    if (equals_ignoring_case(raw.type, "multipart")) {
      raw.subtype = "mixed";
    } else {
      part.flags |= kBadContentType;
      return Body::kLeaf;
    }
  }
  if (equals_ignoring_case(raw.type, "multipart")) {
    const std::string_view boundary = boundary_of(value, lexer);
    if (boundary.empty()) {
      part.flags |= kNoBoundary;
      return Body::kLeaf;
    }
    part.type = raw.type;
    part.subtype = raw.subtype;
    return composite(part, index, boundary, PartKind::kMultipart);
  }
  part.type = raw.type;
  part.subtype = raw.subtype;
  if (equals_ignoring_case(raw.type, "message") &&
      (equals_ignoring_case(raw.subtype, "rfc822") || equals_ignoring_case(raw.subtype, "global")))
    return composite(part, index, {}, PartKind::kMessage);
  part.kind = equals_ignoring_case(raw.type, "text") ? PartKind::kText : PartKind::kBasic;
  return Body::kLeaf;
}

// Opens a multipart or a message, unless a limit forbids it: then it is an opaque leaf.
Parser::Body Parser::composite(Part& part, std::uint32_t index, std::string_view boundary, PartKind kind) {
  if (stack_.size() >= out_.limits.max_depth || out_.parts.size() >= out_.limits.max_parts) {
    part.flags |= kLimitReached;
    part.kind = PartKind::kBasic;
    part.type = "application";
    part.subtype = "octet-stream";
    return Body::kLeaf;
  }
  if (part.encoding == Encoding::kBase64 || part.encoding == Encoding::kQuotedPrintable)
    part.flags |= kEncodedComposite;
  part.kind = kind;
  part.preamble = part.epilogue = {part.body.begin, part.body.begin};
  stack_.push_back({.part = index, .boundary = boundary, .body_newlines = newlines_});
  return kind == PartKind::kMultipart ? Body::kMultipart : Body::kMessage;
}

std::string_view Parser::boundary_of(std::string_view raw_value, Lexer lexer) {
  RawParameter parameter;
  std::string_view found;
  bool as_it_is = true;
  for (std::uint32_t i = 0; i < out_.limits.max_parameters && next_parameter(lexer, parameter); ++i) {
    if (equals_ignoring_case(parameter.name, "boundary")) {
      found = parameter.value;
      as_it_is = found.find_first_of("\\\r\n") == std::string_view::npos;
      break;
    }
    if (parameter.name.size() > 9 && equals_ignoring_case(parameter.name.substr(0, 9), "boundary*"))
      as_it_is = false;
  }
  if (!as_it_is) {
    const ContentType type = parse_content_type(raw_value, out_.limits.max_parameters);
    const auto decoded = decode_parameter(type.parameters, "boundary");
    if (!decoded) return {};
    odd_boundaries_.push_back(*decoded);
    found = odd_boundaries_.back();
  }
  // RFC 2046 5.1.1: a boundary does not end with white space.
  while (!found.empty() && is_space(found.back())) found.remove_suffix(1);
  return found;
}

// The longest boundary that matches wins, among equal ones that of an open multipart, then the innermost.
// After it may come only "--" and white space; what then follows on the line is ignored (RFC 2046 5.1.1:
// transport padding).
bool Parser::match_delimiter(std::uint32_t line_begin, std::uint32_t line_end, Delimiter& out) const {
  const std::string_view line = out_.message.substr(line_begin + 2, line_end - line_begin - 2);
  const Open* best = nullptr;
  for (std::size_t i = stack_.size(); i-- > 0;) {
    const Open& open = stack_[i];
    if (open.boundary.empty() || !line.starts_with(open.boundary)) continue;
    if (best && (open.boundary.size() < best->boundary.size() ||
                 (open.boundary.size() == best->boundary.size() && (!best->closed || open.closed))))
      continue;
    best = &open;
    out.level = i;
    out.closing = line.substr(open.boundary.size()).starts_with("--");
  }
  return best && !best->closed;
}

bool Parser::find_delimiter(Delimiter& out) {
  if (std::ranges::all_of(stack_, [](const Open& open) { return open.boundary.empty() || open.closed; })) {
    newlines_ += count_newlines(out_.message.substr(position_));
    position_ = size();
    return false;
  }
  const char* const data = out_.message.data();
  const std::uint32_t end = size();
  std::uint32_t line = position_;
  if (delimiter_line_ != 0) {
    line = std::exchange(delimiter_line_, 0);
    ++newlines_;
  }
  while (line < end) {
    const auto* lf = static_cast<const char*>(std::memchr(data + line, '\n', end - line));
    const std::uint32_t line_end = lf ? static_cast<std::uint32_t>(lf - data) : end;
    const std::uint32_t next = lf ? line_end + 1 : end;
    if (data[line] == '-' && line + 2 < end && data[line + 1] == '-' &&
        match_delimiter(line, line_end, out) && (out.closing || out_.parts.size() < out_.limits.max_parts)) {
      out.line_begin = line;
      out.next = next;
      out.content_end = line;
      out.newlines = newlines_;
      if (line > 0) {
        out.newlines = newlines_ - 1;
        out.content_end = line - (line > 1 && data[line - 2] == '\r' ? 2 : 1);
      }
      position_ = next;
      newlines_ += lf ? 1 : 0;
      return true;
    }
    line = next;
    newlines_ += lf ? 1 : 0;
  }
  position_ = end;
  return false;
}

// `newlines` are those before `end`. A part whose body begins after `end` (the line end before the delimiter
// was its header's) has an empty body.
void Parser::close_body(Part& part, std::uint32_t end, std::uint32_t newlines,
                        std::uint32_t body_newlines) const {
  part.body.end = std::max({part.body.begin, part.body.end, end});
  part.lines = part.body.end > end || newlines < body_newlines ? 0 : newlines - body_newlines;
  if (part.body.end > end && !part.body.empty()) part.lines = count_newlines(part.body.in(out_.message));
}

void Parser::close_above(std::size_t level, std::uint32_t end, std::uint32_t newlines) {
  std::uint32_t child_end = end;
  if (leaf_open_) {
    close_body(out_.parts.back(), end, newlines, leaf_newlines_);
    child_end = out_.parts.back().body.end;
    leaf_open_ = false;
  }
  while (!stack_.empty() && (level == static_cast<std::size_t>(-1) || stack_.size() > level + 1)) {
    const Open open = stack_.back();
    stack_.pop_back();
    Part& part = out_.parts[open.part];
    if (open.closed) {
      // The line end of the closing delimiter may be the one that belongs to the next delimiter.
      part.epilogue = {std::min(open.epilogue_begin, end), end};
      part.body.end = end;
    } else if (part.kind == PartKind::kMultipart) {
      part.flags |= kNotClosed;
      if (open.last_child == kNoPart) part.flags |= kNoDelimiter;
    }
    part.body.end = std::max(part.body.end, child_end);
    close_body(part, end, newlines, open.body_newlines);
    child_end = std::max(child_end, part.body.end);
    if (open.last_child == kNoPart) add_only_child(open.part);
  }
}

// A multipart without parts, which RFC 2046 does not allow and IMAP cannot express, is read as having its
// whole body as its one part, so that people still see the text.
void Parser::add_only_child(std::uint32_t index) {
  const auto child = static_cast<std::uint32_t>(out_.parts.size());
  out_.parts.emplace_back();
  Part& parent = out_.parts[index];
  Part& part = out_.parts.back();
  parent.first_child = child;
  part.parent = index;
  part.type = "text";
  part.subtype = "plain";
  part.flags = kDefaultType | kNoDelimiter;
  part.header = {parent.body.begin, parent.body.begin};
  part.body = parent.body;
  part.lines = parent.lines;
  part.first_field = static_cast<std::uint32_t>(out_.headers.size());
  parent.preamble = parent.epilogue = {parent.body.begin, parent.body.begin};
}

}  // namespace

ParsedMessage parse(std::string_view message, const Limits& limits) {
  return Parser(message, limits).run();
}

}  // namespace gannet::mime
