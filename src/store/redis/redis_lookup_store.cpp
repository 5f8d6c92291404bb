#include "store/redis/redis_lookup_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "store/lookup_rules.h"
#include "store/redis/client.h"
#include "store/server_health.h"

namespace gannet::store {
namespace {

using redis::Command;
using redis::Repeat;
using redis::Reply;

constexpr Duration kProbeInterval{1'000};
constexpr int kTriedOut =
    16;  // keys: by chance all of them lie on one of three nodes once in 14 million times
// Beyond what Redis can add to its clock; as good as for ever.
constexpr Duration kForEver = std::chrono::years(10'000);

// The first increment starts the time to live. One round trip, and atomic.
constexpr auto kIncrement = R"(local new = redis.call('EXISTS', KEYS[1]) == 0
local value = redis.call('INCRBY', KEYS[1], ARGV[1])
if new and ARGV[2] ~= '0' then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return redis.call('GET', KEYS[1]))";
// All that is done elsewhere, on a key that nobody ever sees.
constexpr auto kTryOut = R"(redis.call('INCRBY', KEYS[1], '1')
redis.call('PEXPIRE', KEYS[1], '1000')
redis.call('SET', KEYS[1], '1', 'PX', '1000')
redis.call('PTTL', KEYS[1])
redis.call('GET', KEYS[1])
return redis.call('DEL', KEYS[1]))";
constexpr auto kLock = R"(local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
if ARGV[2] == '0' then redis.call('SET', KEYS[1], ARGV[1]) else redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) end
return 1)";
constexpr auto kEntry = "return {redis.call('GET', KEYS[1]), redis.call('PTTL', KEYS[1])}";
constexpr auto kUnlock = R"(if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1)";

// In milliseconds; 0 for ever. Redis lets a key live through its last millisecond.
std::string expiry(Duration ttl) {
  if (ttl.count() <= 0 || ttl > kForEver) return "0";
  return std::to_string(std::max<std::int64_t>(1, ttl.count() - 1));
}

class RedisLookupStore final : public LookupStore {
 public:
  RedisLookupStore(RedisOptions options, Clock& clock, Random& random)
      : options_(std::move(options)),
        client_(options_.cluster ? redis::cluster_client(options_, clock, random)
                                 : redis::single_client(options_, clock, random)),
        health_(options_.id, kProbeInterval, [this] { return client_->probe(); }) {}
  ~RedisLookupStore() override { health_.stop(); }

  // A server that is not there yet is no error.
  Result<void> open() {
    auto there = client_->probe();
    if (there) there = try_out();
    if (there) return {};
    if (there.error().is(StoreError::kConfiguration)) return there;
    health_.failed(there.error());
    return {};
  }

  Result<std::optional<std::string>> get(std::string_view key) override {
    TRY(check_lookup(key));
    const std::string name = name_of(LookupKind::kValue, key);
    Reply reply = TRY(run(name, {"GET", name}, Repeat::kRead));
    if (reply.kind == Reply::Kind::kNil) return std::nullopt;
    return std::move(reply.text);
  }

  Result<void> set(std::string_view key, std::string_view value, Duration ttl) override {
    TRY(check_lookup(key, value));
    const std::string name = name_of(LookupKind::kValue, key);
    Command command{"SET", name, std::string(value)};
    if (const auto expires = expiry(ttl); expires != "0") {
      command.emplace_back("PX");
      command.push_back(expires);
    }
    TRY(run(name, command, Repeat::kSafe));
    return {};
  }

  // Two commands, since a cluster may keep the two elsewhere.
  Result<void> remove(std::string_view key) override {
    TRY(check_lookup(key));
    for (const auto kind : {LookupKind::kValue, LookupKind::kCounter}) {
      const std::string name = name_of(kind, key);
      TRY(run(name, {"DEL", name}, Repeat::kSafe));
    }
    return {};
  }

  Result<std::int64_t> increment(std::string_view key, std::int64_t delta, Duration ttl) override {
    TRY(check_lookup(key));
    const std::string name = name_of(LookupKind::kCounter, key);
    return number(
        TRY(run(name, {"EVAL", kIncrement, "1", name, std::to_string(delta), expiry(ttl)}, Repeat::kNever)));
  }

  Result<std::int64_t> counter(std::string_view key) override {
    TRY(check_lookup(key));
    const std::string name = name_of(LookupKind::kCounter, key);
    const Reply reply = TRY(run(name, {"GET", name}, Repeat::kRead));
    if (reply.kind == Reply::Kind::kNil) return 0;
    return number(reply);
  }

  Result<bool> lock(std::string_view key, std::string_view holder, Duration lease) override {
    TRY(check_lookup(key, holder));
    const std::string name = name_of(LookupKind::kLock, key);
    const Reply reply =
        TRY(run(name, {"EVAL", kLock, "1", name, std::string(holder), expiry(lease)}, Repeat::kSafe));
    return reply.integer == 1;
  }

  Result<void> unlock(std::string_view key, std::string_view holder) override {
    TRY(check_lookup(key));
    const std::string name = name_of(LookupKind::kLock, key);
    TRY(run(name, {"EVAL", kUnlock, "1", name, std::string(holder)}, Repeat::kSafe));
    return {};
  }

  // Redis does it.
  Result<std::size_t> purge_expired(std::size_t) override { return 0; }

  // Server by server, each by its own cursor; `position` is the server's number and that cursor.
  Result<LookupPage> entries(const std::string& position, std::size_t limit) override {
    std::size_t server = 0;
    std::string cursor = "0";
    if (const auto space = position.find(' '); space != std::string::npos) {
      std::from_chars(position.data(), position.data() + space, server);
      cursor = position.substr(space + 1);
    }
    const Reply reply = TRY(client_->run_on(server, {"SCAN", cursor, "MATCH", pattern(), "COUNT",
                                                     std::to_string(std::max<std::size_t>(limit, 1))}));
    if (reply.items.size() != 2) return fail(StoreError::kCorrupt, "Redis answers SCAN with something else");
    LookupPage out;
    for (const auto& name : reply.items[1].items) {
      const std::string_view rest = std::string_view(name.text).substr(options_.prefix.size());
      if (rest.size() < 3 || rest[1] != ':' ||
          std::string_view("vnk").find(rest[0]) == std::string_view::npos)
        continue;  // somebody else's
      if (auto found = TRY(entry(static_cast<LookupKind>(rest[0]), rest.substr(2))))
        out.entries.push_back(std::move(*found));
    }
    if (const std::string& next = reply.items[0].text; next != "0")
      out.next = std::to_string(server) + " " + next;
    else if (server + 1 < TRY(client_->servers()))
      out.next = std::to_string(server + 1) + " 0";
    return out;
  }

  Result<std::optional<LookupEntry>> entry(LookupKind kind, std::string_view key) override {
    const std::string name = name_of(kind, key);
    Reply reply = TRY(run(name, {"EVAL", kEntry, "1", name}, Repeat::kSafe));
    if (reply.items.size() != 2 || reply.items[0].kind == Reply::Kind::kNil) return std::nullopt;
    LookupEntry out{.kind = kind, .key = std::string(key), .value = {}, .number = 0, .left = {}};
    if (kind == LookupKind::kCounter)
      out.number = TRY(number(reply.items[0]));
    else
      out.value = std::move(reply.items[0].text);
    if (reply.items[1].integer >= 0) out.left = Duration(reply.items[1].integer + 1);
    return out;
  }

  Result<void> restore(const LookupEntry& entry) override {
    const std::string name = name_of(entry.kind, entry.key);
    Command command{"SET", name,
                    entry.kind == LookupKind::kCounter ? std::to_string(entry.number) : entry.value};
    if (const auto expires = expiry(entry.left); expires != "0") {
      command.emplace_back("PX");
      command.push_back(expires);
    }
    TRY(run(name, command, Repeat::kSafe));
    return {};
  }

  Result<void> erase(LookupKind kind, std::string_view key) override {
    const std::string name = name_of(kind, key);
    TRY(run(name, {"DEL", name}, Repeat::kSafe));
    return {};
  }

 private:
  // Whether what is done later would be refused: scripts to this user, keys by a node that has only some of them.
  Result<void> try_out() {
    for (int i = 0; i < kTriedOut; ++i) {
      const std::string name = name_of(LookupKind::kCounter, "gannet.opened." + std::to_string(i));
      auto counted = client_->run(name, {"EVAL", kTryOut, "1", name}, Repeat::kNever);
      if (counted) {
        if (options_.cluster) break;
        continue;
      }
      if (counted.error().detail().starts_with("NOPERM"))
        return wrong_setting(
            "user", fmt::format("the Redis server does not let this user do all that is needed ({}): give it "
                                "+@read +@write +@scripting +@connection on the keys {}*",
                                counted.error().detail(), options_.prefix));
      return std::unexpected(std::move(counted).error());
    }
    return {};
  }

  // For SCAN: names that begin with the prefix.
  std::string pattern() const {
    std::string out;
    for (const char c : options_.prefix) {
      if (std::string_view("*?[]\\").find(c) != std::string_view::npos) out += '\\';
      out += c;
    }
    return out + "*";
  }

  std::string name_of(LookupKind kind, std::string_view key) const {
    return options_.prefix + static_cast<char>(kind) + ":" + std::string(key);
  }

  // Lua's own numbers would lose what is beyond 2^53, so numbers come as text.
  static Result<std::int64_t> number(const Reply& reply) {
    std::int64_t out = 0;
    const auto [end, error] = std::from_chars(reply.text.data(), reply.text.data() + reply.text.size(), out);
    if (reply.text.empty() || error != std::errc() || end != reply.text.data() + reply.text.size())
      return fail(StoreError::kCorrupt, "a counter in Redis is no number");
    return out;
  }

  Result<Reply> run(const std::string& name, const Command& command, Repeat repeat) {
    auto reply = client_->run(name, command, repeat);
    if (reply)
      health_.succeeded();
    else if (reply.error().is(StoreError::kUnavailable) || reply.error().is(StoreError::kConfiguration))
      health_.failed(reply.error());
    return reply;
  }

  const RedisOptions options_;
  const std::unique_ptr<redis::Client> client_;
  ServerHealth health_;  // last: its thread uses the others
};

}  // namespace

Result<std::shared_ptr<LookupStore>> open_redis(RedisOptions options, Clock& clock, Random& random) {
  auto store = std::make_shared<RedisLookupStore>(std::move(options), clock, random);
  TRY(store->open());
  return store;
}

}  // namespace gannet::store
