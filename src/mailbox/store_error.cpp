#include "mailbox/store_error.h"

#include <utility>

namespace gannet::mailbox {

using store::StoreError;

Error from_store(Error error) {
  if (error.domain() != error_domain(StoreError{})) return error;
  auto detail = error.describe();
  switch (static_cast<StoreError>(error.code())) {
    case StoreError::kCorrupt:
      return Error(MailboxError::kCorrupt, "mail of this account cannot be read")
          .with_detail(std::move(detail));
    case StoreError::kTooLarge:
      return Error(MailboxError::kLimit, "too much for one change: the store cannot hold it")
          .with_detail(std::move(detail));
    case StoreError::kNotFound:
      return Error(MailboxError::kNotFound, "the message is gone").with_detail(std::move(detail));
    default:
      return Error(MailboxError::kUnavailable, "the mail store is not available", Retry::kCanHelp)
          .with_detail(std::move(detail));
  }
}

Error from_write(Error error) {
  if (!error.is(StoreError::kNotFound)) return from_store(std::move(error));
  return Error(MailboxError::kUnavailable, "the mail store is not available", Retry::kCanHelp)
      .with_detail(error.describe());
}

}  // namespace gannet::mailbox
