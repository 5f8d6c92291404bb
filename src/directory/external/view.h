// The principals of an external directory at one moment: a Source's answers normalised, numbered, and remembered for
// as long as one question of directory.h takes.
//
// An account belongs to a name, and the name to whom by_name() finds by it. Whoever is found otherwise (by an address, or
// by a name in another spelling) and says to be of that name is nobody, if he is not the same: two people of one mailbox
// would read each other's mail.
//
//   | the source answers                               | by_address() gives                           |
//   |--------------------------------------------------|----------------------------------------------|
//   | one principal, whose own address it is           | that principal                               |
//   | one list (class "list")                          | that list, with the members that it has      |
//   | several principals, or one that does not own it  | a list of that address, with them as members |
#pragma once

#include <map>
#include <memory>
#include <string>

#include "directory/external/numbers.h"
#include "directory/external/source.h"
#include "directory/principal_view.h"

namespace gannet::directory {

class ExternalView final : public PrincipalView {
 public:
  // `key` is `directory.<id>`, for events. `numbers` must outlive it.
  ExternalView(std::string key, std::unique_ptr<Source> source, Numbers& numbers)
      : key_(std::move(key)), source_(std::move(source)), numbers_(numbers) {}

  Result<StoredPrincipalPtr> by_name(std::string_view name) override;
  // Without groups and secrets: complete() adds them.
  Result<StoredPrincipalPtr> by_address(std::string_view address) override;
  Result<StoredPrincipalPtr> by_id(AccountId id) override;
  Result<bool> is_local_domain(std::string_view domain) override;
  // Its catch-all is whom "@domain" belongs to.
  Result<StoredPrincipalPtr> domain(std::string_view name) override;
  Result<StoredPrincipalPtr> complete(StoredPrincipalPtr stored) override;
  bool knows_members_of_groups() const override { return source_->knows_group_members(); }
  Result<std::vector<std::string>> addresses(std::string_view text, std::size_t limit) override;

 private:
  using Memory = std::map<std::string, StoredPrincipalPtr, std::less<>>;
  // Normalised and numbered; null for what cannot be a principal, which is told in an event.
  Result<StoredPrincipalPtr> admit(Found found);
  // Whether `name`, normalised, leads to it and to nobody else.
  Result<bool> owns_name(const Found& found, const std::string& name);
  Result<StoredPrincipalPtr> list_of(std::string_view address, const std::vector<StoredPrincipalPtr>& on_it);
  void report(std::string_view what, std::string_view name);

  const std::string key_;
  const std::unique_ptr<Source> source_;
  Numbers& numbers_;
  Memory names_, addresses_;
  std::map<std::string, bool, std::less<>> domains_;
};

}  // namespace gannet::directory
