// A directory written in the settings: small, fixed until they are loaded again.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "directory/record_directory.h"
#include "store/data_store.h"

namespace gannet::directory {

struct MemoryOptions {
  std::string id = "memory";  // as in `directory.<id>`
  // Individuals, groups, lists and domains, as written: not normalised, without numbers. A domain that an
  // address is in need not be there; nor need a group that somebody is a member of.
  std::vector<StoredPrincipal> principals;
  // For errors: the key of the table that each was read from; empty for those that no table of their own says.
  std::vector<std::string> keys;
};

class MemoryRecords;

// Any thread. Needs the data store while it is opened only, for the account numbers.
class MemoryDirectory final : public RecordDirectory {
 public:
  // Whether it could be opened, as far as that hangs on what is written.
  static Result<void> check(MemoryOptions options);
  // kInvalid, kExists: the text says which principal is wrong, and begins with its key.
  static Result<std::shared_ptr<MemoryDirectory>> open(MemoryOptions options, store::DataStore& data,
                                                       std::shared_ptr<Logins> logins, Clock& clock,
                                                       Random& random);
  MemoryDirectory(std::string id, std::shared_ptr<const MemoryRecords> records,
                  std::shared_ptr<Logins> logins)
      : RecordDirectory(std::move(id), std::move(logins)), records_(std::move(records)) {}

  // Somebody's secrets have a verifier.
  bool serves_scram() const override;

 private:
  Result<std::unique_ptr<PrincipalView>> view() override;
  std::unique_ptr<PrincipalView> view_now() override;
  std::shared_ptr<const MemoryRecords> records_;
};

}  // namespace gannet::directory
