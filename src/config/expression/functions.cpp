#include "config/expression/functions.h"

#include <algorithm>

namespace gannet::config::expression {

const std::vector<const Function*>& all_functions() {
  static const auto& functions = *[] {
    auto* out = new std::vector<const Function*>;
    for (const auto table :
         {kTextFunctions, kCharacterFunctions, kListFunctions, kMailFunctions, kEnvironmentFunctions}) {
      for (const Function& function : table) out->push_back(&function);
    }
    std::ranges::sort(*out, {}, &Function::name);
    return out;
  }();
  return functions;
}

const Function* find_function(std::string_view name) {
  const auto& all = all_functions();
  const auto found = std::ranges::lower_bound(all, name, {}, &Function::name);
  return found != all.end() && (*found)->name == name ? *found : nullptr;
}

}  // namespace gannet::config::expression
