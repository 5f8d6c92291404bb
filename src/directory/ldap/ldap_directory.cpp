#include "directory/ldap/ldap_directory.h"

#include "base/secret.h"
#include "base/unicode.h"
#include "directory/external/view.h"
#include "directory/ldap/escape.h"

namespace gannet::directory::ldap {

LdapDirectory::LdapDirectory(Settings settings, std::shared_ptr<store::DataStore> data,
                             std::shared_ptr<Logins> logins, Clock& clock, Random& random)
    : RecordDirectory(settings.id, std::move(logins)),
      settings_(std::move(settings)),
      numbers_(settings_.id, std::move(data), clock, random),
      random_(random),
      connections_(
          settings_.connections, clock, [target = settings_.target] { return Connection::open(target); },
          [this](Connection& connection) {
            return connection.works(settings_.connections.recycle_timeout);
          }) {}

Result<std::unique_ptr<PrincipalView>> LdapDirectory::view() {
  return view_over([this](const Connection::Search& search) {
    return connections_.run([&](Connection& connection) { return connection.search(search); });
  });
}

std::unique_ptr<PrincipalView> LdapDirectory::view_over(LdapSource::Ask ask) {
  return std::make_unique<ExternalView>(settings_.connections.key,
                                        std::make_unique<LdapSource>(settings_, std::move(ask)), numbers_);
}

Result<RecordDirectory::Checked> LdapDirectory::check(const std::optional<std::string>& login,
                                                      const Credentials& credentials) {
  if (settings_.check == Check::kSecret) return RecordDirectory::check(login, credentials);
  const std::string& password = credentials.password;
  if (settings_.check == Check::kBindThenSearch && login) return bind_then_search(*login, password);
  StoredPrincipalPtr who = TRY(find_login(login));
  if (who && (who->principal.type != PrincipalType::kIndividual || who->origin.empty())) who = nullptr;
  // An unknown login is bound with as well, so that it takes as long: as somebody who does not exist.
  std::string dn = who ? who->origin : "cn=" + random_.token(16) + "," + settings_.base_dn;
  if (who && !settings_.bind_as.empty()) dn = with_dn_value(settings_.bind_as, who->principal.name);
  const bool right =
      TRY(connections_.run([&](Connection& connection) { return bind(connection, dn, password); }));
  return Checked{who, who && right};
}

// The password as it came, and prepared (RFC 4513 5.1.3): the server compares octets.
Result<bool> LdapDirectory::bind(Connection& connection, const std::string& dn, const std::string& password) {
  // RFC 4513 5.1.2: an empty one would be let in by many a server; at a NUL some end it.
  if (password.empty() || password.contains('\0')) return false;
  const std::string prepared = to_nfc(password).value_or(password);
  if (TRY(connection.bind(dn, prepared))) return true;
  if (prepared == password) return false;
  return connection.bind(dn, password);
}

// Where nobody but the user may search, the user's own connection does.
Result<RecordDirectory::Checked> LdapDirectory::bind_then_search(const std::string& login,
                                                                 const std::string& password) {
  auto somebody = std::make_shared<StoredPrincipal>();  // whether there is such an account, is not known
  somebody->principal.name = login;
  const std::string dn = with_dn_value(settings_.bind_as, login);
  const bool own_search = settings_.target.bind_dn.empty();
  auto checked = TRY(connections_.run([&](Connection& connection) -> Result<Checked> {
    if (!TRY(bind(connection, dn, password))) return Checked{somebody, false};
    if (!own_search) return Checked{somebody, true};
    const auto own =
        view_over([&](const Connection::Search& search) { return connection.search(search, true); });
    return Checked{TRY(own->by_name(login)), true};
  }));
  if (checked.right && !own_search) checked.who = TRY(find_login(login));
  // A group or a list does not log in.
  if (checked.who && checked.who->principal.type != PrincipalType::kIndividual) checked.who = nullptr;
  return checked;
}

Result<Opened> open(const Opening& opening, const std::string& id) {
  Settings settings = TRY(read_settings(opening.config, id));
  std::string owner = "LDAP at " + mask_url(settings.target.url);
  return Opened{std::make_shared<LdapDirectory>(std::move(settings), opening.data, opening.logins,
                                                opening.clock, opening.random),
                nullptr, std::move(owner)};
}

}  // namespace gannet::directory::ldap
