#pragma once

#include "base/result.h"
#include "mailbox/errors.h"
#include "store/errors.h"

namespace gannet::mailbox {

// A store's error in the words of this part; the store's own are kept in the detail. Other errors stay as
// they are.
Error from_store(Error error);
// The same for a write: what a store did not find then is no mailbox and no message, so it is kUnavailable.
Error from_write(Error error);

template <typename T>
Result<T> from_store(Result<T> result) {
  if (!result) return std::unexpected(from_store(std::move(result).error()));
  return result;
}

}  // namespace gannet::mailbox
