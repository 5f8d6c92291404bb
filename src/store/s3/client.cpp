#include "store/s3/client.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/secret.h"
#include "net/aws_sigv4.h"
#include "store/s3/xml.h"

namespace gannet::store::s3 {
namespace {

std::string amazon(const std::string& region) {
  return fmt::format("https://s3.{}.amazonaws.com{}", region, region.starts_with("cn-") ? ".cn" : "");
}

// What all URLs start with: the bucket in the path, or before the host's name.
std::string base_of(const ClientOptions& options) {
  std::string endpoint = options.endpoint.empty() ? amazon(options.region) : options.endpoint;
  while (endpoint.ends_with('/')) endpoint.pop_back();
  const std::string bucket = net::aws_uri_encode(options.bucket);
  if (options.path_style.value_or(!options.endpoint.empty())) return endpoint + "/" + bucket + "/";
  const auto host = endpoint.find("://");
  if (host == std::string::npos) return endpoint + "/";
  return endpoint.substr(0, host + 3) + bucket + "." + endpoint.substr(host + 3) + "/";
}

net::HttpClientOptions http_options(const ClientOptions& options) {
  return {.connect_timeout = std::min<Duration>(options.timeout, std::chrono::seconds(10)),
          .timeout = options.timeout,
          .wait_timeout = options.timeout,
          .max_connections = options.max_connections,
          .allow_invalid_certificates = options.allow_invalid_certs,
          .ca_file = options.ca_file};
}

// Which setting is at fault, by the server's code.
std::string_view setting_for(std::string_view code, int status) {
  if (code == "InvalidAccessKeyId") return "access-key";
  if (code == "SignatureDoesNotMatch" || code == "InvalidSignature") return "secret-key";
  if (code == "InvalidToken" || code == "ExpiredToken") return "session-token";
  if (code == "NoSuchBucket" || code == "InvalidBucketName") return "bucket";
  if (code == "AuthorizationHeaderMalformed" || code == "PermanentRedirect" || status == 301 || status == 307)
    return "region";
  return status == 401 || status == 403 ? "access-key" : "";
}

// What to do, where the server's code alone does not say it.
std::string_view advice(std::string_view code, int status) {
  if (code == "RequestTimeTooSkewed") return "; this host's clock is wrong";
  if (code == "AccessDenied" || (code.empty() && status == 403))
    return "; the key must be allowed to get, put, delete and list objects of the bucket";
  if (status == 301 || status == 307) return "; the bucket is elsewhere: check `region` and `endpoint`";
  return "";
}

// The service itself says that there is no such object. Another 404 comes from what stands before it, such as a
// balancer while the service starts, and tells nothing of the object.
bool says_absent(const Call& call, const net::HttpResponse& response) {
  if (response.status != 404) return false;
  if (call.method == "HEAD") return true;  // send() has made sure
  const std::string code = element_text(response.body, "Code");
  return call.method != "PUT" && (code == "NoSuchKey" || code == "NoSuchUpload");
}

bool is_stray(const Call& call, const net::HttpResponse& response) {
  return response.status == 404 && !says_absent(call, response) &&
         element_text(response.body, "Code") != "NoSuchBucket";
}

}  // namespace

Client::Client(ClientOptions options, Clock& clock, Random& random)
    : options_(std::move(options)),
      base_(base_of(options_)),
      clock_(clock),
      random_(random),
      http_(http_options(options_), clock) {}

std::string Client::url(const Call& call) const {
  std::string out = base_ + net::aws_uri_encode(call.key, true);
  char separator = '?';
  for (const auto& [name, value] : call.query) {
    out += separator + net::aws_uri_encode(name) + "=" + net::aws_uri_encode(value);
    separator = '&';
  }
  return out;
}

Result<net::HttpResponse> Client::send_once(const Call& call, Duration timeout) {
  net::HttpRequest request{.method = call.method,
                           .url = url(call),
                           .headers = call.headers,
                           .body = call.body,
                           .max_response = call.max_response,
                           .timeout = timeout};
  // Anew for each try: the signature holds the time.
  TRY(net::sign_aws_v4(request,
                       {.access_key = options_.credentials.access_key,
                        .secret_key = options_.credentials.secret_key,
                        .session_token = options_.credentials.session_token,
                        .region = options_.region},
                       clock_.now()));
  return http_.send(request);
}

Duration Client::wait_before(int retry, std::optional<Duration> asked) {
  const Duration most = std::min(options_.max_wait, options_.min_wait * (1 << std::min(retry, 16)));
  // Half of it is by chance, so that those who failed together do not come back together.
  const auto chance =
      static_cast<Duration::rep>(random_.below(static_cast<std::uint64_t>(most.count() / 2 + 1)));
  return std::max(most / 2 + Duration(chance), std::min(asked.value_or(Duration(0)), options_.max_wait));
}

Result<net::HttpResponse> Client::send(const Call& call) {
  const auto start = clock_.steady();
  for (int retry = 0;; ++retry) {
    Duration timeout = options_.timeout;
    if (call.limit.count() > 0)
      timeout = std::min(timeout, call.limit - std::chrono::duration_cast<Duration>(clock_.steady() - start));
    auto response = send_once(call, std::max(timeout, Duration(1)));
    if (response && response->ok()) return response;
    // The answer to HEAD has no body that says who refuses: where no field does, one byte is asked for.
    if (response && response->status == 404 && call.method == "HEAD" &&
        response->header("x-amz-request-id").empty())
      return send({.key = call.key, .headers = {{"Range", "bytes=0-0"}}, .limit = call.limit});
    const bool again = response ? response->retry_can_help() || is_stray(call, *response)
                                : response.error().retry_can_help();
    const Duration wait = wait_before(retry, response ? response->retry_after() : std::nullopt);
    const bool late = call.limit.count() > 0 && clock_.steady() - start + wait >= call.limit;
    if (!again || retry >= options_.max_retries || late)
      return response ? Result<net::HttpResponse>(refused(call, *response))
                      : unanswered(call, response.error());
    clock_.sleep(wait);
  }
}

std::unexpected<Error> Client::refused(const Call& call, const net::HttpResponse& response) const {
  const std::string code = element_text(response.body, "Code");
  const std::string_view setting = setting_for(code, response.status);
  std::string detail = fmt::format("{} {}: {} {} {}", call.method, mask_url(url(call)), response.status, code,
                                   element_text(response.body, "Message"));
  if (is_stray(call, response))
    return fail(StoreError::kUnavailable, "the store is not available",
                fmt::format("{}; no object store answers there: see store.{}.endpoint", detail, options_.id),
                Retry::kCanHelp);
  if (says_absent(call, response))
    return fail(StoreError::kNotFound, "the message's content is not in the store", std::move(detail));
  // A range behind the end of an object is only asked for if that object is shorter than its header says.
  if (response.status == 416)
    return fail(StoreError::kCorrupt, "a stored message is damaged", std::move(detail));
  if (response.retry_can_help())
    return fail(StoreError::kUnavailable, "the store is not available", std::move(detail), Retry::kCanHelp);
  std::string text = fmt::format("the object store refused the request ({} {})", response.status, code);
  if (!setting.empty()) text += fmt::format(": see store.{}.{}", options_.id, setting);
  text += advice(code, response.status);
  return fail(StoreError::kConfiguration, std::move(text), std::move(detail), Retry::kCanHelp);
}

std::unexpected<Error> Client::unanswered(const Call& call, const Error& error) const {
  std::string detail = fmt::format("{} {}: {}", call.method, mask_url(url(call)), error.describe());
  if (error.is(net::NetError::kCertificate))
    return fail(
        StoreError::kConfiguration,
        fmt::format("the object store's certificate cannot be verified: see store.{0}.tls.ca-file and "
                    "store.{0}.endpoint",
                    options_.id),
        std::move(detail), Retry::kCanHelp);
  if (error.is(net::NetError::kInvalid))
    return fail(StoreError::kConfiguration, fmt::format("not a URL: see store.{}.endpoint", options_.id),
                std::move(detail));
  if (error.is(net::NetError::kTooLong))
    return fail(StoreError::kCorrupt, "the object store's answer is too long", std::move(detail));
  return fail(StoreError::kUnavailable, "the store is not available", std::move(detail), Retry::kCanHelp);
}

}  // namespace gannet::store::s3
