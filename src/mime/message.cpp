#include "mime/message.h"

#include <algorithm>

namespace gannet::mime {

const Header* ParsedMessage::find(const Part& part, HeaderId id) const {
  const auto* begin = headers.data() + part.first_field;
  const auto* end = begin + part.field_count;
  const auto* found = std::find_if(begin, end, [&](const Header& h) { return h.id == id; });
  return found == end ? nullptr : found;
}

const Header* ParsedMessage::find(const Part& part, std::string_view name) const {
  if (const HeaderId id = header_id(name); id != HeaderId::kOther) return find(part, id);
  const auto* begin = headers.data() + part.first_field;
  const auto* end = begin + part.field_count;
  const auto* found = std::find_if(begin, end, [&](const Header& h) {
    return h.id == HeaderId::kOther && equals_ignoring_case(h.name(message), name);
  });
  return found == end ? nullptr : found;
}

std::string_view ParsedMessage::raw(const Part& part, HeaderId id) const {
  const Header* header = find(part, id);
  return header ? header->raw_value(message) : std::string_view{};
}

std::size_t ParsedMessage::count(HeaderId id) const {
  const auto* begin = headers.data() + root().first_field;
  return static_cast<std::size_t>(
      std::count_if(begin, begin + root().field_count, [&](const Header& h) { return h.id == id; }));
}

ContentType ParsedMessage::content_type(const Part& part) const {
  ContentType out;
  // RFC 2045 5.2: an unreadable type is taken as the default, its parameters with it.
  if (!(part.flags & (kDefaultType | kBadContentType | kNoBoundary)))
    out = parse_content_type(raw(part, HeaderId::kContentType), limits.max_parameters);
  out.type = part.type;
  out.subtype = part.subtype;
  if (part.flags & kDefaultType && part.kind == PartKind::kText)
    out.parameters.push_back({"charset", "us-ascii"});
  return out;
}

Disposition ParsedMessage::disposition(const Part& part) const {
  return parse_disposition(raw(part, HeaderId::kContentDisposition), limits.max_parameters);
}

std::string ParsedMessage::charset(const Part& part) const {
  if (part.flags & kDefaultType) return {};
  const ContentType type = parse_content_type(raw(part, HeaderId::kContentType), limits.max_parameters);
  return decode_parameter(type.parameters, "charset").value_or("");
}

std::string ParsedMessage::file_name(const Part& part) const {
  if (auto name = decode_parameter(disposition(part).parameters, "filename")) return *name;
  const ContentType type = parse_content_type(raw(part, HeaderId::kContentType), limits.max_parameters);
  return decode_parameter(type.parameters, "name").value_or("");
}

bool is_type(const Part& part, std::string_view type, std::string_view subtype) {
  return equals_ignoring_case(part.type, type) && equals_ignoring_case(part.subtype, subtype);
}

}  // namespace gannet::mime
