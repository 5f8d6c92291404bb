// What an errno means to whoever stores mail.
#pragma once

#include <string>
#include <string_view>

#include "store/errors.h"

namespace gannet::store::fs {

// kFull: no space, beyond a quota or a limit on the size of files. kUnavailable: everything else. The detail
// names the path.
std::unexpected<Error> fail_with(int error, std::string_view doing, const std::string& path);

}  // namespace gannet::store::fs
