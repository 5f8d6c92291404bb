#include "cli/setup_directory.h"

#include <fmt/format.h>

#include <set>

#include "cli/errors.h"
#include "directory/address.h"

namespace gannet::cli {
namespace {

using directory::AuthFailure;
using directory::Principal;
using directory::PrincipalType;

std::unexpected<Error> wrong(std::string_view option, const std::string& value, std::string_view what) {
  return fail(CliError::kUsage, fmt::format("{} {}: {}.", option, value, what));
}

// A name with an @ is an address of the domain, or it could not be created.
Result<void> check_domain_of(std::string_view option, const std::string& name, const std::string& domain) {
  if (!name.contains('@')) return {};
  const auto parts = directory::split_address(name);
  if (!parts) return wrong(option, name, "this is no e-mail address");
  if (parts->domain != domain)
    return wrong(
        option, name,
        fmt::format("{} is not the domain that is set up, which is {} (--domain)", parts->domain, domain));
  return {};
}

class Filling {
 public:
  Filling(const directory::Directories& directories, const SetupAnswers& answers,
          const std::vector<SetupAccount>& accounts)
      : directory_(*directories.standard),
        admin_(*directories.admin),
        answers_(answers),
        accounts_(accounts) {}

  Result<std::vector<std::string>> run() {
    // Looked at first, all of it.
    const bool has_domain = TRY(admin_.show(answers_.domain, PrincipalType::kDomain)).has_value();
    if (has_domain) there_.push_back(answers_.domain);
    const bool has_admin = TRY(is_there("--admin", {answers_.admin, answers_.admin_password}, true));
    std::vector<const SetupAccount*> missing;
    for (const auto& account : accounts_)
      if (!TRY(is_there("--account", account, false))) missing.push_back(&account);

    if (!has_domain) TRY(create_domain());
    if (!has_admin) TRY(create_admin());
    for (const auto* account : missing) {
      Principal principal;
      principal.name = account->name;
      if (account->name.contains('@')) principal.emails = {account->name};
      TRY(admin_.create(std::move(principal), account->password));
    }
    return std::move(there_);
  }

 private:
  // Whether there is such an account; an error when it is another one than is meant.
  Result<bool> is_there(std::string_view option, const SetupAccount& account, bool administrator) {
    const auto known = TRY(admin_.show(account.name, PrincipalType::kIndividual));
    if (!known) return false;
    if (administrator && known->role != directory::Role::kAdmin)
      return wrong(option, account.name,
                   "this account is there already, but is no administrator: name another one");
    directory::Credentials credentials;
    credentials.login = account.name;
    credentials.password = account.password;
    credentials.protocol = "setup";
    const auto outcome = TRY(directory_.authenticate(credentials));
    // The second factor is not asked for here: whoever runs setup has the data in hand.
    const bool right = outcome.principal || outcome.failure == AuthFailure::kNoCode ||
                       outcome.failure == AuthFailure::kCodeUsed;
    if (!right)
      return wrong(
          option, account.name,
          outcome.failure == AuthFailure::kDisabled
              ? "this account is there already, and is disabled: name another one"
              : "this account is there already, with another password: give that one, or another name");
    there_.push_back(account.name);
    return true;
  }

  Result<void> create_domain() {
    Principal domain;
    domain.type = PrincipalType::kDomain;
    domain.name = answers_.domain;
    TRY(admin_.create(std::move(domain), std::nullopt));
    return {};
  }

  Result<void> create_admin() {
    Principal admin;
    admin.name = answers_.admin;
    admin.role = directory::Role::kAdmin;
    admin.description = "Administrator";
    if (answers_.admin.contains('@')) admin.emails.push_back(answers_.admin);
    // RFC 5321 4.5.1: always there. In data that was there already, it may be somebody's.
    const std::string postmaster = "postmaster@" + answers_.domain;
    const auto holder = TRY(directory_.resolve(postmaster, {.sub_addressing = false, .catch_all = false}));
    if (holder.kind == directory::Resolution::Kind::kUnknown ||
        holder.kind == directory::Resolution::Kind::kForeign)
      admin.emails.push_back(postmaster);
    TRY(admin_.create(std::move(admin), answers_.admin_password));
    return {};
  }

  directory::Directory& directory_;
  directory::DirectoryAdmin& admin_;
  const SetupAnswers& answers_;
  const std::vector<SetupAccount>& accounts_;
  std::vector<std::string> there_;
};

}  // namespace

Result<void> check_accounts(const SetupAnswers& answers, const std::vector<SetupAccount>& accounts) {
  if (answers.directory != "internal") {
    if (accounts.empty()) return {};
    return wrong(
        "--account", accounts.front().name,
        "accounts of a directory of type " + answers.directory + " are made where it is kept, not by Gannet");
  }
  const auto domain = directory::normalize_domain(answers.domain);
  if (!domain) return wrong("--domain", answers.domain, "this is no domain name");
  if (!directory::normalize_login(answers.admin))
    return wrong("--admin", answers.admin, "this cannot be a login");
  TRY(check_domain_of("--admin", answers.admin, *domain));
  std::set<std::string> names{*directory::normalize_login(answers.admin)};
  for (const auto& account : accounts) {
    const auto name = directory::normalize_login(account.name);
    if (!name) return wrong("--account", account.name, "this cannot be a login");
    TRY(check_domain_of("--account", account.name, *domain));
    if (!names.insert(*name).second) return wrong("--account", account.name, "there are two of that name");
    if (account.password.empty()) return wrong("--account", account.name, "its password is empty");
  }
  return {};
}

Result<std::vector<std::string>> fill_directory(const directory::Directories& directories,
                                                const SetupAnswers& answers,
                                                const std::vector<SetupAccount>& accounts) {
  if (!directories.admin) return std::vector<std::string>();
  return Filling(directories, answers, accounts).run();
}

}  // namespace gannet::cli
