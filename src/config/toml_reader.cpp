#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include <algorithm>
#include <sstream>

#include "config/node.h"

namespace gannet::config {
namespace {

Node convert(const toml::node& from) {
  Node out;
  out.line = static_cast<int>(from.source().begin.line);
  if (const auto* table = from.as_table()) {
    out.kind = Node::Kind::kTable;
    for (const auto& [key, value] : *table) {
      out.members.push_back({std::string(key.str()), convert(value)});
      // A table that only dotted keys made has no line of its own: the key's will do.
      Node& member = out.members.back().second;
      if (member.line == 0) member.line = static_cast<int>(key.source().begin.line);
    }
    // The library sorts by name; ids should come in the file's order.
    std::ranges::sort(out.members, {}, [](const Node::Member& m) {
      return std::pair(m.second.line, std::string_view(m.first));
    });
  } else if (const auto* array = from.as_array()) {
    out.kind = Node::Kind::kArray;
    for (const auto& element : *array) out.elements.push_back(convert(element));
  } else if (const auto* text = from.as_string()) {
    out.kind = Node::Kind::kString;
    out.text = text->get();
  } else if (const auto* integer = from.as_integer()) {
    out.kind = Node::Kind::kInteger;
    out.integer = integer->get();
  } else if (const auto* number = from.as_floating_point()) {
    out.kind = Node::Kind::kNumber;
    out.number = number->get();
  } else if (const auto* flag = from.as_boolean()) {
    out.kind = Node::Kind::kBool;
    out.boolean = flag->get();
  } else {
    out.kind = Node::Kind::kDate;
    std::ostringstream written;
    from.visit([&](const auto& value) {
      if constexpr (toml::is_date<decltype(value)> || toml::is_time<decltype(value)> ||
                    toml::is_date_time<decltype(value)>) {
        written << value.get();
      }
    });
    out.text = written.str();
  }
  return out;
}

}  // namespace

std::expected<Node, SyntaxError> read_toml(std::string_view text) {
  try {
    return convert(toml::parse(text));
  } catch (const toml::parse_error& e) {
    return std::unexpected(SyntaxError{static_cast<int>(e.source().begin.line),
                                       "not valid TOML: " + std::string(e.description())});
  }
}

}  // namespace gannet::config
