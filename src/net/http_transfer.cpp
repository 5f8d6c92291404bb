#include "net/http_transfer.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <mutex>

#include "base/secret.h"

namespace gannet::net {
namespace {

constexpr std::size_t kMaxHeader = 256u << 10;
// libcurl's own timers decide when it wants to be called; this is only an upper bound on one wait.
constexpr int kWaitMs = 1000;

// CURL and CURLM are one type, void.
template <auto Free>
struct FreeBy {
  void operator()(auto* handle) const { Free(handle); }
};
using FieldList = std::unique_ptr<curl_slist, FreeBy<curl_slist_free_all>>;

// What libcurl's callbacks fill.
struct Receiver {
  HttpResponse response = {};
  std::size_t max_body = 0;
  std::size_t header_size = 0;
  bool too_long = false;
};

std::size_t on_body(char* data, std::size_t, std::size_t size, void* to) {
  auto& receiver = *static_cast<Receiver*>(to);
  if (size > receiver.max_body - receiver.response.body.size()) {
    receiver.too_long = true;
    return CURL_WRITEFUNC_ERROR;
  }
  receiver.response.body.append(data, size);
  return size;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::string_view(" \t\r\n").contains(text.front())) text.remove_prefix(1);
  while (!text.empty() && std::string_view(" \t\r\n").contains(text.back())) text.remove_suffix(1);
  return text;
}

std::size_t on_header(char* data, std::size_t, std::size_t size, void* to) {
  auto& receiver = *static_cast<Receiver*>(to);
  const std::string_view line(data, size);
  receiver.header_size += size;
  if (receiver.header_size > kMaxHeader) {
    receiver.too_long = true;
    return CURL_WRITEFUNC_ERROR;
  }
  // A new status line: what came before was 1xx or a redirect.
  if (line.starts_with("HTTP/")) {
    receiver.response.headers.clear();
    receiver.response.body.clear();
  } else if (const auto colon = line.find(':'); colon != std::string_view::npos) {
    receiver.response.headers.push_back(
        {.name = std::string(line.substr(0, colon)), .value = std::string(trimmed(line.substr(colon + 1)))});
  }
  return size;
}

// RFC 9110 5.6.2.
bool is_token(std::string_view text) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || kOthers.contains(c);
  });
}

// RFC 9110 5.5: whatever else a value may hold, a line break would start another field.
bool is_field_value(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

bool has_field(const HttpRequest& request, std::string_view lower_name) {
  return std::ranges::any_of(request.headers, [&](const HttpHeader& field) {
    return std::ranges::equal(field.name, lower_name, {},
                              [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  });
}

void append(FieldList& list, const std::string& line) {
  list.reset(curl_slist_append(list.release(), line.c_str()));
}

Result<FieldList> fields_of(const HttpRequest& request) {
  FieldList list;
  for (const auto& [name, value] : request.headers) {
    if (!is_token(name) || !is_field_value(value))
      return fail(NetError::kInvalid, "an HTTP field cannot be sent", "field " + name);
    // libcurl's notation for a field without a value.
    append(list, value.empty() ? name + ";" : fmt::format("{}: {}", name, value));
  }
  // Not what libcurl would add by itself: a wait of a second for "100 Continue", and the type of a web form.
  append(list, "Expect:");
  if (!has_field(request, "content-type")) append(list, "Content-Type:");
  return list;
}

Error error_of(CURLcode code, const HttpRequest& request, const Receiver& receiver, const char* message) {
  std::string detail =
      fmt::format("{} {}: {}", request.method, mask_url(request.url.substr(0, request.url.find('?'))),
                  *message ? message : curl_easy_strerror(code));
  const auto made = [&](NetError error, const char* text, Retry retry = Retry::kNo) {
    return Error(error, text, retry).with_detail(std::move(detail));
  };
  if (receiver.too_long) return made(NetError::kTooLong, "the HTTP response is too long");
  switch (code) {
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return made(NetError::kInvalid, "the URL cannot be used");
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
      return made(NetError::kConnect, "the server cannot be reached", Retry::kCanHelp);
    case CURLE_OPERATION_TIMEDOUT:
      return made(NetError::kTimeout, "the server did not answer in time", Retry::kCanHelp);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
      return made(NetError::kCertificate, "the server's certificate is not good");
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ENGINE_INITFAILED:
      return made(NetError::kTls, "TLS with the server failed");
    case CURLE_TOO_MANY_REDIRECTS:
      return made(NetError::kInvalid, "the server redirects too often");
    case CURLE_OUT_OF_MEMORY:
      return made(NetError::kInternal, "memory is out", Retry::kCanHelp);
    default:
      return made(NetError::kReset, "the connection to the server broke", Retry::kCanHelp);
  }
}

}  // namespace

// The transfer runs in a multi handle of its own, for two reasons: it keeps the connection after the request,
// and curl_multi_wakeup() ends its wait from another thread.
struct HttpHandle::Curl {
  std::unique_ptr<CURLM, FreeBy<curl_multi_cleanup>> multi{curl_multi_init()};
  std::unique_ptr<CURL, FreeBy<curl_easy_cleanup>> easy{curl_easy_init()};
  std::array<char, CURL_ERROR_SIZE> message{};

  template <typename T>
  void set(CURLoption option, T value) {
    curl_easy_setopt(easy.get(), option, value);
  }

  void set_up(const HttpRequest& request, const HttpClientOptions& options, const curl_slist* fields,
              Receiver& receiver) {
    curl_easy_reset(easy.get());
    message[0] = 0;
    set(CURLOPT_ERRORBUFFER, message.data());
    set(CURLOPT_URL, request.url.c_str());
    set(CURLOPT_PATH_AS_IS, 1L);
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_PROXY, "");
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_USERAGENT, options.user_agent.c_str());
    set(CURLOPT_HTTPHEADER, fields);
    set(CURLOPT_FOLLOWLOCATION, request.max_redirects > 0 ? 1L : 0L);
    set(CURLOPT_MAXREDIRS, static_cast<long>(request.max_redirects));
    set(CURLOPT_CONNECTTIMEOUT_MS,
        static_cast<long>(std::max<std::int64_t>(1, options.connect_timeout.count())));
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.value_or(options.timeout).count()));
    set(CURLOPT_MAXAGE_CONN,
        static_cast<long>(std::max<std::int64_t>(1, options.idle_timeout.count() / 1000)));
    set(CURLOPT_WRITEFUNCTION, &on_body);
    set(CURLOPT_WRITEDATA, &receiver);
    set(CURLOPT_HEADERFUNCTION, &on_header);
    set(CURLOPT_HEADERDATA, &receiver);
    set_method(request);
    set_tls(options);
    set_authorization(request.authorization);
  }

  void set_method(const HttpRequest& request) {
    if (request.method == "HEAD") {
      set(CURLOPT_NOBODY, 1L);
      return;
    }
    if (!request.body.empty() || request.method == "POST" || request.method == "PUT") {
      set(CURLOPT_POST, 1L);
      set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
      set(CURLOPT_POSTFIELDS, request.body.empty() ? "" : request.body.data());
    }
    set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }

  void set_tls(const HttpClientOptions& options) {
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set(CURLOPT_SSL_VERIFYPEER, options.allow_invalid_certificates ? 0L : 1L);
    set(CURLOPT_SSL_VERIFYHOST, options.allow_invalid_certificates ? 0L : 2L);
    if (!options.ca_file.empty()) set(CURLOPT_CAINFO, options.ca_file.c_str());
  }

  void set_authorization(const HttpAuthorization& authorization) {
    if (!authorization.bearer.empty()) {
      set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BEARER));
      set(CURLOPT_XOAUTH2_BEARER, authorization.bearer.reveal().c_str());
    } else if (!authorization.user.empty()) {
      set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
      set(CURLOPT_USERNAME, authorization.user.c_str());
      set(CURLOPT_PASSWORD, authorization.password.reveal().c_str());
    }
  }

  // Nothing when `stopped` became true.
  std::optional<CURLcode> perform(const std::atomic<bool>& stopped) {
    for (;;) {
      int running = 0, waiting = 0;
      if (stopped) return std::nullopt;
      if (curl_multi_perform(multi.get(), &running) != CURLM_OK) return CURLE_OUT_OF_MEMORY;
      while (const CURLMsg* done = curl_multi_info_read(multi.get(), &waiting))
        if (done->msg == CURLMSG_DONE) return done->data.result;
      if (curl_multi_poll(multi.get(), nullptr, 0, kWaitMs, nullptr) != CURLM_OK) return CURLE_OUT_OF_MEMORY;
    }
  }
};

HttpHandle::HttpHandle() : curl_(std::make_unique<Curl>()) {}
HttpHandle::~HttpHandle() = default;

std::unique_ptr<HttpHandle> HttpHandle::create() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  std::unique_ptr<HttpHandle> handle(new HttpHandle);
  if (!handle->curl_->multi || !handle->curl_->easy) return nullptr;
  curl_multi_setopt(handle->curl_->multi.get(), CURLMOPT_MAXCONNECTS, 1L);
  return handle;
}

Result<HttpResponse> HttpHandle::run(const HttpRequest& request, const HttpClientOptions& options,
                                     const std::atomic<bool>& stopped) {
  if (!is_token(request.method)) return fail(NetError::kInvalid, "the HTTP method cannot be sent");
  const FieldList fields = TRY(fields_of(request));
  Receiver receiver{.max_body = request.max_response};
  curl_->set_up(request, options, fields.get(), receiver);
  curl_multi_add_handle(curl_->multi.get(), curl_->easy.get());
  const auto code = curl_->perform(stopped);
  long status = 0, connects = 0;
  curl_easy_getinfo(curl_->easy.get(), CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(curl_->easy.get(), CURLINFO_NUM_CONNECTS, &connects);
  curl_multi_remove_handle(curl_->multi.get(), curl_->easy.get());
  connections_made_ += static_cast<std::uint64_t>(connects);
  if (!code) return fail(NetError::kShutdown, "the server is stopping");
  if (*code != CURLE_OK) return std::unexpected(error_of(*code, request, receiver, curl_->message.data()));
  receiver.response.status = static_cast<int>(status);
  return std::move(receiver.response);
}

void HttpHandle::interrupt() {
  curl_multi_wakeup(curl_->multi.get());
}

}  // namespace gannet::net
