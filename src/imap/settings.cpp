#include "imap/settings.h"

#include <algorithm>

#include "config/config.h"

namespace gannet::imap {

Settings Settings::from(const config::Config& config) {
  Settings settings;
  settings.max_request_size = config.size("imap.request.max-size");
  settings.max_line_size = config.size("imap.request.max-line-size");
  settings.max_anonymous_size = config.size("imap.request.max-anonymous-size");
  settings.max_errors = static_cast<unsigned>(config.integer("imap.request.max-errors"));
  settings.max_auth_failures = static_cast<unsigned>(config.integer("imap.auth.max-failures"));
  settings.mechanisms = config.list("imap.auth.mechanisms");
  settings.max_auth_line = static_cast<std::size_t>(config.size("authentication.max-response"));
  settings.allow_plain_text = config.flag("imap.auth.allow-plain-text");
  settings.timeout_authenticated = config.duration("imap.timeout.authenticated");
  settings.timeout_anonymous = config.duration("imap.timeout.anonymous");
  settings.timeout_idle = config.duration("imap.timeout.idle");
  if (const auto rate = config.find<config::Rate>("imap.rate-limit.requests")) {
    settings.rate_count = rate->count;
    settings.rate_period = rate->period;
  }
  settings.max_sessions =
      static_cast<std::uint64_t>(config.find<std::int64_t>("imap.rate-limit.concurrent").value_or(0));
  settings.record_cache_size = config.size("cache.message.memory");
  settings.header_cache_size = config.size("cache.header.memory");
  settings.cache_shape = {.shards = static_cast<std::size_t>(config.integer("cache.shard")),
                          .capacity = static_cast<std::size_t>(config.integer("cache.capacity"))};
  // APPEND takes what both allow.
  settings.max_message_size = std::min(config.size("jmap.email.max-size"), settings.max_request_size);
  return settings;
}

}  // namespace gannet::imap
