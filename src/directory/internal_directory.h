// The directory that lies in the DataStore, changed through the admin API and the command line.
//
// A login, an address and a name have one owner each. A name with an @ in it is an address of its principal,
// and its domain must be one of ours. Changes are batches with a precondition (schema.h): whichever of two
// administrators comes second sees what the first did.
#pragma once

#include <functional>
#include <memory>
#include <mutex>

#include "directory/known_version.h"
#include "directory/record_cache.h"
#include "directory/record_directory.h"
#include "store/data_store.h"

namespace gannet::directory {

class Change;

struct InternalOptions {
  std::string id = "internal";                  // as in `directory.<id>`
  std::size_t cache_entries = 50'000;           // records kept in memory
  std::shared_ptr<KnownVersion> known_version;  // null when other processes may change the directory
};

// Any thread. `data`, `clock` and `random` must outlive it.
class InternalDirectory final : public RecordDirectory, public DirectoryAdmin {
 public:
  InternalDirectory(InternalOptions options, std::shared_ptr<store::DataStore> data,
                    std::shared_ptr<Logins> logins, Clock& clock, Random& random);

  // Also kUnavailable, when the store cannot be asked or other nodes keep changing the directory.
  Result<Principal> create(Principal principal, std::optional<std::string> password) override;
  Result<Principal> update(std::string_view name, const PrincipalChange& change) override;
  Result<void> remove(std::string_view name, PrincipalType type) override;
  Result<std::optional<Principal>> show(std::string_view name, PrincipalType type) override;
  Result<std::vector<Principal>> list(PrincipalType type, std::string_view after, std::size_t limit) override;
  Result<LoginMethods> login_methods(std::string_view name) override;
  Result<std::string> add_app_password(std::string_view name, const std::string& app,
                                       std::vector<std::string> protocols) override;
  Result<void> remove_app_password(std::string_view name, std::string_view app) override;
  Result<std::string> propose_totp(std::string_view name, std::string_view issuer) override;
  Result<void> set_totp(std::string_view name, const std::string& uri, std::string_view code) override;
  Result<void> remove_totp(std::string_view name) override;
  bool serves_scram() const override { return logins_->options().scram; }
  // Called at once, too, for what was removed earlier without anybody there to let its data go. Once the
  // callback has returned, the removal is complete and will not be reported again.
  void on_removed(std::function<void(AccountId)> callback) override;
  void on_login_changed(std::function<void(AccountId)> callback) override {
    login_changed_ = std::move(callback);
  }

 private:
  Result<std::unique_ptr<PrincipalView>> view() override;
  std::unique_ptr<PrincipalView> view_now() override;
  // Runs `edit` against the directory as it is and commits what it changed, again when another change came
  // first. Changes of this process wait for each other.
  Result<void> change(const std::function<Result<void>(Change&)>& edit);
  // internal_secrets.cpp
  // A password as it is stored: its hash, and the verifier for SCRAM. `existing`: what the account has already.
  Result<std::vector<std::string>> secrets_of(std::string_view password, std::string_view login,
                                              const std::vector<std::string>& existing);
  Result<std::optional<ScramVerifier>> verifier_of(std::string_view password, std::string_view login,
                                                   const std::vector<std::string>& existing);
  Result<StoredPrincipalPtr> individual(std::string_view name);
  Result<void> edit_secrets(std::string_view name, std::string_view event,
                            const std::function<Result<void>(std::vector<std::string>&)>& edit);
  void password_proved(const StoredPrincipal& who, std::string_view password) override;
  void let_go();
  void login_changed(AccountId id) {
    if (login_changed_ && id != 0) login_changed_(id);
  }

  std::shared_ptr<store::DataStore> data_;
  Clock& clock_;
  Random& random_;
  RecordCache cache_;
  const std::shared_ptr<KnownVersion> known_version_;
  std::mutex change_mutex_;
  std::mutex upgrade_mutex_;  // held by the one login that stores a verifier or a dearer hash
  std::mutex removed_mutex_;  // held while removed_ runs
  std::function<void(AccountId)> removed_;
  std::function<void(AccountId)> login_changed_;
};

}  // namespace gannet::directory
