// A directory answers four questions: who is this login, who receives mail for this address, is this domain
// ours, and what may this principal do. Types: internal, memory; later sql, ldap, imap, smtp, lmtp.
//
// kUnavailable from any call is a temporary failure: the edge answers 4xx or NO [UNAVAILABLE].
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "directory/errors.h"
#include "directory/principal.h"
#include "directory/secrets.h"

namespace gannet::directory {

struct Credentials {
  std::string login;  // authentication identity, as the client gave it
  std::string password;
  std::string authorize_as;  // SASL authorization identity; empty: the login itself
  std::string remote_ip;     // for logs and limits
  std::string protocol;      // "imap", "smtp", "http", ...
};

// Why a login was refused is for the operator's log; the client hears the same of all of them.
enum class AuthFailure : std::uint8_t {
  kNoSuchUser = 1,
  kWrongPassword,
  kDisabled,
  kNotAuthorized,
  kNoCode,           // the password is right, the second factor is missing or wrong
  kCodeUsed,         // its code has let somebody in already
  kBanned,           // the address or the account is banned
  kTooManyFailures,  // over authentication.rate-limit: the client is asked to try again later
};
// "wrong password": for logs.
std::string_view to_string(AuthFailure failure);

struct AuthOutcome {
  std::optional<Principal> principal;  // set: who it is (the authorization identity)
  AuthFailure failure{};               // set when principal is not
  std::string app_password;            // the name of the application password that let it in; else empty
  // The account whose password or proof it was, let in or not: by its name, whichever of its addresses the client gave.
  // Empty where there is none.
  std::string account{};
};

// What happens to mail for one address.
struct Resolution {
  enum class Kind : std::uint8_t {
    kUnknown,   // the domain is ours, the address is nobody's: 550 5.1.1
    kForeign,   // the domain is not ours
    kAccounts,  // `accounts` get it
    kList,      // a list or group: `accounts` and the foreign `addresses` get it; sent in the list's name
  };
  Kind kind = Kind::kUnknown;
  std::vector<Principal> accounts;     // each once
  std::vector<std::string> addresses;  // foreign members of a list
  std::vector<std::string> dead;       // members that are nobody's addresses here
  std::string list;                    // the list's address
  std::string detail;                  // sub-address: "news" of user+news@example.org; empty for none
};

struct ResolveOptions {
  bool sub_addressing = true;  // user+detail@domain is user's
  bool catch_all = true;
  std::size_t max_expansion = 10'000;  // members of nested lists; over it kInvalid
};

// Any thread. Calls block.
class Directory {
 public:
  virtual ~Directory() = default;

  // Takes as long for an unknown login as for a wrong password.
  virtual Result<AuthOutcome> authenticate(const Credentials& credentials) = 0;

  // Whether somebody here can log in by SCRAM; where nobody can, it is not offered.
  virtual bool serves_scram() const { return false; }
  // By login, protocol and address of `credentials`. A login that is unknown, or has no verifier, gets a salt that
  // looks like one and stays the same.
  virtual Result<ScramSecrets> scram_secrets(const Credentials& credentials);
  // Whether logins can be let in that were proved by other means than their password.
  virtual bool admits() const { return false; }
  // Lets in `credentials.login`, which SCRAM or a client's certificate has proved; for the same authorization
  // identities as authenticate().
  virtual Result<AuthOutcome> admit(const Credentials& credentials);
  virtual Result<Resolution> resolve(std::string_view address, const ResolveOptions& options) = 0;
  // What resolve() would answer, where it is known without waiting for anything: may be called on an event
  // loop. Nothing where it is not; then resolve() tells.
  virtual std::optional<Resolution> resolve_now([[maybe_unused]] std::string_view address,
                                                [[maybe_unused]] const ResolveOptions& options) {
    return std::nullopt;
  }
  virtual Result<bool> is_local_domain(std::string_view domain) = 0;
  // By login name.
  virtual Result<std::optional<Principal>> find(std::string_view name) = 0;
  virtual Result<std::optional<Principal>> find_by_id(AccountId id) = 0;
  // Whether `principal` may use `address` as a sender: it is one of its own or of its groups'.
  virtual Result<bool> may_send_as(const Principal& principal, std::string_view address) = 0;
  // For VRFY: up to `limit` addresses that start with `text`. For EXPN: resolve().
  virtual Result<std::vector<std::string>> verify(std::string_view text, std::size_t limit) = 0;
};

// What an administrator changes; the internal directory alone has it.
struct PrincipalChange {
  std::optional<std::string> description;
  // In clear; stored as Argon2id. Or an accepted hash, see password.h. Application passwords and the second factor
  // stay as they are.
  std::optional<std::string> password;
  std::optional<std::uint64_t> quota;
  std::optional<Role> role;
  std::optional<bool> disabled;
  std::optional<std::string> catch_all;
  std::optional<std::string> alias_of;  // empty: an alias no longer
  std::vector<std::string> add_emails, remove_emails;
  std::vector<std::string> add_members, remove_members;
};

// How an account logs in, without any secret.
struct LoginMethods {
  bool password = false;
  bool scram = false;  // the password, by SCRAM
  bool totp = false;
  std::vector<AppPassword> apps;  // their hashes and verifiers are empty
};

class DirectoryAdmin {
 public:
  virtual ~DirectoryAdmin() = default;
  // kExists, kInvalid (the text says what is wrong, e.g. a domain that is not ours). The principal as stored.
  virtual Result<Principal> create(Principal principal, std::optional<std::string> password) = 0;
  virtual Result<Principal> update(std::string_view name, const PrincipalChange& change) = 0;
  // kNotFound; kInvalid for a domain that addresses still use, or of which another is an alias.
  virtual Result<void> remove(std::string_view name, PrincipalType type) = 0;
  virtual Result<std::optional<Principal>> show(std::string_view name, PrincipalType type) = 0;

  // How an account logs in. Each: kNotFound when there is none.
  virtual Result<LoginMethods> login_methods(std::string_view name) = 0;
  // A new application password `app`, for some of kAppProtocols, or for all when there are none. What it returns is
  // kept nowhere: it is shown once. kExists, kInvalid.
  virtual Result<std::string> add_app_password(std::string_view name, const std::string& app,
                                               std::vector<std::string> protocols) = 0;
  // kNotFound as well when there is no such application password. "*" is all of them.
  virtual Result<void> remove_app_password(std::string_view name, std::string_view app) = 0;
  // A second factor for the account, as an otpauth:// URI; nothing is changed by it.
  virtual Result<std::string> propose_totp(std::string_view name, std::string_view issuer) = 0;
  // Asks for the second factor from now on. kInvalid when `code` is not the one that it gives now, so that nobody is
  // locked out by a key that was not taken over.
  virtual Result<void> set_totp(std::string_view name, const std::string& uri, std::string_view code) = 0;
  virtual Result<void> remove_totp(std::string_view name) = 0;

  // In the order of names, above `after`.
  virtual Result<std::vector<Principal>> list(PrincipalType type, std::string_view after,
                                              std::size_t limit) = 0;
  // Called after a principal was removed, with its account number: whoever keeps its data lets it go.
  virtual void on_removed(std::function<void(AccountId)> callback) = 0;
  // Called after what let an account in may not do so any more: it was removed or disabled, its password, role or
  // one of its application passwords changed. Set before others use the directory.
  virtual void on_login_changed(std::function<void(AccountId)> callback) = 0;
};

}  // namespace gannet::directory
