// Lists of flags as FETCH shows them, rendered once for each set that occurs.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "mailbox/account_view.h"

namespace gannet::imap {

class FlagLists {
 public:
  // "(\Seen $Forwarded)", with \Recent where it is. A lock of `view` is held. The text lives until the next
  // call.
  std::string_view of(const mailbox::AccountView& view, const mailbox::KeywordSet& keywords, bool recent);

 private:
  using Lists = std::unordered_map<std::uint64_t, std::string>;  // by KeywordSet::low()
  Lists plain_, recent_;
  std::uint64_t last_low_ = 0;
  bool last_recent_ = false;
  const std::string* last_ = nullptr;  // neighbours mostly have the same flags
  std::string uncached_;
};

// The argument of FLAGS, or of PERMANENTFLAGS with `\*` at its end: every flag that the account has, system
// flags first. A lock is held.
std::string all_flags(const mailbox::AccountView& view, bool permanent);

}  // namespace gannet::imap
