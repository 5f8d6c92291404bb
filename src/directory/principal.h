// Who exists: accounts, groups, lists and domains.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gannet::directory {

// The number of an account's data in the stores. Given once, never reused; 0 is none.
using AccountId = std::uint32_t;

enum class PrincipalType : std::uint8_t { kIndividual = 1, kGroup, kList, kDomain };
enum class Role : std::uint8_t { kUser = 1, kAdmin };

std::string_view to_string(PrincipalType type);
std::string_view to_string(Role role);

struct Principal {
  AccountId id = 0;  // individuals and groups; 0 for lists and domains
  PrincipalType type = PrincipalType::kIndividual;
  std::string name;                    // login name, unique, normalised (see normalize_login)
  std::string description;             // a person's full name, a domain's remark
  std::vector<std::string> emails;     // normalised; the first is the primary address
  std::vector<std::string> members;    // lists: addresses, here or elsewhere; groups: account names
  std::vector<std::string> member_of;  // names of groups
  std::uint64_t quota = 0;             // bytes; 0 is unlimited
  Role role = Role::kUser;
  bool disabled = false;  // may not log in; mail is still delivered
  std::string catch_all;  // domains: the address that gets what nobody else does; empty for none
  std::string alias_of;   // domains: another domain, whose addresses are this one's too; empty for none
};

// Logins and addresses are compared in this form: NFC, ASCII lower case, the domain as lower-case U-labels.
// Nothing for what cannot be one: empty, control characters, over 320 bytes, invalid UTF-8.
std::optional<std::string> normalize_login(std::string_view login);
// As above, and exactly one local part and one domain (RFC 5321 4.1.2, RFC 6531 3.3).
std::optional<std::string> normalize_address(std::string_view address);

}  // namespace gannet::directory
