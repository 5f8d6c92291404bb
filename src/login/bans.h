// Who may not log in for a while: addresses, networks and accounts. In the DataStore, so that a ban holds on every
// node and after a restart; each node has all of them in memory.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ip.h"
#include "base/result.h"
#include "store/data_store.h"

namespace gannet::login {

// What is counted and banned for a client: an IPv4 address, or the /64 of an IPv6 one, since that is what one customer
// has.
std::string subject_of(const IpAddress& address);

struct Ban {
  std::string target;    // "192.0.2.1", "2001:db8::/64", or a login in its normalised form
  bool account = false;  // it is a login
  WallTime since;
  std::optional<WallTime> until;  // nothing: until it is removed
  std::string reason;
};

// `text` as an address, a network or a login. Nothing for what is none of these.
std::optional<Ban> parse_target(std::string_view text);

// Any thread.
class Bans {
 public:
  // `clock` outlives it.
  Bans(std::shared_ptr<store::DataStore> data, Clock& clock);

  // From memory; never blocks for the store.
  bool has(const IpAddress& address) const;
  bool has_account(std::string_view login) const;
  bool has_accounts() const;

  // Reads them anew where another node may have changed them and the last time was `age` ago.
  void refresh(Duration age);
  // These fail as the store does: kUnavailable and so on.
  Result<> load();
  Result<> add(const Ban& ban);
  Result<bool> remove(const Ban& target);  // whether there was one
  Result<std::vector<Ban>> list();

 private:
  bool holds(const Ban& ban) const { return !ban.until || clock_.now() < *ban.until; }
  // Both under mutex_.
  void keep(const Ban& ban);
  void let_go(const Ban& target);

  const std::shared_ptr<store::DataStore> data_;
  Clock& clock_;
  // Taken before mutex_, for as long as the store takes: what is read of it is no older than what was written here.
  std::mutex change_mutex_;
  mutable std::mutex mutex_;
  std::map<std::string, Ban, std::less<>> addresses_, accounts_;  // by target
  std::vector<std::pair<IpNetwork, Ban>> networks_;
  SteadyTime loaded_{};
};

}  // namespace gannet::login
