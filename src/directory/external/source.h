// What an outside system knows of people, as read: the questions that the view of an external directory
// (external/view.h) is made of. Each question is one query or a few.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "directory/schema.h"

namespace gannet::directory {

// A principal as the outside system has it: not normalised, without a number.
struct Found {
  StoredPrincipal stored;
  bool knows_addresses = true;  // whether `emails` are all that it has; else they are not known
  // Whether the answer holds what was asked for. Databases compare loosely (accents, case, width, blanks): what only
  // looks alike is nobody.
  bool holds_question = true;
  std::string asked_name;  // the name that by_name() found it by; empty where it was found otherwise
};

// One question's worth of connections; used by one thread. Arguments are normalised. kUnavailable from any.
class Source {
 public:
  virtual ~Source() = default;
  virtual Result<std::optional<Found>> by_name(std::string_view name) = 0;
  // Who receives mail for an address: its owner, or all who are on the list of that address. "@domain" asks for the
  // catch-all.
  virtual Result<std::vector<Found>> by_address(std::string_view address) = 0;
  // Fills in what a recipient's principal may lack: member_of and secrets.
  virtual Result<void> complete(StoredPrincipal& stored) = 0;
  // The names of a group's members; whether they can be told at all.
  virtual bool knows_group_members() const { return false; }
  virtual Result<std::vector<std::string>> group_members(const StoredPrincipal&) {
    return std::vector<std::string>{};
  }
  // A list's addresses, here or elsewhere.
  virtual Result<std::vector<std::string>> members(const StoredPrincipal& list) = 0;
  virtual Result<bool> has_domain(std::string_view domain) = 0;
  // Addresses that may start with `text`, in any order.
  virtual Result<std::vector<std::string>> addresses(std::string_view text, std::size_t limit) = 0;
};

// "individual", "person", "group", "list", "admin", ...: sets type and role. False for a word that means nothing.
bool apply_class(std::string_view word, Principal& principal);

}  // namespace gannet::directory
