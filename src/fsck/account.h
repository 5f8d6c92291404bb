// All checks of one account.
#pragma once

#include "fsck/run.h"
#include "mailbox/types.h"

namespace gannet::fsck {

Result<void> check_account(const Context& context, mailbox::AccountId account);

// The accounts of which there is anything, ascending, one a call: the first from `from` on.
Result<std::optional<mailbox::AccountId>> next_account(const Context& context, mailbox::AccountId from);

}  // namespace gannet::fsck
