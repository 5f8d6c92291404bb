#include <algorithm>
#include <set>

#include "store/redis/client.h"
#include "store/redis/slot_map.h"

namespace gannet::store::redis {
namespace {

constexpr int kMaxRedirections = 8;

class ClusterClient final : public Client {
 public:
  ClusterClient(const RedisOptions& options, Clock& clock, Random& random)
      : options_(options), clock_(clock), random_(random), servers_(options, clock) {}

  Result<Reply> run(const std::string& key, const Command& command, Repeat repeat) override {
    const std::size_t slot = slot_of(key);
    for (int attempt = 1;; ++attempt) {
      bool may_be_done = false;
      auto reply = once(slot, command, repeat, may_be_done);
      if (reply && reply->kind != Reply::Kind::kError) return reply;
      Error error = reply ? error_of(*reply) : std::move(reply).error();
      const bool safe = repeat != Repeat::kNever || !may_be_done;
      if (!error.retry_can_help() || !safe || attempt > options_.retries)
        return std::unexpected(std::move(error));
      // The node may have gone, and another one taken its slots.
      forget_map();
      clock_.sleep(wait_before(options_, attempt, random_));
    }
  }

  Result<std::size_t> servers() override { return TRY(masters()).size(); }
  Result<Reply> run_on(std::size_t server, const Command& command) override {
    const auto nodes = TRY(masters());
    if (server >= nodes.size())
      return fail(StoreError::kUnavailable, "the nodes of the Redis cluster have just changed",
                  Retry::kCanHelp);
    bool may_be_done = false;
    auto reply = ask(nodes[server], command, false, false, may_be_done);
    if (reply && reply->kind == Reply::Kind::kError) return std::unexpected(error_of(*reply));
    return reply;
  }

  Result<void> probe() override {
    forget_map();
    TRY(map());
    return {};
  }

 private:
  // Each once, in order.
  Result<std::vector<Address>> masters() {
    const auto known = TRY(map());
    std::set<Address> out;
    for (const Shard& shard : known->shards) out.insert(shard.master);
    return std::vector(out.begin(), out.end());
  }

  Result<Reply> once(std::size_t slot, const Command& command, Repeat repeat, bool& may_be_done) {
    const auto known = TRY(map());
    const Shard* shard = known->find(slot);
    if (!shard)
      return fail(StoreError::kUnavailable, "no node of the Redis cluster has this key", Retry::kCanHelp);
    if (repeat == Repeat::kRead && options_.read_from_replicas && !shard->replicas.empty()) {
      const Address& replica = shard->replicas[random_.below(shard->replicas.size())];
      auto reply = ask(replica, command, true, false, may_be_done);
      if (reply && reply->kind != Reply::Kind::kError) return reply;
    }
    return follow(shard->master, command, may_be_done);
  }

  // RESP's redirections: MOVED for good, ASK for this time, while a slot moves.
  Result<Reply> follow(Address address, const Command& command, bool& may_be_done) {
    bool asking = false;
    for (int turn = 0;; ++turn) {
      auto reply = ask(address, command, false, asking, may_be_done);
      const auto to = reply ? redirection(*reply, address) : std::nullopt;
      if (!to || turn == kMaxRedirections) return reply;
      asking = reply->is_error("ASK ");
      if (!asking) forget_map();
      address = *to;
    }
  }

  Result<Reply> ask(const Address& address, const Command& command, bool read_only, bool asking,
                    bool& may_be_done) {
    auto lease = TRY(servers_.take(address, read_only));
    Result<Reply> reply = Reply();
    if (asking) reply = lease->run({"ASKING"}, options_.connection.timeout);
    if (reply) {
      reply = lease->run(command, options_.connection.timeout);
      if (!reply) may_be_done = true;
    }
    if (!reply) {
      lease.discard();
      servers_.forget_idle(address, read_only);
    }
    return reply;
  }

  void forget_map() {
    const std::scoped_lock lock(mutex_);
    stale_ = true;
  }

  // One asks, the others wait for what it learns. The nodes that were known last are asked, then those of the settings.
  Result<std::shared_ptr<const SlotMap>> map() {
    const std::scoped_lock lock(mutex_);
    if (map_ && !stale_) return map_;
    std::vector<Address> nodes;
    std::set<Address> seen;
    const auto add = [&](const Address& address) {
      if (seen.insert(address).second) nodes.push_back(address);
    };
    if (map_)
      for (const Shard& shard : map_->shards) {
        add(shard.master);
        for (const auto& replica : shard.replicas) add(replica);
      }
    for (const auto& address : options_.servers) add(address);
    Error last(StoreError::kUnavailable, "the Redis cluster cannot be reached", Retry::kCanHelp);
    for (const auto& address : nodes) {
      auto learnt = learn(address);
      if (learnt) {
        map_ = std::make_shared<const SlotMap>(*std::move(learnt));
        stale_ = false;
        return map_;
      }
      last = std::move(learnt).error();
    }
    return std::unexpected(std::move(last));
  }

  Result<SlotMap> learn(const Address& address) {
    bool may_be_done = false;
    const Reply reply = TRY(ask(address, {"CLUSTER", "SLOTS"}, false, false, may_be_done));
    if (reply.kind == Reply::Kind::kError && reply.text.contains("cluster support disabled"))
      return fail(StoreError::kConfiguration, "redis-type: the Redis server is not part of a cluster",
                  reply.text);
    if (reply.kind == Reply::Kind::kError) return std::unexpected(error_of(reply));
    auto found = read_slot_map(reply, address);
    if (!found)
      return fail(StoreError::kUnavailable, "the Redis cluster has no nodes yet", address.text(),
                  Retry::kCanHelp);
    return *std::move(found);
  }

  const RedisOptions& options_;
  Clock& clock_;
  Random& random_;
  Servers servers_;
  std::mutex mutex_;
  std::shared_ptr<const SlotMap> map_;
  bool stale_ = false;
};

}  // namespace

std::unique_ptr<Client> cluster_client(const RedisOptions& options, Clock& clock, Random& random) {
  return std::make_unique<ClusterClient>(options, clock, random);
}

}  // namespace gannet::store::redis
