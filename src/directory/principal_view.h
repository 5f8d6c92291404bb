// The principals of one directory at one moment: what the questions of directory.h are answered from.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "directory/schema.h"

namespace gannet::directory {

// Names, addresses and domains are asked for in their normalised form. Used by one thread.
class PrincipalView {
 public:
  virtual ~PrincipalView() = default;
  // Null when there is none, as for the next two.
  virtual Result<StoredPrincipalPtr> by_name(std::string_view name) = 0;
  virtual Result<StoredPrincipalPtr> by_address(std::string_view address) = 0;
  virtual Result<StoredPrincipalPtr> by_id(AccountId id) = 0;
  virtual Result<bool> is_local_domain(std::string_view domain) = 0;
  // What is known of a domain: alias_of, catch_all. Null when nothing is, whether it is local or not.
  virtual Result<StoredPrincipalPtr> domain(std::string_view name) { return by_name(name); }
  // Adds what by_address() may leave out: the groups, the secrets.
  virtual Result<StoredPrincipalPtr> complete(StoredPrincipalPtr stored) { return stored; }
  // Whether a group's `members` are those that it has; else it only shows in its members' `member_of`.
  virtual bool knows_members_of_groups() const { return true; }
  // Addresses that start with `text`, in order.
  virtual Result<std::vector<std::string>> addresses(std::string_view text, std::size_t limit) = 0;
  // Whether a change came between two answers of this view, so that they may not belong together.
  virtual bool torn() const { return false; }
};

}  // namespace gannet::directory
