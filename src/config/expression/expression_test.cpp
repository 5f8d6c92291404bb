#include "config/expression/expression.h"

#include <gmock/gmock.h>

#include <map>

#include "config/expression/tree.h"

namespace gannet::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class TestVariables final : public Variables {
 public:
  Value get(Variable variable) const override {
    switch (variable) {
      case Variable::kRemoteIp:
        return Value("192.0.2.1");
      case Variable::kLocalPort:
        return Value(587);
      case Variable::kRcpt:
        return Value("sales.john@example.org");
      case Variable::kSenderDomain:
        return Value("Example.ORG");
      case Variable::kRecipients:
        return Value(Value::Array{Value("a@x.test"), Value("b@x.test")});
      default:
        return {};
    }
  }
};

class TestEnvironment final : public Environment {
 public:
  Result<bool> is_local_domain(std::string_view directory, std::string_view domain) override {
    ++asked;
    return directory == "*" && domain == "example.org";
  }
  Result<Value> key_get(std::string_view store, std::string_view key) override {
    if (store == "broken") return fail(ConfigError::kUnavailable, "the store is away", Retry::kCanHelp);
    return key == "hostname" ? Value("mx.example.org") : Value();
  }
  Result<std::int64_t> counter_incr(std::string_view, std::string_view key, std::int64_t delta) override {
    return counters[std::string(key)] += delta;
  }
  int asked = 0;
  std::map<std::string, std::int64_t> counters;
};

Value eval(std::string_view text) {
  const auto compiled = Expression::compile(text);
  EXPECT_TRUE(compiled) << text << ": " << compiled.error().describe();
  if (!compiled) return {};
  const TestVariables variables;
  TestEnvironment environment;
  const auto value = (*compiled)->evaluate(variables, environment);
  EXPECT_TRUE(value) << text << ": " << value.error().describe();
  return value ? *value : Value();
}
std::string text_of(std::string_view expression) {
  return eval(expression).as_string();
}
bool holds(std::string_view expression) {
  return eval(expression).truthy();
}

std::string compile_error(std::string_view text) {
  const auto compiled = Expression::compile(text);
  EXPECT_FALSE(compiled) << text;
  return compiled ? "" : compiled.error().text();
}
Error evaluation_error(std::string_view text) {
  const auto compiled = *Expression::compile(text);
  const TestVariables variables;
  TestEnvironment environment;
  auto value = compiled->evaluate(variables, environment);
  EXPECT_FALSE(value) << text;
  return value ? Error(ConfigError::kNotFound, "none") : value.error();
}

TEST(Expression, Literals) {
  EXPECT_EQ(eval("42"), Value(42));
  EXPECT_EQ(eval("-7"), Value(-7));
  EXPECT_EQ(eval("1.5"), Value(1.5));
  EXPECT_EQ(eval("true"), Value(true));
  EXPECT_EQ(eval("'it\\'s'"), Value("it's"));
  EXPECT_EQ(eval("\"double\""), Value("double"));
  EXPECT_EQ(eval("'a\\.b'"), Value("a\\.b"));
  EXPECT_EQ(eval("30s"), Value(30'000));
  EXPECT_EQ(eval("10mb"), Value(10 * 1024 * 1024));
  EXPECT_EQ(eval("[1, 'a', 2m]"), Value(Value::Array{Value(1), Value("a"), Value(120'000)}));
  EXPECT_EQ(eval("[]"), Value(Value::Array{}));
}

TEST(Expression, OperatorsAndTheirOrder) {
  EXPECT_EQ(eval("2 + 3 * 4"), Value(14));
  EXPECT_EQ(eval("(2 + 3) * 4"), Value(20));
  EXPECT_EQ(eval("10 - 4 - 3"), Value(3));
  EXPECT_EQ(eval("7 / 2"), Value(3));
  EXPECT_EQ(eval("7 / 2.0"), Value(3.5));
  EXPECT_EQ(eval("-(3 + 1)"), Value(-4));
  EXPECT_EQ(eval("'a' + 1 + 'b'"), Value("a1b"));
  EXPECT_TRUE(holds("1 + 1 == 2 && 3 > 2 || false"));
  EXPECT_TRUE(holds("true || false && false"));
  EXPECT_FALSE(holds("true ^ true"));
  EXPECT_TRUE(holds("true ^ false && false"));
  EXPECT_FALSE(holds("!true || false"));
  EXPECT_TRUE(holds("!(1 > 2)"));
  EXPECT_TRUE(holds("!!1"));
}

TEST(Expression, Comparison) {
  EXPECT_TRUE(holds("local_port == 587"));
  EXPECT_TRUE(holds("local_port != '25'"));
  EXPECT_TRUE(holds("local_port == '587'"));
  EXPECT_TRUE(holds("'abc' < 'abd'"));
  EXPECT_TRUE(holds("9 < 10"));
  EXPECT_TRUE(holds("'9' < 10"));
  EXPECT_TRUE(holds("2 >= 2 && 2 <= 2"));
  EXPECT_TRUE(holds("[1, 2] == [1, 2]"));
  EXPECT_FALSE(holds("[1, 2] == [1, 3]"));
  EXPECT_TRUE(holds("mx == ''"));
  EXPECT_FALSE(holds("'a' == 'A'"));
}

TEST(Expression, TheRightSideIsLeftAloneWhenTheLeftDecides) {
  const TestVariables variables;
  TestEnvironment environment;
  EXPECT_FALSE((*Expression::compile("false && is_local_domain('*', 'x')"))
                   ->evaluate(variables, environment)
                   ->truthy());
  EXPECT_TRUE((*Expression::compile("true || is_local_domain('*', 'x')"))
                  ->evaluate(variables, environment)
                  ->truthy());
  EXPECT_EQ(environment.asked, 0);
}

TEST(Expression, MatchesCaptures) {
  const TestVariables variables;
  TestEnvironment environment;
  Expression::Branch branch{*Expression::compile("matches('^([^.]+)\\.([^.]+)@(.+)$', rcpt)"),
                            *Expression::compile("$2 + '+' + $1 + '@' + $3")};
  const auto rewrite = Expression::conditional({branch}, Expression::constant(Value(false)));
  EXPECT_EQ(rewrite->evaluate(variables, environment)->as_string(), "john+sales@example.org");
  EXPECT_TRUE(holds("matches('[0-9]+', 'a12b') && $0 == '12'"));
  EXPECT_EQ(text_of("$1"), "");
  EXPECT_FALSE(holds("matches('^x', 'ax')"));
}

TEST(Expression, TheFirstConditionThatHoldsCounts) {
  const TestVariables variables;
  TestEnvironment environment;
  const auto branch = [](std::string_view when, int then) {
    return Expression::Branch{*Expression::compile(when), Expression::constant(Value(then))};
  };
  const auto first = Expression::conditional(
      {branch("local_port == 25", 1), branch("local_port == 587", 2), branch("true", 3)}, nullptr);
  EXPECT_EQ(*first->evaluate(variables, environment), Value(2));
  const auto none = Expression::conditional({branch("false", 1)}, nullptr);
  EXPECT_TRUE(none->evaluate(variables, environment)->is_nothing());
  EXPECT_EQ(*none->flag(variables, environment), false);
  EXPECT_EQ(*none->integer(variables, environment), std::nullopt);
}

TEST(ExpressionFunctions, Text) {
  EXPECT_EQ(text_of("trim('  a b ')"), "a b");
  EXPECT_EQ(text_of("trim_start('  a ')"), "a ");
  EXPECT_EQ(text_of("trim_end(' a  ')"), " a");
  EXPECT_EQ(text_of("to_lowercase(sender_domain)"), "example.org");
  EXPECT_EQ(text_of("to_uppercase('aé')"), "Aé");
  EXPECT_TRUE(holds("contains('hello', 'ell')"));
  EXPECT_TRUE(holds("contains(recipients, 'b@x.test')"));
  EXPECT_FALSE(holds("contains(recipients, 'b@x')"));
  EXPECT_TRUE(holds("contains_ignore_case('HELLO', 'ell')"));
  EXPECT_TRUE(holds("eq_ignore_case('Ab', 'aB')"));
  EXPECT_TRUE(holds("starts_with(rcpt, 'sales')"));
  EXPECT_TRUE(holds("ends_with(rcpt, '.org')"));
  EXPECT_EQ(eval("lines('a\r\nb\n')"), Value(Value::Array{Value("a"), Value("b")}));
  EXPECT_EQ(text_of("substring('abcdef', 2, 3)"), "cde");
  EXPECT_EQ(text_of("substring('äöü', 1)"), "öü");
  EXPECT_EQ(text_of("substring('abc', 9, 1)"), "");
  EXPECT_EQ(text_of("strip_prefix('re: x', 're: ')"), "x");
  EXPECT_TRUE(eval("strip_prefix('x', 'y')").is_nothing());
  EXPECT_EQ(text_of("strip_suffix('a.eml', '.eml')"), "a");
  EXPECT_EQ(text_of("split('a,b,c', ',')"), "a,b,c");
  EXPECT_EQ(eval("count(split('a,b,c', ','))"), Value(3));
  EXPECT_EQ(text_of("rsplit('a.b.c', '.')"), "c,b,a");
  EXPECT_EQ(eval("split_once('a=b=c', '=')"), Value(Value::Array{Value("a"), Value("b=c")}));
  EXPECT_EQ(eval("rsplit_once('a=b=c', '=')"), Value(Value::Array{Value("a=b"), Value("c")}));
  EXPECT_TRUE(eval("split_once('abc', '=')").is_nothing());
  EXPECT_EQ(eval("split_n('a b c d', ' ', 2)"), Value(Value::Array{Value("a"), Value("b c d")}));
  EXPECT_EQ(text_of("split_words('Hello, big world!')"), "Hello,big,world");
}

TEST(ExpressionFunctions, Characters) {
  EXPECT_EQ(eval("len('äb')"), Value(2));
  EXPECT_EQ(eval("len(recipients)"), Value(2));
  EXPECT_TRUE(holds("is_uppercase('A1 B')"));
  EXPECT_FALSE(holds("is_uppercase('12')"));
  EXPECT_TRUE(holds("is_lowercase('ab')"));
  EXPECT_TRUE(holds("has_digits('a1')"));
  EXPECT_EQ(eval("count_spaces('a b c')"), Value(2));
  EXPECT_EQ(eval("count_uppercase('AbC')"), Value(2));
  EXPECT_EQ(eval("count_lowercase('AbC')"), Value(1));
  EXPECT_EQ(eval("count_chars('äöü')"), Value(3));
}

TEST(ExpressionFunctions, Lists) {
  EXPECT_EQ(eval("sort([3, 10, 2], true)"), Value(Value::Array{Value(2), Value(3), Value(10)}));
  EXPECT_EQ(text_of("sort(['b', 'a'], false)"), "b,a");
  EXPECT_EQ(text_of("dedup(['a', 'b', 'a'])"), "a,b");
  EXPECT_EQ(text_of("winnow(['a', '', 'b'])"), "a,b");
  EXPECT_TRUE(holds("is_intersect(recipients, ['x', 'a@x.test'])"));
  EXPECT_FALSE(holds("is_intersect(recipients, [])"));
  EXPECT_TRUE(holds("is_empty('') && is_empty([]) && is_empty(mx) && !is_empty('x')"));
  EXPECT_TRUE(holds("is_number('12') && is_number(1.5) && !is_number('x')"));
  EXPECT_EQ(text_of("if_then(local_port == 587, 'submission', 'mx')"), "submission");
  EXPECT_EQ(text_of("hash('abc', 'sha256')"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(ExpressionFunctions, Mail) {
  EXPECT_TRUE(holds("is_email(rcpt)"));
  for (const char* wrong : {"'a'", "'@b.c'", "'a@b'", "'a b@c.d'", "'a..b@c.d'"}) {
    EXPECT_FALSE(holds(std::string("is_email(") + wrong + ")")) << wrong;
  }
  EXPECT_EQ(text_of("email_part(rcpt, 'local')"), "sales.john");
  EXPECT_EQ(text_of("email_part(rcpt, 'domain')"), "example.org");
  EXPECT_TRUE(holds("is_ip_addr(remote_ip) && is_ipv4_addr(remote_ip) && !is_ipv6_addr(remote_ip)"));
  EXPECT_TRUE(holds("is_ipv6_addr('2001:db8::1')"));
  EXPECT_EQ(text_of("ip_reverse_name(remote_ip)"), "1.2.0.192");
  EXPECT_EQ(text_of("ip_reverse_name('2001:db8::1')"),
            "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2");
  EXPECT_TRUE(holds("is_ip_in_cidr(remote_ip, '192.0.2.0/24')"));
  EXPECT_TRUE(holds("is_ip_in_cidr(remote_ip, ['10.0.0.0/8', '192.0.0.0/16'])"));
  EXPECT_FALSE(holds("is_ip_in_cidr('x', '192.0.0.0/16')"));
}

TEST(ExpressionFunctions, TheEnvironmentAnswersOrFails) {
  EXPECT_TRUE(holds("is_local_domain('*', 'example.org')"));
  EXPECT_EQ(text_of("key_get('default', 'hostname')"), "mx.example.org");
  EXPECT_EQ(eval("counter_incr('s', 'k', 5)"), Value(5));
  const Error away = evaluation_error("key_get('broken', 'x') == 1");
  EXPECT_EQ(away.text(), "the store is away");
  EXPECT_TRUE(away.retry_can_help());
  EXPECT_THAT(evaluation_error("counter_get('s', 'k')").text(),
              HasSubstr("counter_get() cannot be used here"));
  EXPECT_TRUE((*Expression::compile("1 + is_local_domain('*', sender_domain)"))->asks_environment());
  EXPECT_FALSE((*Expression::compile("local_port == 25"))->asks_environment());
}

TEST(ExpressionFunctions, EachIsDocumentedUnderItsName) {
  for (const auto* function : expression::all_functions()) {
    EXPECT_TRUE(function->form.starts_with(std::string(function->name) + "(")) << function->name;
    EXPECT_LE(function->min_arguments, function->max_arguments);
  }
}

TEST(ExpressionErrors, SayWhere) {
  EXPECT_EQ(compile_error("1 +"), "the expression ends where a value is expected at character 4");
  EXPECT_EQ(compile_error("1 2"), "found `2` where an operator is expected at character 3");
  EXPECT_EQ(compile_error("(1"), "the expression ends where `)` is expected at character 3");
  EXPECT_EQ(compile_error("a == 1"),
            "unknown variable `a` (did you mean `mx`? text needs quotes: 'a') at character 1");
  EXPECT_EQ(compile_error("mx = 1"), "`=` stands alone: write `==` at character 4");
  EXPECT_EQ(compile_error("'abc"), "text that starts with ' never ends at character 1");
  EXPECT_EQ(compile_error("is_emtpy(mx)"),
            "unknown function `is_emtpy` (did you mean `is_empty`?) at character 1");
  EXPECT_EQ(compile_error("dns_query('a.test', 'a') == ''"),
            "`dns_query` is not in this version of Gannet at character 1");
  EXPECT_EQ(compile_error("1 + sql_query('s', 'select 1', [])"),
            "`sql_query` is not in this version of Gannet at character 5");
  EXPECT_EQ(compile_error("config_get('server.hostnam')"),
            "server.hostnam: unknown setting; did you mean server.hostname? at character 1");
  EXPECT_EQ(compile_error("trim()"), "wrong number of arguments (0): write `trim(text)` at character 1");
  EXPECT_EQ(compile_error("5x"), "`5x` is neither a number nor a duration or size at character 1");
  EXPECT_EQ(compile_error("1 # 2"), "unexpected character `#` at character 3");
  EXPECT_THAT(compile_error("matches('(', mx)"), HasSubstr("regular expression: missing )"));
  EXPECT_THAT(compile_error("matches(mx, mx)"), HasSubstr("must be text in quotes"));
  EXPECT_THAT(compile_error("99999999999999999999"), HasSubstr("too large"));
  EXPECT_THAT(compile_error(""), HasSubstr("a value is expected"));
}

TEST(ExpressionErrors, WhatCannotBeComputed) {
  EXPECT_EQ(evaluation_error("1 / 0").text(), "division by zero");
  EXPECT_EQ(evaluation_error("1 / 0.0").text(), "division by zero");
  EXPECT_EQ(evaluation_error("9223372036854775807 + 1").text(), "a number is out of range");
  EXPECT_EQ(evaluation_error("(-9223372036854775807 - 1) / -1").text(), "a number is out of range");
  EXPECT_EQ(evaluation_error("[1] * 2").text(), "an arithmetic operator needs numbers");
  EXPECT_THAT(evaluation_error("is_ip_in_cidr(remote_ip, 'x')").text(), HasSubstr("network such as"));
}

TEST(ExpressionErrors, ValuesOfAnotherType) {
  const TestVariables variables;
  TestEnvironment environment;
  EXPECT_FALSE((*Expression::compile("'soon'"))->duration(variables, environment));
  EXPECT_FALSE((*Expression::compile("0 - 5"))->duration(variables, environment));
  EXPECT_FALSE((*Expression::compile("[1]"))->string(variables, environment));
  EXPECT_THAT(*(*Expression::compile("recipients"))->list(variables, environment),
              ElementsAre("a@x.test", "b@x.test"));
  EXPECT_THAT(*(*Expression::compile("remote_ip"))->list(variables, environment), ElementsAre("192.0.2.1"));
}

TEST(ExpressionLimits, BoundEverything) {
  EXPECT_THAT(compile_error(std::string(20'000, ' ')), HasSubstr("longer than 16384 octets"));
  EXPECT_THAT(compile_error(std::string(1000, '(') + "1" + std::string(1000, ')')),
              HasSubstr("nested too deeply"));
  EXPECT_THAT(compile_error(std::string(1000, '!') + "1"), HasSubstr("nested too deeply"));
  EXPECT_THAT(compile_error(std::string(1000, '[')), HasSubstr("nested too deeply"));
  std::string chain = "1";
  for (int i = 0; i < 1000; ++i) chain += "+1";
  EXPECT_THAT(compile_error(chain), HasSubstr("nested too deeply"));
  std::string wide = "[mx";
  for (int i = 0; i < 5000; ++i) wide += ",mx";
  EXPECT_THAT(compile_error(wide + "]"), HasSubstr("too many parts"));
  EXPECT_THAT(compile_error("matches('" + std::string(5000, 'a') + "', mx)"), HasSubstr("longer than 4096"));
  EXPECT_THAT(compile_error("matches('((a{100}){100}){100}', mx)"), HasSubstr("regular expression"));

  // Doubles a text until it meets the limit.
  std::string doubling = "'0123456789abcdef'";
  ExpressionLimits small;
  small.string_size = 100;
  small.array_size = 3;
  const TestVariables variables;
  TestEnvironment environment;
  const auto too_long = *Expression::compile(doubling + "+" + doubling + "+" + doubling + "+" + doubling +
                                                 "+" + doubling + "+" + doubling + "+" + doubling,
                                             {}, small);
  EXPECT_TRUE(too_long->evaluate(variables, environment).error().is(ConfigError::kLimit));
  const auto too_many = *Expression::compile("split('a,b,c,d', ',')", {}, small);
  EXPECT_TRUE(too_many->evaluate(variables, environment).error().is(ConfigError::kLimit));
}

TEST(ExpressionWords, StandForThemselves) {
  const TestVariables variables;
  TestEnvironment environment;
  const auto mode =
      Expression::compile("if_then(local_port == 25, relaxed, disable)", {"relaxed", "strict", "disable"});
  ASSERT_TRUE(mode);
  EXPECT_EQ((*mode)->evaluate(variables, environment)->as_string(), "disable");
  EXPECT_THAT(Expression::compile("relxed", {"relaxed", "strict"}).error().text(),
              HasSubstr("did you mean `relaxed`"));
}

}  // namespace
}  // namespace gannet::config
