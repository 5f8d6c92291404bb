// A TOML document as plain data with line numbers, so that only one source file sees the TOML library.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gannet::config {

struct Node {
  struct Member;
  enum class Kind { kBool, kInteger, kNumber, kString, kArray, kTable, kDate };
  Kind kind = Kind::kTable;
  bool boolean = false;
  std::int64_t integer = 0;
  double number = 0;
  std::string text;             // kString; kDate as written
  std::vector<Node> elements;   // kArray
  std::vector<Member> members;  // kTable, in the file's order
  int line = 0;

  static Node of(std::string text);
  static Node of(bool value);
  static Node of(std::int64_t value);
  const Node* member(std::string_view name) const;
  // An array of one table or more, and of nothing else.
  bool is_table_array() const;
};

struct Node::Member {
  std::string first;
  Node second;
};

struct SyntaxError {
  int line = 0;
  std::string message;
};
// TOML 1.0, strictly.
std::expected<Node, SyntaxError> read_toml(std::string_view text);

// As TOML on one line.
std::string to_toml(const Node& node);
std::string quote_toml(std::string_view text);
// To be shown: every URL in it without its password.
Node without_passwords(const Node& node);
// For messages: `"30x"`, `12`, `a table`. Passwords in URLs are masked.
std::string describe_node(const Node& node);

}  // namespace gannet::config
