// Types imap, smtp and lmtp: another mail server says who may log in and who receives mail.
//
// An account's name is its address. A login is checked by logging in there with it, a recipient by RCPT. IMAP
// cannot say who receives mail, so an address is known there once its owner has logged in here.
//
//   | asked                          | smtp, lmtp                    | imap                          |
//   |--------------------------------|-------------------------------|-------------------------------|
//   | login                          | AUTH                          | AUTHENTICATE, LOGIN           |
//   | address in lookup.domains      | RCPT                          | known once it has logged in   |
//   |                                |                               | here, kUnavailable before     |
//   | user+detail                    | user's: asked without detail  | the same                      |
//   | domain                         | lookup.domains                | lookup.domains                |
//   | groups, lists, quota, VRFY     | none                          | none                          |
#pragma once

#include <memory>
#include <set>
#include <string>

#include "directory/connections.h"
#include "directory/opening.h"
#include "directory/record_directory.h"
#include "directory/remote/session.h"

namespace gannet::directory::remote {

struct RemoteOptions {
  std::string id;  // as in `directory.<id>`
  std::string
      accounts;  // the directory that account numbers are given for: this one, or `directory.<id>.accounts`
  SessionOptions session;
  ConnectionSettings connections;
  std::set<std::string, std::less<>> domains;  // normalised
};

// Any thread. `clock` and `random` must outlive it.
class RemoteDirectory final : public RecordDirectory {
 public:
  RemoteDirectory(RemoteOptions options, std::shared_ptr<store::DataStore> data,
                  std::shared_ptr<Logins> logins, Clock& clock, Random& random);

  // Who exists there, its server alone knows, and says so for a password.
  bool admits() const override { return false; }
  // Whom IMAP does not tell of may be somebody: kUnavailable, rather than that there is no such address.
  Result<Resolution> resolve(std::string_view address, const ResolveOptions& options) override;
  // An account has one address: nobody needs to be asked.
  Result<bool> may_send_as(const Principal& principal, std::string_view address) override;

  // For the view.
  Result<bool> takes_mail_for(const std::string& address);
  bool serves(std::string_view domain) const { return options_.domains.contains(domain); }
  // A login without a domain is of the one domain, where there is one.
  std::string account_name(std::string_view login) const;
  Result<StoredPrincipalPtr> principal(std::string name);
  Result<StoredPrincipalPtr> known(const std::string& name);
  Result<StoredPrincipalPtr> numbered(AccountId id);
  bool asks_recipients() const { return options_.session.kind != Kind::kImap; }

  PoolStatistics statistics() const { return connections_.statistics(); }

 private:
  Result<std::unique_ptr<PrincipalView>> view() override;
  Result<Checked> check(const std::optional<std::string>& login, const Credentials& credentials) override;
  template <typename Ask>
  Result<Answer> ask(const char* what, const std::string& about, const Ask& question);

  // The loop where sessions live, with a clock of its own: a connection that is being made may outlive the directory.
  struct Edge {
    SystemClock clock;
    net::BlockingCalls calls{clock};
  };

  const RemoteOptions options_;
  const std::shared_ptr<store::DataStore> data_;
  Clock& clock_;
  Random& random_;
  const std::shared_ptr<Edge> edge_ = std::make_shared<Edge>();
  Connections<Session> connections_;  // after edge_: its sessions end on that loop
};

// Reads `directory.<id>`. kInvalid: names the key.
Result<RemoteOptions> read_settings(const config::Config& config, const std::string& id);
// The same, and opens it. The server need not be there.
Result<Opened> open(const Opening& opening, const std::string& id);

}  // namespace gannet::directory::remote
