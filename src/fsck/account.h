// All checks of one account.
#pragma once

#include <initializer_list>
#include <optional>

#include "fsck/run.h"
#include "mailbox/types.h"
#include "store/subspace.h"

namespace gannet::fsck {

Result<void> check_account(const Context& context, mailbox::AccountId account);

// The lowest account from `from` on that any of `subspaces` has a key of; their keys begin with the account.
Result<std::optional<mailbox::AccountId>> first_account(const Context& context,
                                                        std::initializer_list<store::Subspace> subspaces,
                                                        mailbox::AccountId from);

// The accounts of which there is anything, ascending, one a call: the first from `from` on.
Result<std::optional<mailbox::AccountId>> next_account(const Context& context, mailbox::AccountId from);

}  // namespace gannet::fsck
