// Any octets are a message: parsing, the record, every section, text, and all header readers must stand them,
// and the invariants of mime/message.h must hold. Good seeds: tests/messages/.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "mime/charset.h"
#include "mime/date.h"
#include "mime/html.h"
#include "mime/message_id.h"
#include "mime/subject.h"
#include "mime/summary.h"
#include "mime/text.h"

namespace {

using namespace gannet::mime;

void require(bool condition) {
  if (!condition) std::abort();
}

void check_parts(const ParsedMessage& message) {
  for (std::size_t i = 0; i < message.parts.size(); ++i) {
    const Part& part = message.parts[i];
    require(part.header.begin <= part.header.end && part.header.end == part.body.begin);
    require(part.body.begin <= part.body.end && part.body.end <= message.message.size());
    require((part.kind >= PartKind::kMultipart) == (part.first_child != kNoPart));
    if (i == 0) continue;
    const Part& parent = message.parts[part.parent];
    require(part.header.begin >= parent.body.begin && part.body.end <= parent.body.end);
    if (part.next_sibling != kNoPart) require(message.parts[part.next_sibling].header.begin >= part.body.end);
  }
}

void check_record(const ParsedMessage& message) {
  const std::string record = encode_summary(message);
  const auto summary = decode_summary(record);
  require(summary.has_value());
  require(is_valid_utf8(summary->preview) && is_valid_utf8(summary->base_subject));
  const auto parts = summary->parts();
  require(parts.size() == message.parts.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    require(parts[i].body == message.parts[i].body && parts[i].header == message.parts[i].header);
    require(parts[i].parent == message.parts[i].parent &&
            parts[i].next_sibling == message.parts[i].next_sibling);
    require(!parts[i].type.empty() && !parts[i].subtype.empty());
  }
  for (std::uint32_t a = 0; a < 3; ++a) {
    for (std::uint32_t b = 0; b < 3; ++b) {
      const std::uint32_t path[] = {a, b};
      for (auto kind : {SectionKind::kAll, SectionKind::kHeader, SectionKind::kText, SectionKind::kMime})
        if (const auto section = find_section(*summary, path, kind)) section->range.in(message.message);
    }
  }
}

void read_as_record(std::string_view in) {
  const auto summary = decode_summary(in);
  if (!summary) return;
  std::size_t sum = 0;
  for (const auto& part : summary->parts())
    for (const auto& address : part.envelope.from) sum += address.name.size();
  for (const auto& address : summary->envelope.to) sum += address.name.size();
  for (auto id : summary->references) sum += id.size();
  require(sum <= in.size() * (in.size() + 1));
}

void read_as_header(std::string_view in) {
  require(is_valid_utf8(decode_unstructured(in)));
  require(is_valid_utf8(base_subject(in).text));
  for (const auto& address : parse_addresses(in)) format_address(address);
  if (const auto date = parse_date(in))
    require(date->offset_minutes >= -24 * 60 && date->offset_minutes <= 24 * 60);
  parse_message_ids(in);
  const auto type = parse_content_type(in);
  for (const auto& parameter : type.parameters) decode_parameter_value(parameter.name, parameter.value);
  parse_disposition(in);
  parse_language(in);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view in(reinterpret_cast<const char*>(data), size);
  const ParsedMessage message = parse(in);
  require(!message.parts.empty());
  check_parts(message);
  check_record(message);
  for (const auto& part : message.parts) {
    require(is_valid_utf8(text_of(message, part)));
    content_of(message, part, 1000);
    message.file_name(part);
  }
  check_parts(parse(in, {.max_depth = 3, .max_parts = 5, .max_headers = 7, .max_header_size = 100}));
  require(is_valid_utf8(html_to_text(to_utf8(in))));
  read_as_record(in);
  read_as_header(in);
  return 0;
}
