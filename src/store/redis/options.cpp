#include "store/redis/options.h"

#include <charconv>

#include "base/encoding.h"

namespace gannet::store {
namespace {

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = text[i] == '%' ? hex_decode(text.substr(i + 1, 2)) : std::nullopt;
    out += byte && byte->size() == 1 ? *byte : std::string(1, text[i]);
    if (byte && byte->size() == 1) i += 2;
  }
  return out;
}

std::optional<int> number(std::string_view text, int max) {
  int out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size() || out < 0 || out > max) return std::nullopt;
  return out;
}

// Takes "USER:PASSWORD@" away; a password alone is the default user's.
void take_login(std::string_view& rest, RedisUrl& url) {
  const auto at = rest.substr(0, rest.find('/')).rfind('@');
  if (at == std::string_view::npos) return;
  const std::string_view login = rest.substr(0, at);
  rest.remove_prefix(at + 1);
  const auto colon = login.find(':');
  url.user = percent_decoded(login.substr(0, colon));
  if (colon != std::string_view::npos) url.password = Secret(percent_decoded(login.substr(colon + 1)));
}

}  // namespace

std::optional<RedisUrl> parse_redis_url(std::string_view text) {
  RedisUrl url;
  url.tls = text.starts_with("rediss://");
  if (!url.tls && !text.starts_with("redis://")) return std::nullopt;
  std::string_view rest = text.substr(url.tls ? 9 : 8);
  take_login(rest, url);
  const auto slash = std::min(rest.find('/'), rest.size());
  std::string_view host = rest.substr(0, slash), database = rest.substr(slash);
  if (!database.empty()) database.remove_prefix(1);
  if (!database.empty()) {
    const auto found = number(database, 1'000'000);
    if (!found) return std::nullopt;
    url.database = *found;
  }
  url.address.port = "6379";
  const auto bracket = host.rfind(']');
  if (const auto colon = host.rfind(':');
      colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
    const auto port = number(host.substr(colon + 1), 65'535);
    if (!port || *port == 0) return std::nullopt;
    url.address.port = std::to_string(*port);
    host = host.substr(0, colon);
  }
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.empty()) return std::nullopt;
  url.address.host = std::string(host);
  return url;
}

}  // namespace gannet::store
