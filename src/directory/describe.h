// Answers of a directory in a few words, for an operator.
#pragma once

#include <string>

#include "directory/directory.h"

namespace gannet::directory {

// "delivered to alice, bob", "nobody has this address", "not a domain of this directory", ...
std::string describe(const Resolution& resolution);
// Of a domain alone, kept as CachedDirectory does: "a domain of this directory", or not.
std::string describe_domain(const Resolution& resolution);
// "alice (account 7)", "refused: wrong password"
std::string describe(const AuthOutcome& outcome);

}  // namespace gannet::directory
