#include "config/node.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/secret.h"
#include "config/registry.h"

namespace gannet::config {

Node Node::of(std::string value) {
  Node out;
  out.kind = Kind::kString;
  out.text = std::move(value);
  return out;
}
Node Node::of(bool value) {
  Node out;
  out.kind = Kind::kBool;
  out.boolean = value;
  return out;
}
Node Node::of(std::int64_t value) {
  Node out;
  out.kind = Kind::kInteger;
  out.integer = value;
  return out;
}

const Node* Node::member(std::string_view name) const {
  const auto found =
      std::ranges::find(members, name, [](const Member& m) { return std::string_view(m.first); });
  return found == members.end() ? nullptr : &found->second;
}

bool Node::is_table_array() const {
  return kind == Kind::kArray && !elements.empty() &&
         std::ranges::all_of(elements, [](const Node& element) { return element.kind == Kind::kTable; });
}

std::string quote_toml(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (c == '\n') {
      out += "\\n";
    } else if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) {
      fmt::format_to(std::back_inserter(out), "\\u{:04X}",
                     static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      out.push_back(c);
    }
  }
  return out + '"';
}

std::string to_toml(const Node& node) {
  std::string out;
  switch (node.kind) {
    case Node::Kind::kBool:
      return node.boolean ? "true" : "false";
    case Node::Kind::kInteger:
      return fmt::format("{}", node.integer);
    case Node::Kind::kNumber: {
      out = fmt::format("{}", node.number);
      return out.find_first_not_of("-0123456789") == std::string::npos ? out + ".0" : out;
    }
    case Node::Kind::kString:
      return quote_toml(node.text);
    case Node::Kind::kDate:
      return node.text;
    case Node::Kind::kArray:
      for (const Node& element : node.elements) out += (out.empty() ? "" : ", ") + to_toml(element);
      return "[" + out + "]";
    case Node::Kind::kTable:
      for (const auto& [name, value] : node.members) {
        out += fmt::format("{}{} = {}", out.empty() ? "" : ", ", join_path({name}), to_toml(value));
      }
      return out.empty() ? "{}" : "{ " + out + " }";
  }
  return out;
}

Node without_passwords(const Node& node) {
  Node out = node;
  out.text = mask_url(node.text);
  for (Node& element : out.elements) element = without_passwords(element);
  for (auto& [name, value] : out.members) {
    name = mask_url(name);
    value = without_passwords(value);
  }
  return out;
}

std::string describe_node(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kTable:
      return "a table";
    case Node::Kind::kDate:
      return "a date";
    case Node::Kind::kArray:
      return node.is_table_array() ? "an array of tables" : to_toml(without_passwords(node));
    default:
      return to_toml(without_passwords(node));
  }
}

}  // namespace gannet::config
