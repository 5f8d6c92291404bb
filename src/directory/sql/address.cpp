#include <algorithm>
#include <charconv>
#include <initializer_list>

#include "base/unicode.h"
#include "directory/sql/settings.h"

namespace gannet::directory::sql {
namespace {

// RFC 3986 2.1; nothing for a broken one.
std::optional<std::string> decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(text[i]);
      continue;
    }
    unsigned value = 0;
    if (i + 2 >= text.size()) return std::nullopt;
    const auto [end, error] = std::from_chars(text.data() + i + 1, text.data() + i + 3, value, 16);
    if (error != std::errc() || end != text.data() + i + 3 || value == 0) return std::nullopt;
    out.push_back(static_cast<char>(value));
    i += 2;
  }
  return out;
}

std::optional<Engine> engine_of(std::string_view scheme) {
  if (scheme == "postgresql" || scheme == "postgres") return Engine::kPostgresql;
  if (scheme == "mysql" || scheme == "mariadb") return Engine::kMysql;
  if (scheme == "sqlite") return Engine::kSqlite;
  return std::nullopt;
}

// The part before the first `at`, which is taken off `text` together with it; nothing, if it is not there.
std::optional<std::string_view> take_until(std::string_view& text, std::size_t at) {
  if (at == std::string_view::npos) return std::nullopt;
  const auto out = text.substr(0, at);
  text.remove_prefix(at + 1);
  return out;
}

bool set_user(std::string_view login, Target& out) {
  const auto colon = login.find(':');
  const auto user = decoded(login.substr(0, colon));
  const auto password = decoded(colon == std::string_view::npos ? "" : login.substr(colon + 1));
  if (!user || !password) return false;
  out.user = *user;
  out.password = Secret(*password);
  return true;
}

bool set_place(std::string_view place, Target& out) {
  if (place.starts_with('[')) {  // IPv6
    const auto end = place.find(']');
    if (end == std::string_view::npos) return false;
    out.host = place.substr(1, end - 1);
    place.remove_prefix(end + 1);
  } else {
    const auto colon = place.find(':');
    const auto host = decoded(place.substr(0, colon));  // %2F...: a socket
    if (!host) return false;
    out.host = *host;
    place.remove_prefix(std::min(colon, place.size()));
  }
  if (place.empty()) return true;
  unsigned port = 0;
  const auto [end, error] = std::from_chars(place.data() + 1, place.data() + place.size(), port);
  if (place.front() != ':' || error != std::errc() || end != place.data() + place.size() || port < 1 ||
      port > 65535)
    return false;
  out.port = std::to_string(port);
  return true;
}

// TLS that is used only where the server has it would protect from nobody who can take it away: no TLS, then.
bool set_tls(std::string_view mode, Target& out) {
  const std::string word = to_lower_ascii(mode);
  const auto one_of = [&](std::initializer_list<std::string_view> words) {
    return std::ranges::find(words, word) != words.end();
  };
  out.allow_invalid_certificates = one_of({"require", "required"});
  out.tls =
      out.allow_invalid_certificates || one_of({"verify-ca", "verify_ca", "verify-full", "verify_identity"});
  return out.tls || one_of({"disable", "disabled", "allow", "prefer", "preferred"});
}

// ?sslmode=require&sslrootcert=FILE (PostgreSQL), ?ssl-mode=REQUIRED&ssl-ca=FILE (MySQL),
// ?mode=rwc (SQLite; a directory only reads).
bool set_parameters(std::string_view text, Target& out) {
  while (!text.empty()) {
    const auto end = text.find('&');
    const std::string_view pair = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const auto equals = pair.find('=');
    const std::string_view name = pair.substr(0, equals);
    const auto value = decoded(equals == std::string_view::npos ? "" : pair.substr(equals + 1));
    if (!value) return false;
    if (name == "sslmode" || name == "ssl-mode") {
      if (!set_tls(*value, out)) return false;
    } else if (name == "sslrootcert" || name == "ssl-ca") {
      out.ca_file = *value;
    } else if (name == "options" && out.engine == Engine::kPostgresql) {
      out.options = *value;
    } else if (name != "mode" || out.engine != Engine::kSqlite) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::optional<Target> parse_address(std::string_view address) {
  Target out;
  const auto colon = address.find(':');
  const auto scheme = take_until(address, colon);
  const auto engine = scheme ? engine_of(*scheme) : std::nullopt;
  if (!engine) return std::nullopt;
  out.engine = *engine;
  const auto question = address.find('?');
  if (question != std::string_view::npos && !set_parameters(address.substr(question + 1), out))
    return std::nullopt;
  address = address.substr(0, question);
  const bool slashes = address.starts_with("//");
  if (slashes) address.remove_prefix(2);
  if (out.engine == Engine::kSqlite) {
    const auto path = decoded(address);
    if (!path || path->empty()) return std::nullopt;
    out.path = *path;
    return out;
  }
  if (!slashes) return std::nullopt;
  // A password may hold an @ that is not written as %40.
  const auto at = address.rfind('@');
  if (const auto login = take_until(address, at); login && !set_user(*login, out)) return std::nullopt;
  const auto slash = address.find('/');
  const auto name = decoded(slash == std::string_view::npos ? "" : address.substr(slash + 1));
  if (!name || !set_place(address.substr(0, slash), out)) return std::nullopt;
  out.database = *name;
  return out;
}

}  // namespace gannet::directory::sql
