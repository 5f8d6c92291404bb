// Brings an account's contents to what the store has, in one moment of it: by replaying the change log where
// that reaches back far enough, else by loading.
#pragma once

#include "mailbox/account.h"
#include "store/data_store.h"

namespace gannet::mailbox {

enum class Rows : bool { kNotNeeded = false, kNeeded = true };

// The caller holds account.writing(). The contents are those of the store as of this call; contents that do
// not exist() afterwards mean that there is no such account yet. With Rows::kNeeded their columns are loaded.
// kNotFound while the account is being erased.
Result<void> make_current(store::DataStore& data, Account& account, Rows rows);

}  // namespace gannet::mailbox
