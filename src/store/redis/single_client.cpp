#include <atomic>

#include "store/redis/client.h"

namespace gannet::store::redis {
namespace {

class SingleClient final : public Client {
 public:
  SingleClient(const RedisOptions& options, Clock& clock, Random& random)
      : options_(options), clock_(clock), random_(random), servers_(options, clock) {}

  Result<Reply> run(const std::string&, const Command& command, Repeat repeat) override {
    for (int attempt = 1;; ++attempt) {
      bool may_be_done = false;
      auto reply = once(command, repeat, may_be_done);
      if (reply && reply->kind != Reply::Kind::kError) return reply;
      if (reply && reply->is_error("MOVED"))
        return wrong_setting("redis-type", "the Redis server is part of a cluster: set it to \"cluster\"",
                             reply->text);
      Error error = reply ? error_of(*reply) : std::move(reply).error();
      const bool safe = repeat != Repeat::kNever || !may_be_done;
      if (!error.retry_can_help() || !safe || attempt > options_.retries)
        return std::unexpected(std::move(error));
      clock_.sleep(wait_before(options_, attempt, random_));
    }
  }

  Result<std::size_t> servers() override { return 1; }
  Result<Reply> run_on(std::size_t, const Command& command) override {
    return run({}, command, Repeat::kSafe);
  }

  Result<void> probe() override {
    auto lease = TRY(servers_.take(options_.servers[current_]));
    if (lease->works(options_.connection.timeout)) return {};
    lease.discard();
    return fail(StoreError::kUnavailable, "the Redis server does not answer", Retry::kCanHelp);
  }

 private:
  Result<Reply> once(const Command& command, Repeat repeat, bool& may_be_done) {
    if (repeat == Repeat::kRead && options_.read_from_replicas && options_.servers.size() > 1) {
      const auto replica = 1 + random_.below(options_.servers.size() - 1);
      auto reply = ask(options_.servers[replica], command, may_be_done);
      if (reply && reply->kind != Reply::Kind::kError) return reply;
    }
    const std::size_t at = current_;
    auto reply = ask(options_.servers[at], command, may_be_done);
    // Gone, or a replica by now: the next in the list may have its place.
    if (!reply || reply->is_error("READONLY")) current_ = (at + 1) % options_.servers.size();
    return reply;
  }

  Result<Reply> ask(const Address& address, const Command& command, bool& may_be_done) {
    auto lease = TRY(servers_.take(address));
    auto reply = lease->run(command, options_.connection.timeout);
    if (!reply) {
      may_be_done = true;
      lease.discard();
      servers_.forget_idle(address);
    }
    return reply;
  }

  const RedisOptions& options_;
  Clock& clock_;
  Random& random_;
  Servers servers_;
  std::atomic<std::size_t> current_ = 0;
};

}  // namespace

std::unique_ptr<Client> single_client(const RedisOptions& options, Clock& clock, Random& random) {
  return std::make_unique<SingleClient>(options, clock, random);
}

}  // namespace gannet::store::redis
