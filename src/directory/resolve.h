// Who receives mail for an address, and whose it is.
#pragma once

#include <string_view>

#include "directory/address.h"
#include "directory/directory.h"
#include "directory/principal_view.h"

namespace gannet::directory {

// The address with the domain of which its own is an alias; as it is where that is none.
Result<AddressParts> without_alias(PrincipalView& view, AddressParts parts);

// `address` as the client gave it. What is no address at all is kUnknown when its domain is ours, else
// kForeign. An exact address goes before a sub-address, that before the domain's catch-all.
Result<Resolution> resolve_address(PrincipalView& view, std::string_view address,
                                   const ResolveOptions& options);

}  // namespace gannet::directory
