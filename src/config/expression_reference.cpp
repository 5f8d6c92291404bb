// The chapter on expressions in docs/settings.md, from the tables of variables and functions.
#include <fmt/format.h>

#include <iterator>
#include <string>

#include "config/expression/tree.h"

namespace gannet::config {

std::string expression_reference();

std::string expression_reference() {
  std::string out =
      "\n## Expressions\n\n"
      "Where the table says \"an expression\", the value may be a constant, one expression, or a list of "
      "conditions of\n"
      "which the first that holds counts:\n\n"
      "```toml\n"
      "[session.auth]\n"
      "require = \"local_port != 25\"\n\n"
      "[session.rcpt]\n"
      "relay = [ { if = \"!is_empty(authenticated_as)\", then = true },\n"
      "          { if = \"is_ip_in_cidr(remote_ip, '10.0.0.0/8')\", then = true },\n"
      "          { else = false } ]\n"
      "```\n\n"
      "An expression is made of text in quotes (`'example.org'`), numbers, durations and sizes (`30s` is "
      "30000\n"
      "milliseconds, `10mb` is 10485760 octets), `true`, `false`, arrays (`['a', 'b']`), variables, "
      "functions and\n"
      "operators. From the weakest to the strongest: `||`, `^` (either, not both), `&&`, `==` and `!=`, `<` "
      "`<=` `>` `>=`,\n"
      "`+` `-`, `*` `/`, `!`. `+` joins text. Nothing, `false`, `0`, empty text and an empty array count as "
      "false. `false`\n"
      "switches a setting off. After `matches`, `$1`, `$2`, ... hold what was captured, in the `then` that "
      "belongs to the\n"
      "`if` too.\n\n"
      "| Variable | Meaning |\n| --- | --- |\n";
  for (const auto& info : all_variables()) {
    fmt::format_to(std::back_inserter(out), "| `{}` | {} |\n", info.name, info.sentence);
  }
  out += "\n| Function | What it gives |\n| --- | --- |\n";
  std::string later;
  for (const auto* function : expression::all_functions()) {
    if (function->served)
      fmt::format_to(std::back_inserter(out), "| `{}` | {} |\n", function->form, function->sentence);
    else
      later += fmt::format("{}`{}`", later.empty() ? "" : ", ", function->name);
  }
  if (!later.empty()) out += fmt::format("\nNot in this version: {}.\n", later);
  return out;
}

}  // namespace gannet::config
