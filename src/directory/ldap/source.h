// People as entries of an LDAP server.
#pragma once

#include <functional>

#include "directory/external/source.h"
#include "directory/ldap/settings.h"

namespace gannet::directory::ldap {

class LdapSource final : public Source {
 public:
  using Ask = std::function<Result<std::vector<Entry>>(const Connection::Search& search)>;
  // `settings` must outlive it.
  LdapSource(const Settings& settings, Ask ask) : settings_(settings), ask_(std::move(ask)) {}

  Result<std::optional<Found>> by_name(std::string_view name) override;
  Result<std::vector<Found>> by_address(std::string_view address) override;
  Result<void> complete(StoredPrincipal& stored) override;
  bool knows_group_members() const override { return true; }
  Result<std::vector<std::string>> group_members(const StoredPrincipal& group) override;
  Result<std::vector<std::string>> members(const StoredPrincipal& list) override;
  Result<bool> has_domain(std::string_view domain) override;
  Result<std::vector<std::string>> addresses(std::string_view text, std::size_t limit) override;

 private:
  // Entries below base-dn. `limit`: as that of Connection::Search.
  Result<std::vector<Entry>> below_base(std::string filter, std::vector<std::string> attributes,
                                        int limit = 0);

  // Empty where there is no such entry any more.
  Result<std::string> name_of_entry(const std::string& dn);

  const Settings& settings_;
  const Ask ask_;
};

}  // namespace gannet::directory::ldap
