// Lists of flags as FETCH shows them, rendered once for each set that occurs.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "mailbox/account_view.h"

namespace gannet::imap {

class FlagLists {
 public:
  // "(\Seen $Forwarded)". A lock of `view` is held. The text lives until the next call.
  std::string_view of(const mailbox::AccountView& view, const mailbox::KeywordSet& keywords);

 private:
  std::unordered_map<std::uint64_t, std::string> cache_;  // by KeywordSet::low()
  std::uint64_t last_low_ = 0;
  const std::string* last_ = nullptr;  // neighbours mostly have the same flags
  std::string uncached_;
};

// The argument of FLAGS, or of PERMANENTFLAGS with `\*` at its end: every flag that the account has, system
// flags first. A lock is held.
std::string all_flags(const mailbox::AccountView& view, bool permanent);

}  // namespace gannet::imap
