// Several calls of a store at once, for stores that answer slowly and take many requests.
#pragma once

#include <cstddef>
#include <functional>

#include "base/result.h"

namespace gannet::store::migration {

// Calls `work` once with each number below `count`, from up to `most` threads at once, which have all ended on its
// return. After the first error no more are begun, and that error is returned.
Result<void> each_in_flight(std::size_t count, std::size_t most,
                            const std::function<Result<void>(std::size_t)>& work);

}  // namespace gannet::store::migration
