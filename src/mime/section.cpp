#include "mime/summary.h"

namespace gannet::mime {
namespace {

// The part that `number` (from 1) names below `index`, which is the root of a message or a part of one.
std::optional<std::uint32_t> child(std::span<const PartSummary> parts, std::uint32_t index,
                                   std::uint32_t number) {
  if (number == 0) return std::nullopt;
  // RFC 9051 6.4.5.1: below a message, numbers count the parts of the message inside.
  if (parts[index].kind == PartKind::kMessage) {
    index = parts[index].first_child;
    // "Every message has at least one part number."
    if (parts[index].kind != PartKind::kMultipart) return number == 1 ? std::optional(index) : std::nullopt;
  }
  if (parts[index].kind != PartKind::kMultipart) return std::nullopt;
  std::uint32_t found = parts[index].first_child;
  while (found != kNoPart && --number > 0) found = parts[found].next_sibling;
  return found == kNoPart ? std::nullopt : std::optional(found);
}

std::optional<std::uint32_t> find_part(std::span<const PartSummary> parts,
                                       std::span<const std::uint32_t> path) {
  std::uint32_t index = 0;
  bool first = true;
  for (std::uint32_t number : path) {
    // The root stands for the whole message; unless it is a multipart, it is also its own part 1.
    if (first && parts[0].kind != PartKind::kMultipart) {
      if (number != 1) return std::nullopt;
    } else {
      const auto next = child(parts, index, number);
      if (!next) return std::nullopt;
      index = *next;
    }
    first = false;
  }
  return index;
}

}  // namespace

std::optional<Section> find_section(std::span<const PartSummary> parts, std::uint32_t message_size,
                                    std::span<const std::uint32_t> path, SectionKind kind) {
  if (parts.empty()) return std::nullopt;
  const auto found = find_part(parts, path);
  if (!found) return std::nullopt;
  const PartSummary& part = parts[*found];
  if (kind == SectionKind::kMime) {
    if (path.empty()) return std::nullopt;
    return Section{.range = part.header, .encoding = Encoding::k7Bit, .part = *found};
  }
  if (kind == SectionKind::kAll) {
    if (path.empty()) return Section{.range = {0, message_size}, .encoding = Encoding::k7Bit, .part = 0};
    return Section{.range = part.body, .encoding = part.encoding, .part = *found};
  }
  std::uint32_t index = *found;
  if (!path.empty()) {
    if (part.kind != PartKind::kMessage) return std::nullopt;
    index = part.first_child;
  }
  const PartSummary& inner = parts[index];
  if (kind == SectionKind::kHeader)
    return Section{.range = inner.header, .encoding = Encoding::k7Bit, .part = index};
  return Section{.range = inner.body, .encoding = inner.encoding, .part = index};
}

std::optional<Section> find_section(const MessageSummary& summary, std::span<const std::uint32_t> path,
                                    SectionKind kind) {
  return find_section(summary.parts(), summary.size, path, kind);
}

}  // namespace gannet::mime
