// expression := binary operators over unary over primary, by precedence climbing.
#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

#include "config/expression/lexer.h"
#include "config/expression/tree.h"
#include "config/registry.h"

namespace gannet::config::expression {
namespace {

struct Binary {
  std::string_view symbol;
  Operator op;
  int strength;  // of the binding
};
constexpr Binary kBinary[] = {
    {"||", Operator::kOr, 1},        {"^", Operator::kXor, 2},      {"&&", Operator::kAnd, 3},
    {"==", Operator::kEqual, 4},     {"!=", Operator::kUnequal, 4}, {"<", Operator::kLess, 5},
    {"<=", Operator::kLessEqual, 5}, {">", Operator::kGreater, 5},  {">=", Operator::kGreaterEqual, 5},
    {"+", Operator::kAdd, 6},        {"-", Operator::kSubtract, 6}, {"*", Operator::kMultiply, 7},
    {"/", Operator::kDivide, 7},
};

class Parser {
 public:
  Parser(std::string_view text, const std::vector<std::string_view>& words, const ExpressionLimits& limits)
      : lexer_(text), words_(words), limits_(limits) {}

  Result<Tree> whole() {
    TRY(advance());
    auto tree = TRY(binary(1));
    if (token_.kind != Token::Kind::kEnd) return unexpected_token("an operator");
    return tree;
  }

 private:
  Result<> advance() {
    token_ = TRY(lexer_.next());
    return {};
  }
  bool at(std::string_view symbol) const {
    return token_.kind == Token::Kind::kSymbol && token_.text == symbol;
  }
  std::unexpected<Error> unexpected_token(std::string_view wanted) const {
    return fail_at(token_.position,
                   token_.kind == Token::Kind::kEnd
                       ? fmt::format("the expression ends where {} is expected", wanted)
                       : fmt::format("found `{}` where {} is expected", token_.text, wanted));
  }

  // Counts the node and its depth.
  Result<Tree> node(Tree tree) {
    for (const Tree& child : tree.children) tree.depth = std::max(tree.depth, child.depth + 1);
    if (++nodes_ > limits_.nodes) return fail(ConfigError::kLimit, "the expression has too many parts");
    if (tree.depth > limits_.depth) return fail(ConfigError::kLimit, "the expression is nested too deeply");
    return tree;
  }

  Result<Tree> binary(int weakest) {
    Tree left = TRY(unary());
    while (token_.kind == Token::Kind::kSymbol) {
      const auto* found = std::ranges::find(kBinary, token_.text, &Binary::symbol);
      if (found == std::end(kBinary) || found->strength < weakest) break;
      TRY(advance());
      Tree parent;
      parent.kind = Tree::Kind::kBinary;
      parent.op = found->op;
      Tree right = TRY(binary(found->strength + 1));
      parent.children.push_back(std::move(left));
      parent.children.push_back(std::move(right));
      left = TRY(node(std::move(parent)));
    }
    return left;
  }

  Result<Tree> unary() {
    if (++nesting_ > limits_.depth) return fail(ConfigError::kLimit, "the expression is nested too deeply");
    auto tree = at("!") || at("-") ? prefixed() : primary();
    --nesting_;
    return tree;
  }

  Result<Tree> prefixed() {
    const bool negate = at("-");
    TRY(advance());
    Tree operand = TRY(unary());
    if (negate && operand.kind == Tree::Kind::kConstant && operand.constant.is_integer()) {
      operand.constant = Value(-*operand.constant.as_integer());  // literals are not negative: no overflow
      return operand;
    }
    Tree tree;
    tree.kind = negate ? Tree::Kind::kNegate : Tree::Kind::kNot;
    tree.children.push_back(std::move(operand));
    return node(std::move(tree));
  }

  Result<Tree> primary() {
    Tree tree;
    switch (token_.kind) {
      case Token::Kind::kLiteral:
        tree.constant = std::move(token_.literal);
        TRY(advance());
        return node(std::move(tree));
      case Token::Kind::kCapture:
        tree.kind = Tree::Kind::kCapture;
        tree.capture = token_.capture;
        TRY(advance());
        return node(std::move(tree));
      case Token::Kind::kName:
        return name();
      default:
        break;
    }
    if (at("(")) {
      TRY(advance());
      tree = TRY(binary(1));
      if (!at(")")) return unexpected_token("`)`");
      TRY(advance());
      return tree;
    }
    if (at("[")) return array();
    return unexpected_token("a value");
  }

  // Up to and with the closing symbol.
  Result<std::vector<Tree>> elements(std::string_view close) {
    std::vector<Tree> out;
    TRY(advance());
    while (!at(close)) {
      out.push_back(TRY(binary(1)));
      if (at(close)) break;
      if (!at(",")) return unexpected_token(fmt::format("`,` or `{}`", close));
      TRY(advance());
    }
    TRY(advance());
    return out;
  }

  Result<Tree> array() {
    Tree tree;
    tree.kind = Tree::Kind::kArray;
    tree.children = TRY(elements("]"));
    const bool constant =
        std::ranges::all_of(tree.children, [](const Tree& c) { return c.kind == Tree::Kind::kConstant; });
    if (!constant) return node(std::move(tree));
    Value::Array values;
    for (Tree& child : tree.children) values.push_back(std::move(child.constant));
    Tree folded;
    folded.constant = Value(std::move(values));
    return node(std::move(folded));
  }

  Result<Tree> name() {
    const Token name = token_;
    TRY(advance());
    if (at("(")) return call(name);
    Tree tree;
    if (name.text == "true" || name.text == "false") {
      tree.constant = Value(name.text == "true");
    } else if (std::ranges::find(words_, name.text) != words_.end()) {
      tree.constant = Value(name.text);
    } else if (const auto variable = find_variable(name.text)) {
      tree.kind = Tree::Kind::kVariable;
      tree.variable = *variable;
    } else {
      std::vector<std::string_view> known = words_;
      for (const auto& info : all_variables()) known.push_back(info.name);
      return fail_at(name.position,
                     fmt::format("unknown variable `{}` (did you mean `{}`? text needs quotes: '{}')",
                                 name.text, nearest_word(name.text, known), name.text));
    }
    return node(std::move(tree));
  }

  Result<Tree> call(const Token& name) {
    Tree tree;
    tree.kind = Tree::Kind::kCall;
    tree.function = find_function(name.text);
    if (!tree.function) {
      std::vector<std::string_view> known;
      for (const Function* function : all_functions())
        if (function->served) known.push_back(function->name);
      return fail_at(name.position, fmt::format("unknown function `{}` (did you mean `{}`?)", name.text,
                                                nearest_word(name.text, known)));
    }
    if (!tree.function->served)
      return fail_at(name.position, fmt::format("`{}` is not in this version of Gannet", name.text));
    tree.children = TRY(elements(")"));
    const std::size_t given = tree.children.size();
    if (given < tree.function->min_arguments || given > tree.function->max_arguments) {
      return fail_at(name.position,
                     fmt::format("wrong number of arguments ({}): write `{}`", given, tree.function->form));
    }
    if (name.text == "config_get") TRY(check_setting(tree, name));
    if (name.text == "matches") return compile_regex(std::move(tree), name);
    return node(std::move(tree));
  }

  // A setting that is named in so many words must be one.
  static Result<> check_setting(const Tree& call, const Token& name) {
    const std::string* key = call.children[0].constant.string();
    if (call.children[0].kind != Tree::Kind::kConstant || !key) return {};
    const Path path = split_key(*key);
    if (Registry::instance().match(path).declaration) return {};
    return fail_at(name.position, fmt::format("{}: {}", *key, Registry::instance().explain_unknown(path)));
  }

  Result<Tree> compile_regex(Tree tree, const Token& name) {
    const std::string* pattern = tree.children[0].constant.string();
    if (tree.children[0].kind != Tree::Kind::kConstant || !pattern) {
      return fail_at(name.position, "the first argument of matches() must be text in quotes");
    }
    if (pattern->size() > limits_.regex_size) {
      return fail(ConfigError::kLimit,
                  fmt::format("a regular expression is longer than {} octets", limits_.regex_size));
    }
    re2::RE2::Options options(re2::RE2::Quiet);
    options.set_max_mem(static_cast<std::int64_t>(limits_.regex_memory));
    auto regex = std::make_shared<const re2::RE2>(*pattern, options);
    if (!regex->ok()) return fail_at(name.position, fmt::format("regular expression: {}", regex->error()));
    tree.kind = Tree::Kind::kMatches;
    tree.regex = std::move(regex);
    tree.children.erase(tree.children.begin());
    return node(std::move(tree));
  }

  Lexer lexer_;
  const std::vector<std::string_view>& words_;
  const ExpressionLimits& limits_;
  Token token_;
  std::size_t nodes_ = 0;
  std::size_t nesting_ = 0;
};

}  // namespace

Result<Tree> parse(std::string_view text, const std::vector<std::string_view>& words,
                   const ExpressionLimits& limits) {
  if (text.size() > limits.text_size) {
    return fail(ConfigError::kLimit,
                fmt::format("the expression is longer than {} octets", limits.text_size));
  }
  return Parser(text, words, limits).whole();
}

}  // namespace gannet::config::expression
