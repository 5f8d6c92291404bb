// directory.<id>.* of the types imap, smtp and lmtp.
#include "config/config.h"
#include "config/hostname.h"
#include "directory/address.h"
#include "directory/remote/remote_directory.h"
#include "net/tls.h"

namespace gannet::directory::remote {
namespace {

std::unexpected<Error> invalid(const std::string& key, const std::string& text) {
  return fail(DirectoryError::kInvalid, key + ": " + text);
}

std::uint16_t default_port(Kind kind, bool tls) {
  if (kind == Kind::kImap) return tls ? 993 : 143;
  if (kind == Kind::kSmtp) return tls ? 465 : 25;
  return 24;
}

Result<SessionOptions> read_session(const config::Config& config, const config::Section& at, Kind kind,
                                    const std::string& key, const ConnectionSettings& connections) {
  SessionOptions out;
  out.kind = kind;
  out.host = at.string("host");
  if (out.host.empty() || out.host.find_first_of(" \t/@") != std::string::npos)
    return invalid(key + ".host", "\"" + out.host + "\" is no name or address of a server");
  out.implicit_tls = at.flag("tls.enable");
  // Without TLS from the start there is STARTTLS: tls.enable = false does not consent to passwords in clear, and even
  // less does its old name, tls.implicit.
  out.clear_passwords = at.flag("allow-plain-text");
  out.port = static_cast<std::uint16_t>(
      at.find<std::int64_t>("port").value_or(default_port(kind, out.implicit_tls)));
  out.create_timeout = connections.create_timeout;
  out.check_timeout = connections.recycle_timeout;
  out.timeout = at.duration("timeout");
  out.hello = config::hostname_of(config);
  if (kind != Kind::kImap) {
    out.recipients = static_cast<std::size_t>(at.integer("limits.rcpt"));
    out.auth_errors = static_cast<std::size_t>(at.integer("limits.auth-errors"));
  }
  auto tls = net::ClientTls::create({.verify = !at.flag("tls.allow-invalid-certs"),
                                     .ca_file = at.string("tls.ca-file"),
                                     .alpn = {},
                                     .timeout = out.create_timeout});
  if (!tls) return invalid(key + ".tls", tls.error().describe());
  out.tls = *std::move(tls);
  auto loopback =
      net::ClientTls::create({.verify = false, .ca_file = {}, .alpn = {}, .timeout = out.create_timeout});
  if (!loopback) return invalid(key + ".tls", loopback.error().describe());
  out.loopback_tls = *std::move(loopback);
  return out;
}

// Names are addresses in each directory of these types, so they can be the same accounts.
Result<std::string> read_accounts(const config::Config& config, const std::string& id,
                                  const std::string& key) {
  const std::string other = config.at("directory", id).string("accounts");
  if (other.empty() || other == id) return id;
  const config::Section at = config.at("directory", other);
  const std::string type = at.string("type");
  if (type != "imap" && type != "smtp" && type != "lmtp")
    return invalid(key + ".accounts",
                   "\"" + other + "\" is of type " + type +
                       ", whose accounts are not named by their addresses; it must be of type imap, "
                       "smtp or lmtp");
  if (const std::string third = at.string("accounts"); !third.empty() && third != other)
    return invalid(key + ".accounts",
                   "\"" + other + "\" has the accounts of \"" + third + "\" itself: write that");
  return other;
}

}  // namespace

Result<RemoteOptions> read_settings(const config::Config& config, const std::string& id) {
  const config::Section at = config.at("directory", id);
  const std::string key = config::join_key("directory", id), type = at.string("type");
  const Kind kind = type == "imap" ? Kind::kImap : type == "smtp" ? Kind::kSmtp : Kind::kLmtp;
  RemoteOptions options;
  options.id = id;
  options.accounts = TRY(read_accounts(config, id, key));
  options.connections = read_connection_settings(at, key);
  options.session = TRY(read_session(config, at, kind, key, options.connections));
  for (const auto& domain : at.list("lookup.domains")) {
    auto name = normalize_domain(domain);
    if (!name) return invalid(key + ".lookup.domains", "\"" + domain + "\" is not a domain name");
    options.domains.insert(*std::move(name));
  }
  return options;
}

Result<Opened> open(const Opening& opening, const std::string& id) {
  auto options = TRY(read_settings(opening.config, id));
  const std::string owner = "the " + server_name(options.session);
  options.connections.server = server_name(options.session);
  return Opened{std::make_shared<RemoteDirectory>(std::move(options), opening.data, opening.logins,
                                                  opening.clock, opening.random),
                nullptr, owner};
}

}  // namespace gannet::directory::remote
