// Which messages are \Recent in one session (RFC 3501 2.3.2).
#pragma once

#include <cstdint>
#include <vector>

#include "imap/parser/sequence_set.h"
#include "imap/uid_map.h"

namespace gannet::imap {

// Ranges of UIDs, mostly one: it breaks where another session took a message between two of this one's.
class Recent {
 public:
  using Uid = mailbox::Uid;

  // [first, last], above all that was added before.
  void add(Uid first, Uid last);
  bool has(Uid uid) const { return !ranges_.empty() && uid <= ranges_.back().last && find(uid); }
  // How many of `uids` are.
  std::uint32_t count(const UidMap& uids) const;

 private:
  bool find(Uid uid) const;
  std::vector<NumberRange> ranges_;
};

}  // namespace gannet::imap
