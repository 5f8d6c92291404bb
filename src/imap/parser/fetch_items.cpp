#include "imap/parser/fetch_items.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/unicode.h"
#include "imap/response/writer.h"

namespace gannet::imap {
namespace {

constexpr std::size_t kMaxSections = 200;
constexpr std::size_t kMaxFields = 500;
// mime::Limits::max_depth bounds what a message can have.
constexpr std::size_t kMaxPath = 100;

bool is_word_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.';
}

bool same(std::string_view a, std::string_view b) {
  return equal_ignoring_ascii_case(a, b);
}

// "(From To)" after HEADER.FIELDS
Result<void> parse_fields(Scanner& in, FetchSection& section) {
  TRY(in.space());
  TRY(in.expect('(', "a list of header fields in parentheses"));
  do {
    if (section.fields.size() == kMaxFields) {
      return fail(ImapError::kSyntax, fmt::format("More than {} header fields in one section", kMaxFields));
    }
    section.fields.emplace_back(TRY(in.astring("the name of a header field")));
  } while (in.skip(' '));
  return in.expect(')', "a space or ')' after a header field");
}

// What stands between the brackets.
Result<void> parse_section_text(Scanner& in, FetchSection& section) {
  while (in.peek() >= '0' && in.peek() <= '9') {
    if (section.path.size() == kMaxPath)
      return fail(ImapError::kSyntax, "The section's part number is too deep");
    section.path.push_back(TRY(in.nonzero_number("a part number")));
    if (!in.skip('.')) return {};
  }
  if (in.peek() == ']' && section.path.empty()) return {};
  const auto word = in.take_while(is_word_char);
  if (same(word, "TEXT")) {
    section.kind = mime::SectionKind::kText;
  } else if (same(word, "MIME") && !section.path.empty()) {
    section.kind = mime::SectionKind::kMime;
  } else if (same(word, "HEADER")) {
    section.kind = mime::SectionKind::kHeader;
  } else if (same(word, "HEADER.FIELDS") || same(word, "HEADER.FIELDS.NOT")) {
    section.kind = mime::SectionKind::kHeader;
    section.fields_not = word.size() > std::string_view("HEADER.FIELDS").size();
    return parse_fields(in, section);
  } else {
    return in.expected(
        "a part number, HEADER, HEADER.FIELDS, HEADER.FIELDS.NOT, TEXT, or MIME after a part number");
  }
  return {};
}

std::string label_of(const FetchSection& section) {
  std::string label = "BODY[";
  for (const auto number : section.path) {
    append_number(label, number);
    label += '.';
  }
  switch (section.kind) {
    case mime::SectionKind::kAll:
      if (!section.path.empty()) label.pop_back();
      break;
    case mime::SectionKind::kHeader:
      label += "HEADER";
      break;
    case mime::SectionKind::kText:
      label += "TEXT";
      break;
    case mime::SectionKind::kMime:
      label += "MIME";
      break;
  }
  if (!section.fields.empty()) {
    label += section.fields_not ? ".FIELDS.NOT (" : ".FIELDS (";
    for (const auto& field : section.fields) {
      append_astring(label, field);
      label += ' ';
    }
    label.back() = ')';
  }
  label += ']';
  return label;
}

Result<void> parse_partial(Scanner& in, FetchSection& section) {
  if (!in.skip('<')) return {};
  FetchSection::Partial partial;
  partial.offset = TRY(in.number64("the first octet"));
  TRY(in.expect('.', "'.' between offset and length"));
  partial.length = TRY(in.number64("a number of octets"));
  TRY(in.expect('>', "'>' after the number of octets"));
  if (partial.length == 0)
    return fail(ImapError::kSyntax, "A partial FETCH of no octets; the length must be above 0");
  section.partial = partial;
  return {};
}

Result<void> add_section(FetchRequest& request, FetchSection section) {
  if (request.sections.size() == kMaxSections) {
    return fail(ImapError::kSyntax, fmt::format("More than {} sections in one FETCH", kMaxSections));
  }
  request.sections.push_back(std::move(section));
  return {};
}

// After "BODY" or "BODY.PEEK".
Result<void> parse_body(Scanner& in, FetchRequest& request, bool peek) {
  if (!in.skip('[')) {
    if (peek) return in.expected("'[' after BODY.PEEK");
    request.body = true;
    return {};
  }
  FetchSection section;
  section.peek = peek;
  TRY(parse_section_text(in, section));
  TRY(in.expect(']', "']' after a section"));
  section.label = label_of(section);
  TRY(parse_partial(in, section));
  return add_section(request, std::move(section));
}

// RFC 3501 6.4.5: RFC822, RFC822.HEADER and RFC822.TEXT are BODY[], BODY.PEEK[HEADER] and BODY[TEXT] by other
// names.
Result<void> add_rfc822(FetchRequest& request, std::string label, mime::SectionKind kind, bool peek) {
  FetchSection section;
  section.label = std::move(label);
  section.kind = kind;
  section.peek = peek;
  return add_section(request, std::move(section));
}

Result<void> parse_item(Scanner& in, FetchRequest& request) {
  const auto word = in.take_while(is_word_char);
  if (same(word, "BODY")) return parse_body(in, request, false);
  if (same(word, "BODY.PEEK")) return parse_body(in, request, true);
  if (same(word, "RFC822")) return add_rfc822(request, "RFC822", mime::SectionKind::kAll, false);
  if (same(word, "RFC822.HEADER"))
    return add_rfc822(request, "RFC822.HEADER", mime::SectionKind::kHeader, true);
  if (same(word, "RFC822.TEXT")) return add_rfc822(request, "RFC822.TEXT", mime::SectionKind::kText, false);
  static constexpr std::pair<std::string_view, bool FetchRequest::*> kItems[] = {
      {"UID", &FetchRequest::uid},
      {"FLAGS", &FetchRequest::flags},
      {"INTERNALDATE", &FetchRequest::internal_date},
      {"RFC822.SIZE", &FetchRequest::size},
      {"MODSEQ", &FetchRequest::modseq},
      {"ENVELOPE", &FetchRequest::envelope},
      {"BODYSTRUCTURE", &FetchRequest::body_structure},
  };
  for (const auto& [name, member] : kItems) {
    if (!same(word, name)) continue;
    request.*member = true;
    return {};
  }
  return in.expected(
      "a FETCH item (UID, FLAGS, INTERNALDATE, RFC822.SIZE, ENVELOPE, BODY, BODYSTRUCTURE, BODY[...], "
      "BODY.PEEK[...], RFC822, RFC822.HEADER, RFC822.TEXT)");
}

bool take_macro(Scanner& in, FetchRequest& request) {
  const bool all = in.skip_word("ALL");
  const bool full = !all && in.skip_word("FULL");
  if (!all && !full && !in.skip_word("FAST")) return false;
  request.flags = request.internal_date = request.size = true;
  request.envelope = all || full;
  request.body = full;
  return true;
}

}  // namespace

bool FetchRequest::needs_parts() const {
  return body || body_structure || std::ranges::any_of(sections, [](const FetchSection& section) {
           return !section.path.empty() || section.kind != mime::SectionKind::kAll;
         });
}

bool FetchRequest::sets_seen() const {
  return std::ranges::any_of(sections, [](const FetchSection& section) { return !section.peek; });
}

Result<FetchRequest> parse_fetch_request(Scanner& in) {
  FetchRequest request;
  if (take_macro(in, request)) return request;
  if (!in.skip('(')) {
    TRY(parse_item(in, request));
    return request;
  }
  do {
    // A macro is not allowed in a list, but harmless there, and some clients send one.
    if (!take_macro(in, request)) TRY(parse_item(in, request));
  } while (in.skip(' '));
  TRY(in.expect(')', "a space or ')' after a FETCH item"));
  return request;
}

}  // namespace gannet::imap
