// People in the tables of an SQL database.
#pragma once

#include "directory/connections.h"
#include "directory/external/source.h"
#include "directory/sql/settings.h"

namespace gannet::directory::sql {

class SqlSource final : public Source {
 public:
  // Both must outlive it.
  SqlSource(const Settings& settings, Connections<Connection>& connections)
      : settings_(settings), connections_(connections) {}

  Result<std::optional<Found>> by_name(std::string_view name) override;
  Result<std::vector<Found>> by_address(std::string_view address) override;
  Result<void> complete(StoredPrincipal& stored) override;
  bool knows_group_members() const override { return !settings_.queries.group_members.empty(); }
  Result<std::vector<std::string>> group_members(const StoredPrincipal& group) override;
  Result<std::vector<std::string>> members(const StoredPrincipal& list) override;
  Result<bool> has_domain(std::string_view domain) override;
  Result<std::vector<std::string>> addresses(std::string_view text, std::size_t limit) override;

 private:
  Result<Rows> ask(const std::string& query, std::string_view value);
  // The first column.
  Result<std::vector<std::string>> texts(const std::string& query, std::string_view value);
  Result<Found> read(const Rows& rows, std::string_view asked);

  const Settings& settings_;
  Connections<Connection>& connections_;
};

}  // namespace gannet::directory::sql
