#include "net/edge_state.h"

namespace gannet::net {

std::optional<Slot> Slot::take(std::shared_ptr<EdgeState> edge,
                               std::shared_ptr<const internal::ListenerState> listener, Loop& loop) {
  {
    std::lock_guard lock(edge->mutex);
    auto& count = edge->counts[listener.get()];
    if (edge->sessions >= edge->options.max_connections || count.open >= listener->options.max_connections) {
      return std::nullopt;
    }
    ++edge->sessions;
    ++count.open;
  }
  return Slot(std::move(edge), std::move(listener), loop);
}

Slot::Slot(std::shared_ptr<EdgeState> edge, std::shared_ptr<const internal::ListenerState> listener,
           Loop& loop)
    : edge_(std::move(edge)), listener_(std::move(listener)), loop_(&loop) {
  loop.load().fetch_add(1, std::memory_order_relaxed);
}

Slot::~Slot() {
  if (!edge_) return;
  loop_->load().fetch_sub(1, std::memory_order_relaxed);
  std::lock_guard lock(edge_->mutex);
  auto& count = edge_->counts[listener_.get()];
  --count.open;
  if (address_) {
    auto it = count.by_address.find(*address_);
    if (--it->second == 0) count.by_address.erase(it);
  }
  --edge_->sessions;
  edge_->session_ended.notify_all();
}

bool Slot::take_address(const IpAddress& address) {
  auto limit = listener_->options.max_per_address;
  if (limit == 0) return true;
  std::lock_guard lock(edge_->mutex);
  auto& open = edge_->counts[listener_.get()].by_address[address];
  if (open >= limit) return false;
  ++open;
  address_ = address;
  return true;
}

}  // namespace gannet::net
