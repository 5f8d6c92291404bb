#include "config/keys/groups.h"

namespace gannet::config {
namespace {

constexpr Declaration kDeclarations[] = {
    {.key = "lookup.<id>.<key>",
     .sentence = "A value in a table kept in memory; empty when only the key matters."},
    {.key = "lookup.default.domain",
     .sentence = "Earlier: the domain of reports.",
     .instead = "leave it out: reports come from server.hostname"},
};

}  // namespace

constinit const Group kLookupGroup = {"Lookup tables",
                                      "Small tables that expressions ask with `key_get('<id>', key)` and "
                                      "`key_exists('<id>', key)`: `[lookup.blocked]`, then\n"
                                      "`\"example.org\" = \"\"`.",
                                      kDeclarations};

}  // namespace gannet::config
