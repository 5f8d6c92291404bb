// People on an LDAP server for tests: the contract's population as entries, and directories that read them.
#pragma once

#include <string>
#include <vector>

#include "config/config.h"
#include "directory/ldap/ldap_directory.h"
#include "tests/backends/backend.h"
#include "tests/contract/directory_harness.h"

namespace gannet::testing {

Backend& slapd();

// Takes away all people and groups, and adds these.
void fill_ldap(const std::vector<directory::contract::Person>& people);
// Adds an entry; LDAP's names and values.
void add_entry(const std::string& dn,
               const std::vector<std::pair<std::string, std::vector<std::string>>>& attributes);
// Connections that the server has now, without that of whoever asks.
int ldap_connections();
// Operations of a kind ("Bind", "Search") that the server has completed.
long ldap_operations(const std::string& kind);

// The settings of a directory "people" there, with the schema openldap; `more` are lines of its table.
std::string ldap_settings(const std::string& more = {});
directory::ldap::Settings read_ldap(const std::string& more = {});

}  // namespace gannet::testing
