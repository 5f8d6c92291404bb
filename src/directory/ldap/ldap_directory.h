// Type `ldap`: people on an LDAP server, OpenLDAP, Active Directory or another.
#pragma once

#include <memory>

#include "directory/external/numbers.h"
#include "directory/ldap/source.h"
#include "directory/opening.h"
#include "directory/record_directory.h"

namespace gannet::directory::ldap {

// Any thread. A question takes few operations:
//   a login by name: one search, and with bind.auth.enable one bind, after which the connection is bound anew;
//                    by address one search more
//   a recipient:     one search for the domain (none where lookup.domains has it), one for the address
class LdapDirectory final : public RecordDirectory {
 public:
  // Connects when it is first asked something. `clock` and `random` must outlive it.
  LdapDirectory(Settings settings, std::shared_ptr<store::DataStore> data, std::shared_ptr<Logins> logins,
                Clock& clock, Random& random);
  bool serves_scram() const override { return settings_.scram && logins_->options().scram; }
  PoolStatistics connections() const { return connections_.statistics(); }

 protected:
  Result<Checked> check(const std::optional<std::string>& login, const Credentials& credentials) override;

 private:
  bool makes_verifiers() const override { return settings_.scram; }
  Result<std::unique_ptr<PrincipalView>> view() override;
  std::unique_ptr<PrincipalView> view_over(LdapSource::Ask ask);
  static Result<bool> bind(Connection& connection, const std::string& dn, const std::string& password);
  Result<Checked> bind_then_search(const std::string& login, const std::string& password);

  const Settings settings_;
  Numbers numbers_;
  Random& random_;
  Connections<Connection> connections_;
};

Result<Opened> open(const Opening& opening, const std::string& id);

}  // namespace gannet::directory::ldap
