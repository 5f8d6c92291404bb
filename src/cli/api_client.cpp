#include "cli/api_client.h"

#include <curl/curl.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdlib>
#include <memory>

#include "cli/errors.h"
#include "cli/terminal.h"

namespace gannet::cli {
namespace {

std::string from_environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::size_t append(char* data, std::size_t size, std::size_t count, void* out) {
  static_cast<std::string*>(out)->append(data, size * count);
  return size * count;
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

Result<boost::json::value> ApiClient::call(const std::string& method, const std::string& path,
                                           const boost::json::value* body) {
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), &curl_easy_cleanup);
  if (!curl) return fail(CliError::kServer, "No HTTP client could be made.");
  const std::string url = url_ + path;
  std::string answer, sent;
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl.get(), CURLOPT_CUSTOMREQUEST, method.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
  curl_easy_setopt(curl.get(), CURLOPT_USERNAME, user_.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PASSWORD, password_.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_CONNECTTIMEOUT, 10L);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, 120L);
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, &append);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &answer);
  if (insecure_) {
    curl_easy_setopt(curl.get(), CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(curl.get(), CURLOPT_SSL_VERIFYHOST, 0L);
  }
  std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(
      curl_slist_append(nullptr, "Content-Type: application/json"), &curl_slist_free_all);
  if (body) {
    sent = boost::json::serialize(*body);
    curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, sent.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(sent.size()));
  }
  if (const CURLcode code = curl_easy_perform(curl.get()); code != CURLE_OK)
    return fail(CliError::kServer, "No answer from " + url_ + ": " + curl_easy_strerror(code) +
                                       ". Is the server running? --url or GANNET_URL names another.");
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status / 100 != 2) return fail(CliError::kServer, reason_in(answer, status));
  boost::system::error_code error;
  auto value = boost::json::parse(answer, error);
  if (error || !value.is_object() || !value.as_object().contains("data"))
    return fail(CliError::kServer, url_ + " does not speak Gannet's API.");
  return value.as_object().at("data");
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
