#include "imap/commands/message_text.h"

#include <algorithm>

#include "base/unicode.h"
#include "mime/header.h"

namespace gannet::imap {

std::string filter_header(std::string_view header, const std::vector<std::string>& fields, bool fields_not) {
  std::string out;
  mime::HeaderReader reader(header, 0);
  while (reader.next()) {
    const auto name = reader.header().name(header);
    const bool named = std::ranges::any_of(
        fields, [&](const std::string& field) { return equal_ignoring_ascii_case(field, name); });
    if (named != fields_not) out += reader.header().field(header);
  }
  // A header that ends without a line end, or without the empty line, has one all the same here.
  if (!out.empty() && !out.ends_with('\n')) out += "\r\n";
  out += "\r\n";
  return out;
}

mime::Range partial_range(const FetchSection& section, std::uint32_t size) {
  if (!section.partial) return {0, size};
  const auto begin = std::min<std::uint64_t>(section.partial->offset, size);
  const auto end =
      std::min<std::uint64_t>(begin + std::min<std::uint64_t>(section.partial->length, size), size);
  return {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)};
}

}  // namespace gannet::imap
