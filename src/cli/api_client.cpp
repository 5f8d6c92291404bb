#include "cli/api_client.h"

#include <curl/curl.h>

#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdlib>
#include <memory>
#include <optional>

#include "cli/errors.h"
#include "cli/terminal.h"

namespace gannet::cli {
namespace {

std::string from_environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

// The reason in {"error": ..., "reason": ...}, or the body as it is.
std::string reason_in(const std::string& body, long status) {
  boost::system::error_code error;
  auto value = boost::json::parse(body, error);
  if (!error && value.is_object())
    if (const auto* reason = value.as_object().if_contains("reason"); reason && reason->is_string())
      return std::string(reason->get_string());
  return "The server answered " + std::to_string(status) + ".";
}

}  // namespace

Result<ApiClient> ApiClient::connect(const ApiLogin& login) {
  ApiClient client;
  client.url_ = !login.url.empty() ? login.url : from_environment("GANNET_URL");
  if (client.url_.empty()) client.url_ = "http://127.0.0.1:8080";
  while (client.url_.ends_with('/')) client.url_.pop_back();
  client.insecure_ = login.insecure;
  client.user_ = !login.user.empty() ? login.user : from_environment("GANNET_USER");
  if (client.user_.empty()) client.user_ = TRY(ask("Administrator's login", "admin"));
  client.password_ = from_environment("GANNET_PASSWORD");
  if (client.password_.empty()) client.password_ = TRY(ask_secret("Password of " + client.user_));
  return client;
}

// One request and what takes its answer.
struct ApiClient::Exchange {
  std::string method, path;
  std::string_view body;
  const char* content_type = nullptr;  // null: no body
  const Sink* sink = nullptr;          // null: into `answer`
  std::string answer;                  // also the answer that tells of an error
  std::optional<Error> failure;        // the sink's
  CURL* curl = nullptr;

  static std::size_t receive(char* data, std::size_t size, std::size_t count, void* out) {
    auto& self = *static_cast<Exchange*>(out);
    const std::string_view piece(data, size * count);
    long status = 0;
    curl_easy_getinfo(self.curl, CURLINFO_RESPONSE_CODE, &status);
    if (!self.sink || status / 100 != 2) {
      self.answer += piece;
      return piece.size();
    }
    if (auto taken = (*self.sink)(piece); !taken) {
      self.failure = std::move(taken).error();
      return 0;
    }
    return piece.size();
  }
};

Result<long> ApiClient::perform(Exchange& exchange) {
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), &curl_easy_cleanup);
  if (!curl) return fail(CliError::kServer, "No HTTP client could be made.");
  exchange.curl = curl.get();
  const std::string url = url_ + exchange.path;
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl.get(), CURLOPT_CUSTOMREQUEST, exchange.method.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
  curl_easy_setopt(curl.get(), CURLOPT_USERNAME, user_.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PASSWORD, password_.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_CONNECTTIMEOUT, 10L);
  // Long answers may take their time, as long as something comes.
  curl_easy_setopt(curl.get(), CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_LOW_SPEED_TIME, 120L);
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, &Exchange::receive);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &exchange);
  std::array<char, CURL_ERROR_SIZE> why{};
  curl_easy_setopt(curl.get(), CURLOPT_ERRORBUFFER, why.data());
  if (insecure_) {
    curl_easy_setopt(curl.get(), CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(curl.get(), CURLOPT_SSL_VERIFYHOST, 0L);
  }
  std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(nullptr, &curl_slist_free_all);
  if (exchange.content_type) {
    headers.reset(
        curl_slist_append(nullptr, ("Content-Type: " + std::string(exchange.content_type)).c_str()));
    curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(exchange.body.size()));
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, exchange.body.data());
  }
  const CURLcode code = curl_easy_perform(curl.get());
  if (exchange.failure) return std::unexpected(*std::move(exchange.failure));
  if (code == CURLE_PEER_FAILED_VERIFICATION)
    return fail(CliError::kServer, "The certificate of " + url_ + " cannot be verified: " +
                                       (why[0] != '\0' ? why.data() : curl_easy_strerror(code)) +
                                       ". If it is the self-signed one of a new server, add --insecure.");
  if (code != CURLE_OK)
    return fail(CliError::kServer, "No answer from " + url_ + ": " + curl_easy_strerror(code) +
                                       ". Is the server running? --url or GANNET_URL names another.");
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status / 100 != 2) return fail(CliError::kServer, reason_in(exchange.answer, status));
  return status;
}

namespace {

Result<boost::json::value> data_in(const std::string& answer, const std::string& url) {
  boost::system::error_code error;
  auto value = boost::json::parse(answer, error);
  if (error || !value.is_object() || !value.as_object().contains("data"))
    return fail(CliError::kServer, url + " does not speak Gannet's API.");
  return value.as_object().at("data");
}

}  // namespace

Result<boost::json::value> ApiClient::call(const std::string& method, const std::string& path,
                                           const boost::json::value* body) {
  const std::string sent = body ? boost::json::serialize(*body) : std::string();
  Exchange exchange{.method = method, .path = path, .body = sent};
  if (body) exchange.content_type = "application/json";
  TRY(perform(exchange));
  return data_in(exchange.answer, url_);
}

Result<void> ApiClient::download(const std::string& path, const Sink& sink) {
  Exchange exchange{.method = "GET", .path = path, .body = {}, .sink = &sink};
  TRY(perform(exchange));
  return {};
}

Result<boost::json::value> ApiClient::upload(const std::string& path, std::string_view body) {
  Exchange exchange{.method = "POST", .path = path, .body = body, .content_type = "application/octet-stream"};
  TRY(perform(exchange));
  return data_in(exchange.answer, url_);
}

std::string percent_encode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) ||
        std::string_view("-._~@").find(c) != std::string_view::npos) {
      out += c;
    } else {
      static constexpr char kHex[] = "0123456789ABCDEF";
      const auto byte = static_cast<unsigned char>(c);
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

}  // namespace gannet::cli
