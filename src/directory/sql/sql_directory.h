// Type `sql`: people in the tables of PostgreSQL, MariaDB or MySQL, or SQLite, read by the operator's queries.
#pragma once

#include <memory>

#include "directory/external/numbers.h"
#include "directory/opening.h"
#include "directory/record_directory.h"
#include "directory/sql/source.h"

namespace gannet::directory::sql {

// Any thread. A question takes a few queries:
//   a login by name: name, emails, members (and secrets where it is set); by address: recipients, and these
//   a recipient:     domains, recipients, name, emails
class SqlDirectory final : public RecordDirectory {
 public:
  // Connects when it is first asked something. `clock` and `random` must outlive it.
  SqlDirectory(Settings settings, std::shared_ptr<store::DataStore> data, std::shared_ptr<Logins> logins,
               Clock& clock, Random& random);
  bool serves_scram() const override { return settings_.scram && logins_->options().scram; }
  PoolStatistics connections() const { return connections_.statistics(); }

 private:
  bool makes_verifiers() const override { return settings_.scram; }
  Result<std::unique_ptr<PrincipalView>> view() override;

  const Settings settings_;
  Numbers numbers_;
  Connections<Connection> connections_;
};

Result<Opened> open(const Opening& opening, const std::string& id);

}  // namespace gannet::directory::sql
