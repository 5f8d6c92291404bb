// For tests: the messages under tests/messages/, and walking them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "mime/message.h"

namespace gannet::mime {

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

inline std::filesystem::path message_folder() {
  return std::filesystem::path(GANNET_SOURCE_DIR) / "tests" / "messages";
}

inline std::string test_message(const std::string& name) {
  const std::string text = read_file(message_folder() / name);
  EXPECT_TRUE(!text.empty() || name == "empty.eml") << name;
  return text;
}

// The tree as "multipart/mixed(text/plain message/rfc822(text/plain))".
inline std::string shape(const ParsedMessage& message, std::uint32_t index = 0) {
  const Part& part = message.parts[index];
  std::string out = std::string(part.type) + "/" + std::string(part.subtype);
  if (part.first_child == kNoPart) return out;
  out += "(";
  for (std::uint32_t i = part.first_child; i != kNoPart; i = message.parts[i].next_sibling)
    out += (i == part.first_child ? "" : " ") + shape(message, i);
  return out + ")";
}

// The invariants that message.h promises for any input.
inline void expect_invariants(const ParsedMessage& message) {
  ASSERT_FALSE(message.parts.empty());
  const auto size = message.message.size();
  std::vector<std::uint32_t> last_end(message.parts.size(), 0);
  for (std::uint32_t i = 0; i < message.parts.size(); ++i) {
    const Part& part = message.parts[i];
    ASSERT_LE(part.header.begin, part.header.end);
    ASSERT_EQ(part.header.end, part.body.begin);
    ASSERT_LE(part.body.begin, part.body.end);
    ASSERT_LE(part.body.end, size);
    ASSERT_FALSE(part.type.empty());
    ASSERT_FALSE(part.subtype.empty());
    ASSERT_EQ(part.lines, std::ranges::count(part.body.in(message.message), '\n')) << "part " << i;
    ASSERT_LE(part.first_field + part.field_count, message.headers.size());
    for (std::uint32_t f = 0; f < part.field_count; ++f) {
      const Header& header = message.headers[part.first_field + f];
      ASSERT_LE(part.header.begin, header.begin);
      ASSERT_LE(header.begin, header.name_end);
      ASSERT_LE(header.name_end, std::max(header.value_begin, header.begin));
      ASSERT_LE(header.value_begin, header.value_end);
      ASSERT_LE(header.value_end, header.end);
      ASSERT_LE(header.end, part.header.end);
    }
    const bool container = part.kind == PartKind::kMultipart || part.kind == PartKind::kMessage;
    ASSERT_EQ(container, part.first_child != kNoPart) << "part " << i;
    if (container) {
      for (const Range& extra : {part.preamble, part.epilogue}) {
        ASSERT_LE(part.body.begin, extra.begin);
        ASSERT_LE(extra.begin, extra.end);
        ASSERT_LE(extra.end, part.body.end);
      }
    }
    if (part.kind == PartKind::kMessage) {
      ASSERT_EQ(message.parts[part.first_child].next_sibling, kNoPart);
    }
    if (i == 0) {
      ASSERT_EQ(part.parent, kNoPart);
      ASSERT_EQ(part.header.begin, 0u);
      ASSERT_EQ(part.body.end, size);
      continue;
    }
    ASSERT_LT(part.parent, i);
    const Part& parent = message.parts[part.parent];
    ASSERT_GE(part.header.begin, std::max(parent.body.begin, last_end[part.parent]));
    ASSERT_LE(part.body.end, parent.body.end);
    last_end[part.parent] = part.body.end;
  }
}

}  // namespace gannet::mime
