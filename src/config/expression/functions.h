// The tables of functions, a file a subject. Internal to the expression language.
#pragma once

#include <span>

#include "config/expression/tree.h"

namespace gannet::config::expression {

extern const std::span<const Function> kTextFunctions;
extern const std::span<const Function> kCharacterFunctions;
extern const std::span<const Function> kListFunctions;
extern const std::span<const Function> kMailFunctions;
extern const std::span<const Function> kEnvironmentFunctions;

}  // namespace gannet::config::expression
