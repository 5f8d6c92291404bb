#include "store/elasticsearch/connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/encoding.h"

namespace gannet::store::elasticsearch {
namespace {

namespace json = boost::json;

constexpr Duration kFirstWait{100};
constexpr Duration kLongestWait{5'000};
constexpr std::size_t kMaxReply = 64u << 20;

// As the engine prints it ("encoded"), or as id:key.
std::string api_key_field(const std::string& key) {
  return "ApiKey " + (key.contains(':') ? base64_encode(key) : key);
}

std::unexpected<Error> unreachable(const Error& why) {
  if (why.is(net::NetError::kCertificate))
    return wrong_setting("tls.ca-file", "the search engine's certificate cannot be verified", why.describe());
  const bool wrong = why.is(net::NetError::kInvalid);
  return fail(wrong ? StoreError::kConfiguration : StoreError::kUnavailable,
              "the search engine cannot be reached", why.describe(),
              why.retry_can_help() ? Retry::kCanHelp : Retry::kNo);
}

}  // namespace

Connection::Connection(ConnectionOptions options, Clock& clock, Random& random)
    : options_(std::move(options)),
      clock_(clock),
      random_(random),
      client_({.connect_timeout = std::min<Duration>(options_.timeout, std::chrono::seconds(10)),
               .timeout = options_.timeout,
               .wait_timeout = options_.timeout,
               .max_connections = options_.max_connections,
               .allow_invalid_certificates = options_.allow_invalid_certificates,
               .ca_file = options_.ca_file},
              clock) {}

void Connection::wait_before(int attempt, Duration at_least) {
  const Duration grown = kFirstWait * (1 << std::min(attempt - 1, 10));
  const auto half = static_cast<std::uint64_t>(std::min(grown, kLongestWait).count()) / 2;
  // Half of it by chance, lest all callers come back at once.
  clock_.sleep(std::max(std::min(at_least, kLongestWait),
                        Duration(static_cast<std::int64_t>(half + random_.below(half + 1)))));
}

Result<Reply> Connection::try_once(const net::HttpRequest& request) {
  auto response = client_.send(request);
  if (!response) return unreachable(response.error());
  Reply reply{.status = response->status, .body = {}};
  boost::system::error_code broken;
  reply.body = json::parse(response->body, broken);
  // A proxy's error page is a reply all the same: its status tells enough.
  if (broken) reply.body = reply.ok() ? json::value(nullptr) : json::value(response->body.substr(0, 300));
  if (reply.status == 401 || reply.status == 403)
    return refused(StoreError::kConfiguration,
                   options_.api_key.empty() ? "password: the search engine refuses the user and password"
                                            : "api-key: the search engine refuses the API key",
                   reply);
  return reply;
}

Result<Reply> Connection::send(std::string_view method, const std::string& path, std::string_view body,
                               bool once) {
  net::HttpRequest request{.method = std::string(method), .url = options_.url + path, .body = body};
  request.max_response = kMaxReply;
  if (!body.empty()) {
    const bool lines = path.contains("/_bulk");
    request.headers.push_back(
        {.name = "Content-Type", .value = lines ? "application/x-ndjson" : "application/json"});
  }
  if (!options_.api_key.empty())
    request.headers.push_back({.name = "Authorization", .value = api_key_field(options_.api_key.reveal())});
  else if (!options_.user.empty())
    request.authorization = {.user = options_.user, .password = options_.password};
  for (int attempt = 1;; ++attempt) {
    auto reply = try_once(request);
    const bool again = reply ? reply->status == 429 || reply->status >= 500 : reply.error().retry_can_help();
    if (!again) return reply;
    if (once || attempt > options_.max_retries) {
      if (!reply) return reply;
      return refused(StoreError::kUnavailable, "the search engine is too busy", *reply);
    }
    wait_before(attempt);
  }
}

std::string reason_of(const Reply& reply) {
  const json::value* error = &reply.body;
  if (const auto* object = reply.body.if_object(); object && object->contains("error"))
    error = &object->at("error");
  if (const auto* object = error->if_object(); object && object->contains("reason")) {
    const auto* type = object->if_contains("type");
    return fmt::format("HTTP {}: {}: {}", reply.status, type ? json::serialize(*type) : "",
                       json::serialize(object->at("reason")));
  }
  return fmt::format("HTTP {}: {}", reply.status, json::serialize(*error).substr(0, 500));
}

std::unexpected<Error> refused(StoreError code, const std::string& text, const Reply& reply) {
  return fail(code, text, reason_of(reply), code == StoreError::kUnavailable ? Retry::kCanHelp : Retry::kNo);
}

}  // namespace gannet::store::elasticsearch
