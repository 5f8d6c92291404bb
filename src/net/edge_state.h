// Internal: what an Edge, its accept loops and its sessions share.
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "net/channel.h"
#include "net/edge.h"
#include "net/listen.h"

namespace gannet::net {

struct Acceptor {
  BoundSocket bound;
  std::shared_ptr<internal::ListenerState> listener;
};

struct EdgeState {
  EdgeState(Runtime& r, std::shared_ptr<CertificateStore> c, EdgeOptions o)
      : runtime(r), certificates(std::move(c)), options(o) {}

  Runtime& runtime;
  const std::shared_ptr<CertificateStore> certificates;
  const EdgeOptions options;
  // Set by listen(), before start().
  std::vector<std::shared_ptr<internal::ListenerState>> listeners;
  std::vector<std::shared_ptr<Acceptor>> acceptors;

  std::atomic<std::uint64_t> accepted{0};
  std::atomic<std::uint64_t> refused{0};
  std::atomic<std::uint64_t> proxy_errors{0};
  std::atomic<std::uint64_t> tls_errors{0};
  std::atomic<std::uint64_t> accept_errors{0};

  // How many there are, for the limits and for drain().
  struct Count {
    std::size_t open = 0;
    std::unordered_map<IpAddress, std::size_t> by_address;
  };
  std::mutex mutex;
  std::condition_variable session_ended;
  std::size_t sessions = 0;
  std::map<const internal::ListenerState*, Count> counts;
  std::vector<std::unique_ptr<observe::GaugeCallback>> gauges;
};

// A connection's place under the limits, from accept to the session's end.
class Slot {
 public:
  // Nothing when a limit is reached.
  static std::optional<Slot> take(std::shared_ptr<EdgeState> edge,
                                  std::shared_ptr<const internal::ListenerState> listener, Loop& loop);
  Slot(Slot&& other) noexcept = default;
  Slot& operator=(Slot&&) = delete;
  ~Slot();

  // Whether this address may have one more; the address is known only after the PROXY header.
  bool take_address(const IpAddress& address);
  const std::shared_ptr<EdgeState>& edge() const { return edge_; }

 private:
  Slot(std::shared_ptr<EdgeState> edge, std::shared_ptr<const internal::ListenerState> listener, Loop& loop);

  std::shared_ptr<EdgeState> edge_;
  std::shared_ptr<const internal::ListenerState> listener_;
  Loop* loop_;
  std::optional<IpAddress> address_;
};

// Any thread: starts the session of an accepted socket on the slot's loop, or turns it away when there is no
// slot.
void begin_session(const std::shared_ptr<EdgeState>& edge,
                   const std::shared_ptr<internal::ListenerState>& listener, UniqueFd socket, Endpoint peer);

// Accepts until it is cancelled.
Task<void> run_accept(std::shared_ptr<EdgeState> edge, std::shared_ptr<Acceptor> acceptor);

}  // namespace gannet::net
