// A directory whose principals are records here: the questions of directory.h, answered from a
// PrincipalView. Internal and memory directories differ only in where the view comes from.
#pragma once

#include <memory>
#include <string>

#include "directory/directory.h"
#include "directory/login.h"
#include "directory/principal_view.h"

namespace gannet::directory {

class RecordDirectory : public Directory {
 public:
  // `id` as in `directory.<id>`.
  RecordDirectory(std::string id, std::shared_ptr<Logins> logins)
      : id_(std::move(id)), logins_(std::move(logins)) {}

  // A login is a name, or an address of an individual. Beside these: `authentication.fallback-admin`, for
  // http alone unless it acts for somebody, since it has no mailbox (its principal's id is 0); and
  // USER%MASTER with the password of `authentication.master`. Only an administrator may act for others.
  Result<AuthOutcome> authenticate(const Credentials& credentials) override;
  Result<ScramSecrets> scram_secrets(const Credentials& credentials) override;
  bool admits() const override { return true; }
  Result<AuthOutcome> admit(const Credentials& credentials) override;
  Result<Resolution> resolve(std::string_view address, const ResolveOptions& options) override;
  std::optional<Resolution> resolve_now(std::string_view address, const ResolveOptions& options) override;
  Result<bool> is_local_domain(std::string_view domain) override;
  Result<std::optional<Principal>> find(std::string_view name) override;
  Result<std::optional<Principal>> find_by_id(AccountId id) override;
  Result<bool> may_send_as(const Principal& principal, std::string_view address) override;
  Result<std::vector<std::string>> verify(std::string_view text, std::size_t limit) override;

 protected:
  virtual Result<std::unique_ptr<PrincipalView>> view() = 0;
  // Of what is in memory alone: neither it nor its answers may wait. Null when there is none.
  virtual std::unique_ptr<PrincipalView> view_now() { return nullptr; }

  struct Checked {
    StoredPrincipalPtr who;  // null for nobody
    bool right = false;      // whether the password is theirs
    // Why it is not, or which it is.
    SecretMatch match{
        .failure = AuthFailure::kWrongPassword, .app_password = {}, .own_password = {}, .effort = {}};
    bool checked_here = false;  // by Logins, which knows what that took
  };
  // Who a login is, and whether the password is right; takes its time for an unknown login as well. For a
  // directory whose server checks passwords itself to override. `login` is normalised; nothing for what cannot
  // be one.
  virtual Result<Checked> check(const std::optional<std::string>& login, const Credentials& credentials);
  // Who a login is: by name, else the individual whose address it is.
  Result<StoredPrincipalPtr> find_login(const std::optional<std::string>& login);
  // Whether secrets may be passwords in clear, of which a verifier is made for each login by SCRAM. Then a login that
  // needs none takes as long.
  virtual bool makes_verifiers() const { return false; }
  // An account has proved its own password, which is known in clear now: whoever keeps accounts may store it in a
  // form that was wanting.
  virtual void password_proved([[maybe_unused]] const StoredPrincipal& who,
                               [[maybe_unused]] std::string_view password) {}

  std::string id_;
  std::shared_ptr<Logins> logins_;

 private:
  Result<void> add_made_verifiers(const SortedSecrets& secrets, bool usable, ScramSecrets& out);
  // Answers from one view; again from a new one if a change tore it.
  template <typename Ask>
  auto ask(Ask question) -> decltype(question(std::declval<PrincipalView&>()));
  Result<StoredPrincipalPtr> find_individual(const std::optional<std::string>& login);
  bool is_fallback_admin(const std::string& login) const;
  Result<std::optional<Principal>> fallback_admin(const Credentials& credentials, const std::string& login);
  Result<std::optional<AuthOutcome>> as_master(const Credentials& credentials);
  Result<AuthOutcome> authorize(const Principal& who, const Credentials& credentials);
};

}  // namespace gannet::directory
