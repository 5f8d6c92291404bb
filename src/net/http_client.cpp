#include "net/http_client.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <mutex>
#include <set>

#include "base/pool.h"
#include "net/http_transfer.h"

namespace gannet::net {
namespace {

bool same_name(std::string_view a, std::string_view b) {
  const auto lower = [](unsigned char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

PoolOptions pool_options(const HttpClientOptions& options) {
  return {.max_connections = std::max<std::size_t>(1, options.max_connections),
          .wait_timeout = options.wait_timeout,
          .idle_timeout = options.idle_timeout};
}

Result<std::unique_ptr<HttpHandle>> make_handle() {
  auto handle = HttpHandle::create();
  if (!handle) return fail(NetError::kInternal, "no HTTP client could be made", Retry::kCanHelp);
  return handle;
}

}  // namespace

bool HttpResponse::retry_can_help() const {
  return status == 408 || status == 429 || status == 500 || (status >= 502 && status <= 504);
}

std::string_view HttpResponse::header(std::string_view name) const {
  const auto found = std::ranges::find_if(headers, [&](const auto& h) { return same_name(h.name, name); });
  return found == headers.end() ? std::string_view() : std::string_view(found->value);
}

std::optional<Duration> HttpResponse::retry_after() const {
  const std::string_view text = header("Retry-After");
  std::uint32_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return std::chrono::seconds(seconds);
}

struct HttpClient::State {
  State(HttpClientOptions given, Clock& clock)
      : options(std::move(given)), pool(pool_options(options), clock, make_handle) {}

  const HttpClientOptions options;
  Pool<HttpHandle> pool;
  std::atomic<bool> stopped = false;
  std::atomic<std::uint64_t> connections_made = 0;
  std::mutex mutex;
  std::set<HttpHandle*> running;
};

HttpClient::HttpClient(HttpClientOptions options, Clock& clock)
    : state_(std::make_unique<State>(std::move(options), clock)) {}

HttpClient::~HttpClient() = default;

Result<HttpResponse> HttpClient::send(const HttpRequest& request) {
  if (state_->stopped) return fail(NetError::kShutdown, "the server is stopping");
  auto lease = state_->pool.take();
  if (!lease && lease.error().is(PoolError::kExhausted))
    return fail(NetError::kOverloaded, "all connections for HTTP requests are in use",
                lease.error().describe(), Retry::kCanHelp);
  if (!lease) return std::unexpected(std::move(lease).error());
  HttpHandle* handle = &**lease;
  {
    const std::scoped_lock lock(state_->mutex);
    state_->running.insert(handle);
  }
  const std::uint64_t before = handle->connections_made();
  auto response = handle->run(request, state_->options, state_->stopped);
  state_->connections_made += handle->connections_made() - before;
  {
    const std::scoped_lock lock(state_->mutex);
    state_->running.erase(handle);
  }
  if (!response) lease->discard();
  return response;
}

void HttpClient::stop() {
  state_->stopped = true;
  {
    const std::scoped_lock lock(state_->mutex);
    for (HttpHandle* handle : state_->running) handle->interrupt();
  }
  state_->pool.clear();
}

std::uint64_t HttpClient::connections_made() const {
  return state_->connections_made;
}

}  // namespace gannet::net
