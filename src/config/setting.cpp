#include "config/setting.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <limits>

#include "config/registry.h"

namespace gannet::config {
namespace {

template <typename T>
using Parsed = std::expected<T, ValueError>;

bool is_pem(const Declaration& declaration) {
  return declaration.type == Type::kPem || declaration.type == Type::kPemKey;
}

std::unexpected<ValueError> wrong(const Declaration& declaration, const Node& node) {
  const bool hide = declaration.type == Type::kSecret || is_pem(declaration);
  return std::unexpected(
      ValueError{fmt::format("found {}, expected {}", hide ? "something else" : describe_node(node),
                             describe_type(declaration)),
                 node.line, false});
}

std::unexpected<ValueError> failed(const Error& error, int line) {
  return std::unexpected(ValueError{error.text(), line, error.is(ConfigError::kNotFound)});
}

// The path where the whole text is %{file:PATH}%: for who watches the file, the same as file://PATH.
std::optional<std::string> file_alone(const Node& node) {
  constexpr std::string_view kStart = "%{file:", kEnd = "}%";
  std::string_view text = node.text;
  if (node.kind != Node::Kind::kString || !text.starts_with(kStart)) return std::nullopt;
  text.remove_prefix(kStart.size());
  if (text.find(kEnd) != text.size() - kEnd.size()) return std::nullopt;
  text.remove_suffix(kEnd.size());
  if (text.starts_with("file://")) text.remove_prefix(7);
  return std::string(text);
}

// A bound of a range, in the unit that the type counts in.
std::int64_t bound(const Declaration& declaration, std::string_view text, std::int64_t open) {
  if (text.empty()) return open;
  if (declaration.type == Type::kDuration) return parse_duration(text).value_or(Duration(open)).count();
  if (declaration.type == Type::kSize)
    return static_cast<std::int64_t>(parse_size(text).value_or(static_cast<std::uint64_t>(open)));
  return Value(text).as_integer().value_or(open);
}

bool in_range(const Declaration& declaration, std::int64_t value) {
  const auto dots = declaration.range.find("..");
  if (dots == std::string_view::npos) return true;
  return value >= bound(declaration, declaration.range.substr(0, dots),
                        std::numeric_limits<std::int64_t>::min()) &&
         value <=
             bound(declaration, declaration.range.substr(dots + 2), std::numeric_limits<std::int64_t>::max());
}

bool is_word(const Declaration& declaration, std::string_view text) {
  const auto words = split_words(declaration.words);
  return std::ranges::find(words, text) != words.end();
}

std::unexpected<ValueError> wrong_word(const Declaration& declaration, std::string_view text, int line) {
  const auto words = split_words(declaration.words);
  if (std::ranges::count(split_words(declaration.later_words), text) != 0) {
    return std::unexpected(ValueError{
        fmt::format("\"{}\" is not in this version of Gannet; allowed are: {}", text, fmt::join(words, ", ")),
        line, false});
  }
  return std::unexpected(ValueError{fmt::format("found \"{}\", allowed are: {} (did you mean {}?)", text,
                                                fmt::join(words, ", "), nearest_word(text, words)),
                                    line, false});
}

template <typename T, typename Parse>
Parsed<Scalar> scalar_of(const Declaration& declaration, const Node& node, Parse parse) {
  std::optional<T> value = parse(node.text);
  if (!value) return wrong(declaration, node);
  return Scalar(std::move(*value));
}

Parsed<Scalar> whole_number(const Declaration& declaration, const Node& node) {
  std::optional<std::int64_t> value;
  if (node.kind == Node::Kind::kInteger) value = node.integer;
  if (node.kind == Node::Kind::kString && declaration.type == Type::kInteger)
    value = Value(node.text).as_integer();
  if (node.kind == Node::Kind::kString && declaration.type == Type::kSize) {
    if (const auto size = parse_size(node.text)) value = static_cast<std::int64_t>(*size);
  }
  if (!value || (declaration.type == Type::kSize && *value < 0)) return wrong(declaration, node);
  if (!in_range(declaration, *value)) return wrong(declaration, node);
  if (declaration.type == Type::kSize) return Scalar(static_cast<std::uint64_t>(*value));
  return Scalar(*value);
}

// `node` is a string whose macros are expanded.
Parsed<Scalar> from_text(const Declaration& declaration, const Node& node, Macros& macros) {
  const std::string& text = node.text;
  switch (declaration.type) {
    case Type::kDuration: {
      const auto value = parse_duration(text);
      if (!value || !in_range(declaration, value->count())) return wrong(declaration, node);
      return Scalar(*value);
    }
    case Type::kRate:
      return scalar_of<Rate>(declaration, node, parse_rate);
    case Type::kCron:
      return scalar_of<Cron>(declaration, node, parse_cron);
    case Type::kIp:
      return scalar_of<IpAddress>(declaration, node, IpAddress::parse);
    case Type::kNetwork:
      return scalar_of<IpNetwork>(declaration, node, IpNetwork::parse);
    case Type::kSocketAddress:
      return scalar_of<Endpoint>(declaration, node, Endpoint::parse);
    case Type::kEnum:
      if (!is_word(declaration, text)) return wrong_word(declaration, text, node.line);
      return Scalar(text);
    case Type::kUrl: {
      const auto colon = text.find(':');
      if (colon == std::string::npos || colon == 0 || text.size() == colon + 1)
        return wrong(declaration, node);
      return Scalar(text);
    }
    case Type::kRegex: {
      re2::RE2::Options options(re2::RE2::Quiet);
      const re2::RE2 regex(text, options);
      if (!regex.ok()) {
        return std::unexpected(ValueError{fmt::format("found {}, which is not a regular expression: {}",
                                                      describe_node(node), regex.error()),
                                          node.line, false});
      }
      return Scalar(text);
    }
    case Type::kSecret:
    case Type::kText:
    case Type::kPem:
    case Type::kPemKey: {
      const bool secret = declaration.type == Type::kSecret || declaration.type == Type::kPemKey;
      if (!text.starts_with("file://")) return secret ? Scalar(Secret(text)) : Scalar(text);
      auto content = macros.read_file(text);
      if (!content) return failed(content.error(), node.line);
      if (declaration.type == Type::kPem) return Scalar(text);
      if (declaration.type == Type::kPemKey) return Scalar(Secret(text));
      if (declaration.type == Type::kText) return Scalar(*std::move(content));
      while (content->ends_with('\n') || content->ends_with('\r')) content->pop_back();
      return Scalar(Secret(*std::move(content)));
    }
    default:
      return Scalar(text);
  }
}

Parsed<Scalar> parse_scalar(const Declaration& declaration, const Node& node, Macros& macros) {
  Node expanded;
  const Node* used = &node;
  if (const auto path = is_pem(declaration) ? file_alone(node) : std::nullopt) {
    expanded = Node::of("file://" + *path);
    expanded.line = node.line;
    used = &expanded;
  } else if (node.kind == Node::Kind::kString && node.text.find("%{") != std::string::npos) {
    auto text = macros.expand(node.text);
    if (!text) return failed(text.error(), node.line);
    expanded = Node::of(*std::move(text));
    expanded.line = node.line;
    used = &expanded;
  }
  const bool text = used->kind == Node::Kind::kString;
  switch (declaration.type) {
    case Type::kBool:
      if (used->kind == Node::Kind::kBool) return Scalar(used->boolean);
      if (text && (used->text == "true" || used->text == "false")) return Scalar(used->text == "true");
      return wrong(declaration, *used);
    case Type::kInteger:
    case Type::kSize:
      return whole_number(declaration, *used);
    case Type::kNumber: {
      if (used->kind == Node::Kind::kNumber) return Scalar(used->number);
      if (used->kind == Node::Kind::kInteger) return Scalar(static_cast<double>(used->integer));
      const auto value = text ? Value(used->text).as_number() : std::nullopt;
      return value ? Parsed<Scalar>(Scalar(*value)) : wrong(declaration, *used);
    }
    default:
      break;
  }
  // A host, a password or a name may be written as a bare number.
  if (used->kind == Node::Kind::kInteger &&
      (declaration.type == Type::kString || declaration.type == Type::kSecret)) {
    expanded = Node::of(to_toml(*used));
    return from_text(declaration, expanded, macros);
  }
  return text ? from_text(declaration, *used, macros) : wrong(declaration, *used);
}

// ---- Expressions.

// Whether a constant can be what the setting is; `false` and nothing switch it off.
bool constant_fits(const Declaration& declaration, const Value& value) {
  if (value.is_nothing() || value == Value(false)) return true;
  if (const auto* elements = value.array()) {
    return declaration.list &&
           std::ranges::all_of(*elements, [&](const Value& v) { return constant_fits(declaration, v); });
  }
  switch (declaration.type) {
    case Type::kBool:
      return value.is_bool() || value.is_integer();
    case Type::kInteger:
    case Type::kSize:
    case Type::kDuration:
      return value.is_integer() && in_range(declaration, *value.as_integer());
    case Type::kEnum:
      return is_word(declaration, value.as_string());
    case Type::kRate:
      return parse_rate(value.as_string()).has_value();
    default:
      return !value.is_bool();
  }
}

Parsed<std::shared_ptr<const Expression>> expression_from(const Declaration& declaration, const Node& node,
                                                          Macros& macros, bool condition) {
  switch (node.kind) {
    case Node::Kind::kBool:
      return Expression::constant(Value(node.boolean));
    case Node::Kind::kInteger:
      return Expression::constant(Value(node.integer));
    case Node::Kind::kNumber:
      return Expression::constant(Value(node.number));
    case Node::Kind::kString:
      break;
    default:
      return wrong(declaration, node);
  }
  auto text = macros.expand(node.text);
  if (!text) return failed(text.error(), node.line);
  if (declaration.type == Type::kRate && parse_rate(*text))
    return Expression::constant(Value(*std::move(text)));
  auto compiled = Expression::compile(
      *text, condition ? std::vector<std::string_view>() : split_words(declaration.words));
  if (!compiled) {
    return std::unexpected(ValueError{
        fmt::format("found {}: {}", describe_node(node), compiled.error().text()), node.line, false});
  }
  return *compiled;
}

std::unexpected<ValueError> wrong_condition(const Node& node) {
  return std::unexpected(ValueError{
      "a list of conditions is [ { if = \"...\", then = ... }, ..., { else = ... } ]", node.line, false});
}

Parsed<std::shared_ptr<const Expression>> conditions_from(const Declaration& declaration, const Node& node,
                                                          Macros& macros) {
  std::vector<Expression::Branch> branches;
  std::shared_ptr<const Expression> otherwise;
  for (const Node& element : node.elements) {
    const Node* when = element.member("if");
    const Node* then = element.member(when ? "then" : "else");
    if (!then || element.members.size() != (when ? 2u : 1u) || otherwise) return wrong_condition(element);
    auto value = expression_from(declaration, *then, macros, false);
    if (!value) return std::unexpected(value.error());
    if (!when) {
      otherwise = *std::move(value);
      continue;
    }
    auto condition = expression_from(declaration, *when, macros, true);
    if (!condition) return std::unexpected(condition.error());
    branches.push_back({*std::move(condition), *std::move(value)});
  }
  return Expression::conditional(std::move(branches), std::move(otherwise));
}

// ["2m", "5m"]: each element an expression without variables.
Parsed<std::shared_ptr<const Expression>> array_from(const Declaration& declaration, const Node& node,
                                                     Macros& macros) {
  Value::Array values;
  for (const Node& element : node.elements) {
    auto value = expression_from(declaration, element, macros, false);
    if (!value) return std::unexpected(value.error());
    const Value* constant = (*value)->constant_value();
    if (!constant) {
      return std::unexpected(ValueError{
          fmt::format("found {}: write the whole list as one expression, \"[a, b]\"", describe_node(element)),
          element.line, false});
    }
    values.push_back(*constant);
  }
  return Expression::constant(Value(std::move(values)));
}

Parsed<std::shared_ptr<const Expression>> parse_expression(const Declaration& declaration, const Node& node,
                                                           Macros& macros) {
  auto out = node.is_table_array()             ? conditions_from(declaration, node, macros)
             : node.kind == Node::Kind::kArray ? array_from(declaration, node, macros)
                                               : expression_from(declaration, node, macros, false);
  if (!out) return out;
  for (const Value& value : (*out)->constant_results()) {
    if (constant_fits(declaration, value)) continue;
    return std::unexpected(
        ValueError{fmt::format("found {}, expected {}", describe_node(node), describe_type(declaration)),
                   node.line, false});
  }
  return out;
}

// ---- Lists.

// The elements of a list: an array, one value alone, or the keys of a set ("a" = "").
Parsed<std::vector<Node>> elements_of(const Declaration& declaration, const Node& node) {
  if (node.kind == Node::Kind::kArray) return node.elements;
  if (node.kind == Node::Kind::kString && node.text.starts_with('[') && node.text.ends_with(']') &&
      declaration.type != Type::kRegex && declaration.type != Type::kString) {
    auto written = node_from_text(declaration, node.text.substr(1, node.text.size() - 2));  // "[2m, 5m]"
    if (!written) return std::unexpected(written.error());
    for (Node& element : written->elements) element.line = node.line;
    return written->elements;
  }
  if (node.kind != Node::Kind::kTable) return std::vector<Node>{node};
  std::vector<Node> out;
  for (const auto& [name, value] : node.members) {
    if (value.kind != Node::Kind::kString || !value.text.empty()) return wrong(declaration, value);
    out.push_back(Node::of(name));
    out.back().line = value.line;
  }
  return out;
}

std::string shown_value(const Declaration& declaration, const Node& node) {
  if (declaration.type == Type::kSecret) return quote_toml(kSecretMask);
  if (is_pem(declaration) && !node.text.starts_with("file://") && !node.text.starts_with("%{")) {
    return quote_toml(kSecretMask);
  }
  return to_toml(without_passwords(node));
}

}  // namespace

std::expected<Setting, ValueError> parse_setting(const Declaration& declaration, const Node& node,
                                                 Macros& macros) {
  Setting out;
  out.declaration = &declaration;
  out.shown = shown_value(declaration, node);
  out.line = node.line;
  if (declaration.expression) {
    auto expression = parse_expression(declaration, node, macros);
    if (!expression) return std::unexpected(expression.error());
    out.expression = *std::move(expression);
    return out;
  }
  if (declaration.off && node.kind == Node::Kind::kBool) {
    if (node.boolean) return wrong(declaration, node);
    out.off = true;
    return out;
  }
  if (!declaration.list) {
    auto item = parse_scalar(declaration, node, macros);
    if (!item) return std::unexpected(item.error());
    out.items.push_back(*std::move(item));
    return out;
  }
  auto elements = elements_of(declaration, node);
  if (!elements) return std::unexpected(elements.error());
  for (const Node& element : *elements) {
    auto item = parse_scalar(declaration, element, macros);
    if (!item) return std::unexpected(item.error());
    out.items.push_back(*std::move(item));
  }
  return out;
}

std::expected<Node, ValueError> node_from_text(const Declaration& declaration, std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  const bool conditions =
      declaration.expression && text.starts_with('[') && text.find('{') != std::string_view::npos;
  if (conditions || (declaration.list && !declaration.expression && text.starts_with('['))) {
    auto document = read_toml(fmt::format("value = {}\n", text));
    if (!document) return std::unexpected(ValueError{document.error().message, 0, false});
    const Node* value = document->member("value");
    if (!value || document->members.size() != 1)
      return std::unexpected(ValueError{"not one value", 0, false});
    return *value;
  }
  if (declaration.list && !declaration.expression) {
    Node out;
    out.kind = Node::Kind::kArray;
    while (!text.empty()) {
      const auto comma = std::min(text.find(','), text.size());
      auto element = text.substr(0, comma);
      while (element.starts_with(' ')) element.remove_prefix(1);
      while (element.ends_with(' ')) element.remove_suffix(1);
      out.elements.push_back(Node::of(std::string(element)));
      text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return out;
  }
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  const bool bool_like = declaration.type == Type::kBool || declaration.off || declaration.expression;
  if (bool_like && (text == "true" || text == "false")) return Node::of(text == "true");
  const bool number_like = declaration.type == Type::kInteger || declaration.type == Type::kSize;
  if (number_like) {
    if (const auto value = Value(text).as_integer()) return Node::of(*value);
  }
  return Node::of(std::string(text));
}

std::expected<Setting, ValueError> parse_setting_text(const Declaration& declaration, std::string_view text) {
  auto node = node_from_text(declaration, text);
  if (!node) return std::unexpected(node.error());
  const Node nothing;
  Macros macros(nothing, [](const std::string&) { return std::nullopt; });
  return parse_setting(declaration, *node, macros);
}

}  // namespace gannet::config
