#include "net/edge.h"

#include <fcntl.h>

#include <algorithm>

#include "net/connection.h"
#include "net/edge_state.h"
#include "observe/log.h"

namespace gannet::net {
namespace {

// Looks whether certificate files have changed. Files that do not fit together are tried again the next time.
Task<void> run_certificate_watch(std::shared_ptr<EdgeState> edge) {
  std::string last_error;
  for (;;) {
    co_await sleep_for(edge->options.certificate_check);
    auto changed = edge->certificates->reload_if_changed();
    if (!changed) {
      auto error = changed.error().describe();
      if (error != last_error) observe::error("net.certificate-failed", {{"reason", error}});
      last_error = error;
      continue;
    }
    last_error.clear();
    if (*changed) observe::info("net.certificates-reloaded");
  }
}

void set_drain(Runtime& runtime, Drain drain) {
  for (std::size_t i = 0; i < runtime.size(); ++i) {
    auto& loop = runtime.loop(i);
    loop.post([&loop, drain] { loop.set_drain(drain); });
  }
}

}  // namespace

Edge::Edge(Runtime& runtime, std::shared_ptr<CertificateStore> certificates, EdgeOptions options)
    : state_(std::make_shared<EdgeState>(runtime, std::move(certificates), options)), tasks_(runtime) {}

Edge::~Edge() {
  drain(Duration(0));
}

Result<> Edge::listen(ListenerOptions options, Protocol protocol) {
  auto listener = std::make_shared<internal::ListenerState>();
  listener->info = {.id = options.id, .protocol = protocol.name, .implicit_tls = options.tls.implicit};
  if ((options.tls.enable || options.tls.implicit) && !state_->certificates) {
    return fail(NetError::kInvalid, "server.listener." + options.id + ".tls: there is no certificate");
  }
  if (options.tls.enable || options.tls.implicit) {
    auto tls = ServerTls::create(options.tls, protocol.alpn, state_->certificates);
    if (!tls) {
      auto error = std::move(tls).error();
      return fail(NetError::kInvalid, "server.listener." + options.id + "." + error.text(), error.detail());
    }
    listener->tls = std::move(*tls);
  }
  std::vector<BoundSocket> bound;
  if (!options.bind.empty()) bound = TRY(bind_listener(options));
  listener->metrics.emplace(options.id);
  listener->options = std::move(options);
  listener->protocol = std::move(protocol);
  for (auto& socket : bound) {
    state_->acceptors.push_back(std::make_shared<Acceptor>(std::move(socket), listener));
  }
  state_->gauges.push_back(std::make_unique<observe::GaugeCallback>(
      "gannet_net_connections", "Connections open", observe::Labels{{"listener", listener->info.id}},
      [state = state_.get(), key = listener.get()] {
        std::lock_guard lock(state->mutex);
        return static_cast<double>(state->counts[key].open);
      }));
  state_->listeners.push_back(std::move(listener));
  return {};
}

void Edge::start() {
  for (const auto& acceptor : state_->acceptors) {
    observe::info("net.listening", {{"listener", acceptor->listener->info.id},
                                    {"protocol", acceptor->listener->info.protocol},
                                    {"address", acceptor->bound.endpoint.to_string()},
                                    {"tls", acceptor->listener->info.implicit_tls}});
    tasks_.spawn("accept " + acceptor->bound.endpoint.to_string(),
                 [state = state_, acceptor] { return run_accept(state, acceptor); });
  }
  if (state_->certificates && state_->options.certificate_check > Duration(0)) {
    tasks_.spawn("certificate watch", [state = state_] { return run_certificate_watch(state); });
  }
}

Result<> Edge::adopt(int descriptor, const std::string& listener_id, Endpoint peer) {
  UniqueFd socket(descriptor);
  ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) | O_NONBLOCK);
  auto by_id = [&](const auto& listener) { return listener->info.id == listener_id; };
  auto found = std::ranges::find_if(state_->listeners, by_id);
  if (found == state_->listeners.end())
    return fail(NetError::kInvalid, "no listener is named " + listener_id);
  begin_session(state_, *found, std::move(socket), peer);
  return {};
}

std::vector<Listening> Edge::listening() const {
  std::vector<Listening> out;
  for (const auto& acceptor : state_->acceptors) {
    const auto& info = acceptor->listener->info;
    out.push_back({info.id, info.protocol, acceptor->bound.endpoint, info.implicit_tls});
  }
  return out;
}

EdgeStats Edge::stats() const {
  EdgeStats stats{.accepted = state_->accepted,
                  .refused = state_->refused,
                  .proxy_errors = state_->proxy_errors,
                  .tls_errors = state_->tls_errors,
                  .accept_errors = state_->accept_errors};
  std::lock_guard lock(state_->mutex);
  stats.connections = state_->sessions;
  return stats;
}

DrainReport Edge::drain(Duration deadline) {
  auto& runtime = state_->runtime;
  tasks_.cancel();
  if (runtime.running()) tasks_.join(std::chrono::seconds(5));
  for (auto& acceptor : state_->acceptors) acceptor->bound.socket.reset();
  if (!runtime.running()) return {};

  auto wait_for_sessions = [&](Duration time) {
    std::unique_lock lock(state_->mutex);
    state_->session_ended.wait_for(lock, time, [&] { return state_->sessions == 0; });
    return state_->sessions;
  };
  auto before = wait_for_sessions(Duration(0));
  set_drain(runtime, Drain::kCommands);
  auto after_grace = wait_for_sessions(deadline * 3 / 4);
  set_drain(runtime, Drain::kAll);
  // A cut-off session needs a moment to unwind even when there is no grace.
  auto left = wait_for_sessions(std::max<Duration>(deadline / 4, std::chrono::milliseconds(500)));
  DrainReport report{.finished = before - after_grace, .forced = after_grace - left, .left = left};
  if (before > 0) {
    observe::info("net.drained",
                  {{"finished", report.finished}, {"forced", report.forced}, {"left", report.left}});
  }
  return report;
}

}  // namespace gannet::net
