// The keys and records of Subspace::kDirectory, all behind the byte 'd'.
//
// clang-format off
//   'v'                version: 8 bytes, big-endian; every change by an administrator sets the next
//   'n'                the next account number to give: 4 bytes, big-endian
//   'p' name           principal record
//   'i' number         name of that individual or group
//   'a' address        name of who has the address
//   'u' domain address (empty) the addresses of a domain
//   'k' domain alias   (empty) the domains that are an alias of it
//   't' type name      (empty) the principals of a type, in order
//   'r' number         name: removed, its data not yet let go
//   'x' directory name account number given to that name of an external directory
//   'y' number         directory, name: the way back
//   'b' kind target    a ban: see login/bans.h
//   's'                32 random bytes that all nodes share: see server_secret.h
// clang-format on
//
// Every change is one batch that requires 'v' to be what its reads saw, and sets the next. So changes follow
// each other one at a time on any number of nodes, every check made against the reads still holds when the
// batch is applied, and a cache filled under a version is right for as long as 'v' has it. Numbers are given
// by a batch that requires 'n' as read: none is ever given twice, and 'n' never falls.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "directory/errors.h"
#include "directory/principal.h"

namespace gannet::directory {

struct StoredPrincipal {
  Principal principal;
  std::vector<std::string> secrets;  // password hashes (password.h); any of them lets the login in
  // Of external directories, never stored here:
  std::string origin =
      {};  // where the outside system has it: an LDAP entry's name, an SQL account's as it stands there
  bool complete = false;  // whether what Source::complete() adds is there
};
using StoredPrincipalPtr = std::shared_ptr<const StoredPrincipal>;

std::string version_key();
std::string next_number_key();
std::string server_secret_key();
std::string principal_key(std::string_view name);
std::string number_key(AccountId id);
std::string address_key(std::string_view address);
std::string address_prefix(std::string_view start);
std::string domain_address_key(std::string_view domain, std::string_view address);
std::string domain_addresses_prefix(std::string_view domain);
std::string alias_key(std::string_view domain, std::string_view alias);
std::string aliases_prefix(std::string_view domain);
std::string type_key(PrincipalType type, std::string_view name);
std::string type_prefix(PrincipalType type);
std::string removed_key(AccountId id);
std::string removed_prefix();
std::string external_key(std::string_view directory, std::string_view name);
std::string external_number_key(AccountId id);

// What follows address_prefix("") in an address_key(), the name in a type_key(), the number in a
// removed_key().
std::string_view address_of_key(std::string_view key);
std::string_view name_of_type_key(std::string_view key);
AccountId number_of_removed_key(std::string_view key);

std::string encode_principal(const StoredPrincipal& stored);
// kUnavailable for what is damaged or written by a newer release: it is no answer, so nobody may conclude
// that the principal does not exist.
Result<StoredPrincipal> decode_principal(std::string_view name, std::string_view record);

std::string encode_version(std::uint64_t version);
std::uint64_t decode_version(const std::optional<std::string>& value);  // 0 when absent
std::string encode_number(AccountId id);
AccountId decode_number(std::string_view value);  // 0 for what is none

}  // namespace gannet::directory
