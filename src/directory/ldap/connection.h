// One connection to an LDAP server (RFC 4511): binds and searches, each answered within a deadline.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "directory/errors.h"

namespace gannet::directory::ldap {

struct Target {
  std::string url;  // ldap://HOST:PORT, ldaps://HOST:PORT, ldapi://PATH
  bool start_tls = false;
  bool allow_invalid_certificates = false;
  std::string ca_file;  // empty: what SSL_CERT_FILE names, or else the system's
  std::string bind_dn;  // who searches; empty: nobody
  Secret bind_secret;
  Duration timeout{30'000};         // for an answer
  Duration create_timeout{30'000};  // for a new connection, TLS and the first bind with it
};

struct Entry {
  std::string dn;
  std::map<std::string, std::vector<std::string>> attributes;  // names in small letters
};

// Used by one thread at a time. It belongs to the account that searches, except between bind() as somebody else and
// the next search().
class Connection {
 public:
  // kUnavailable: the detail says what the server, or the library, said.
  static Result<std::unique_ptr<Connection>> open(const Target& target);
  ~Connection();
  Connection(const Connection&) = delete;

  enum class Scope : std::uint8_t { kSubtree, kBase };
  struct Search {
    std::string base;
    // The setting that has the base: then an error names it where there is no such entry, since nobody can be found
    // below it. Empty: the base is an entry that may be gone, and then nothing is found.
    std::string base_setting;
    Scope scope = Scope::kSubtree;
    std::string filter;
    std::vector<std::string> attributes;
    int limit = 0;  // entries; 0: as many as the server gives. What is above it is left out
  };
  // As the account that searches, unless `as_bound`: then as who was bound last.
  Result<std::vector<Entry>> search(const Search& search, bool as_bound = false);

  // Whether the server takes this name and password. An empty password is never sent: the server would take it for
  // an anonymous bind, and let anybody in (RFC 4513 5.1.2).
  Result<bool> bind(const std::string& dn, std::string_view password);

  // Whether the server answers within `timeout`.
  bool works(Duration timeout);
  // It can no longer be used; or the last answer did not come in time.
  bool broken() const { return broken_; }
  bool timed_out() const { return timed_out_; }

 private:
  struct Handle;
  Connection(const Target& target, std::unique_ptr<Handle> handle);
  Result<void> establish();
  Result<void> become_searcher(Duration timeout);
  // The code of the server's answer to a bind.
  Result<int> send_bind(const std::string& dn, std::string_view password, Duration timeout);
  struct Answer {
    bool has_base = true;
    std::vector<Entry> entries;
  };
  Result<Answer> collect(int message, Duration timeout);
  std::unexpected<Error> no_base(const Search& search, bool as_bound);
  std::unexpected<Error> failure(std::string_view doing, int code);

  const Target target_;
  const std::unique_ptr<Handle> handle_;
  bool is_searcher_ = false;
  bool broken_ = false, timed_out_ = false;
};

}  // namespace gannet::directory::ldap
