// `directory.<id>` of type sql, read and checked.
#pragma once

#include <optional>
#include <string>

#include "config/config.h"
#include "directory/connections.h"
#include "directory/sql/connection.h"

namespace gannet::directory::sql {

// As their engine wants them; empty: not asked. Each has one parameter.
struct Queries {
  std::string name;           // a login name -> its row
  std::string members;        // a login name -> the groups that it is a member of
  std::string group_members;  // a group's name -> the login names of its members
  std::string recipients;     // an address -> the names of who receives its mail
  std::string emails;         // a login name -> its addresses, the primary one first
  std::string secrets;        // a login name -> its passwords' hashes
  std::string verify;         // the beginning of an address -> addresses
  std::string expand;         // a list's address -> its members' addresses
  std::string domains;        // a domain -> a row if it is served here
};

// Names of columns in the answer to Queries::name; empty: the usual name, if it is there.
struct Columns {
  std::string name, secret, description, quota, email, type, active;
};

struct Settings {
  std::string id;
  Target target;
  Queries queries;
  Columns columns;
  std::vector<std::string> domains;  // normalised; beside Queries::domains
  ConnectionSettings connections;
  bool scram = false;  // scram.enable: secrets are such that clients may log in by SCRAM
};

// kInvalid: the text begins with the key at fault.
Result<Settings> read_settings(const config::Config& config, const std::string& id);

// What `address` says: SCHEME://USER:PASSWORD@HOST:PORT/NAME?PARAMETERS; sqlite:///PATH. Nothing for what it cannot be.
std::optional<Target> parse_address(std::string_view address);

}  // namespace gannet::directory::sql
