// The settings imap.* as a session uses them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace gannet::config {
class Config;
}

namespace gannet::imap {

// cache.shard, cache.capacity
struct CacheShape {
  std::size_t shards = 32;
  std::size_t capacity = 1024;
};

struct Settings {
  std::uint64_t max_request_size =
      52'428'800;                              // imap.request.max-size: octets of a command with its literals
  std::size_t max_line_size = 64 * 1024;       // imap.request.max-line-size: octets of one line of it
  std::size_t max_anonymous_size = 16 * 1024;  // imap.request.max-anonymous-size: before the login
  unsigned max_errors = 50;                    // imap.request.max-errors: BAD commands in a row
  unsigned max_auth_failures = 3;              // imap.auth.max-failures
  std::vector<std::string> mechanisms = {"scram", "external", "plain", "login"};  // imap.auth.mechanisms
  std::size_t max_auth_line = 12'288;                         // authentication.max-response: octets
  bool allow_plain_text = false;                              // imap.auth.allow-plain-text
  Duration timeout_authenticated = std::chrono::minutes(30);  // imap.timeout.authenticated
  Duration timeout_anonymous = std::chrono::minutes(1);       // imap.timeout.anonymous
  Duration timeout_idle = std::chrono::minutes(30);           // imap.timeout.idle
  std::uint64_t rate_count = 0;  // imap.rate-limit.requests: commands of one session; 0: no limit
  Duration rate_period = std::chrono::minutes(1);
  std::uint64_t max_sessions = 0;               // imap.rate-limit.concurrent: of one account; 0: no limit
  std::uint64_t max_message_size = 52'428'800;  // what APPEND takes
  std::size_t record_cache_size = 32 << 20;     // cache.message.memory: octets
  std::size_t header_cache_size = 32 << 20;     // cache.header.memory: octets
  CacheShape cache_shape;
  std::string server_name = "Gannet";  // for ID (RFC 2971)
  std::string server_version;

  static Settings from(const config::Config& config);
};

}  // namespace gannet::imap
