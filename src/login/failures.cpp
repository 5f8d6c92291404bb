#include "login/failures.h"

#include "base/encoding.h"
#include "base/hash.h"
#include "observe/log.h"
#include "observe/metrics.h"

namespace gannet::login {
namespace {

constexpr std::size_t kOwnBytes = 16 << 20;
constexpr Duration kReportEvery = std::chrono::seconds(10);

}  // namespace

Failures::Failures(std::shared_ptr<store::LookupStore> lookup, bool refuse, Clock& clock)
    : lookup_(std::move(lookup)),
      own_(store::memory_lookup_store(kOwnBytes, clock)),
      refuse_(refuse),
      clock_(clock) {}

template <typename Ask>
auto Failures::ask(Ask question) -> decltype(question(std::declval<store::LookupStore&>())) {
  static const auto failed = observe::counter("gannet_auth_lookup_failures_total",
                                              "Counts of failed logins that the lookup store could not keep");
  if (lookup_) {
    auto answer = question(*lookup_);
    if (answer || refuse_) return answer;
    failed.add();
    report(answer.error());
  }
  return question(*own_);
}

// Once in a while: it happens with every login until the store is back.
void Failures::report(const Error& error) {
  const auto now = clock_.steady().time_since_epoch().count();
  auto next = next_report_.load(std::memory_order_relaxed);
  if (now < next || !next_report_.compare_exchange_strong(next, now + kReportEvery.count())) return;
  observe::warn("auth.lookup-store-failed", {{"reason", error}});
}

// The subject is a client's text of any length and content; a key is short.
Failures::Windows Failures::windows(std::string_view subject, Duration period) const {
  const auto now = to_unix_ms(clock_.now());
  const auto number = now / period.count();
  const auto digest = sha256(subject);
  const std::string name = "auth-failures/" + hex_encode({reinterpret_cast<const char*>(digest.data()), 16}) +
                           "/" + std::to_string(period.count()) + "/";
  return {name + std::to_string(number), name + std::to_string(number - 1),
          1.0 - static_cast<double>(now % period.count()) / static_cast<double>(period.count())};
}

Result<double> Failures::count(std::string_view subject, Duration period) {
  const auto at = windows(subject, period);
  const auto current = TRY(ask([&](auto& store) { return store.counter(at.current); }));
  const auto former = TRY(ask([&](auto& store) { return store.counter(at.former); }));
  return static_cast<double>(current) + at.weight * static_cast<double>(former);
}

Result<double> Failures::add(std::string_view subject, Duration period) {
  const auto at = windows(subject, period);
  const auto current = TRY(ask([&](auto& store) { return store.increment(at.current, 1, period * 2); }));
  const auto former = TRY(ask([&](auto& store) { return store.counter(at.former); }));
  return static_cast<double>(current) + at.weight * static_cast<double>(former);
}

void Failures::forget(std::string_view subject, Duration period) {
  const auto at = windows(subject, period);
  remove(at.current);
  remove(at.former);
}

void Failures::forget_increments(const std::string& key) {
  remove(key);
}

// From both: this process may have counted while the store was away.
void Failures::remove(const std::string& key) {
  if (lookup_)
    if (const auto removed = lookup_->remove(key); !removed) report(removed.error());
  (void)own_->remove(key);
}

Result<std::int64_t> Failures::increment(const std::string& key, Duration ttl) {
  return ask([&](auto& store) { return store.increment(key, 1, ttl); });
}

Result<bool> Failures::has(const std::string& key) {
  return TRY(ask([&](auto& store) { return store.get(key); })).has_value();
}

Result<> Failures::remember(const std::string& key, Duration ttl) {
  return ask([&](auto& store) { return store.set(key, "1", ttl); });
}

}  // namespace gannet::login
