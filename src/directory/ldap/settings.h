// `directory.<id>` of type ldap, read and checked; what is usual for a schema, filled in.
#pragma once

#include <string>
#include <vector>

#include "config/config.h"
#include "directory/connections.h"
#include "directory/ldap/connection.h"

namespace gannet::directory::ldap {

struct Filters {
  std::string name, email, verify, expand, domains;  // ? stands for what is asked; empty: not asked
};

// Names in small letters; of each list, the first that an entry has counts for name, description and quota, and all
// of them for the others.
struct Attributes {
  std::vector<std::string> name, description, secret, groups, email, email_alias, quota, type, members,
      disabled;
};

enum class Check : std::uint8_t {
  kSecret,          // by reading the password attribute
  kSearchThenBind,  // by binding as the entry that was found
  kBindThenSearch,  // by binding as bind.auth.dn says, before anything is looked up
};

struct Settings {
  std::string id;
  Target target;
  std::string base_dn;
  Check check = Check::kSecret;
  std::string bind_as;  // bind.auth.dn; with kSearchThenBind empty for the entry's own name
  Filters filters;
  Attributes attributes;
  std::string user_class, group_class;  // empty: the usual ones
  std::vector<std::string> domains;     // normalised; beside Filters::domains
  ConnectionSettings connections;
  bool scram = false;  // scram.enable: secrets are such that clients may log in by SCRAM
};

// kInvalid: the text begins with the key at fault.
Result<Settings> read_settings(const config::Config& config, const std::string& id);

}  // namespace gannet::directory::ldap
