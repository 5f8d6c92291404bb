#include "directory/sql/sql_directory.h"

#include "directory/external/view.h"

namespace gannet::directory::sql {

SqlDirectory::SqlDirectory(Settings settings, std::shared_ptr<store::DataStore> data,
                           std::shared_ptr<Logins> logins, Clock& clock, Random& random)
    : RecordDirectory(settings.id, std::move(logins)),
      settings_(std::move(settings)),
      numbers_(settings_.id, std::move(data), clock, random),
      connections_(
          settings_.connections, clock, [target = settings_.target] { return connect(target); },
          [this](Connection& connection) {
            return connection.works(settings_.connections.recycle_timeout);
          }) {}

Result<std::unique_ptr<PrincipalView>> SqlDirectory::view() {
  return std::make_unique<ExternalView>(settings_.connections.key,
                                        std::make_unique<SqlSource>(settings_, connections_), numbers_);
}

Result<Opened> open(const Opening& opening, const std::string& id) {
  Settings settings = TRY(read_settings(opening.config, id));
  std::string owner = describe(settings.target);
  return Opened{std::make_shared<SqlDirectory>(std::move(settings), opening.data, opening.logins,
                                               opening.clock, opening.random),
                nullptr, std::move(owner)};
}

}  // namespace gannet::directory::sql
