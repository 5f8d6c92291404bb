// How many logins have failed of late, counted in the LookupStore: for all nodes, and fading with time.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "store/lookup_store.h"

namespace gannet::login {

// So many in such a time; no limit with a count of 0.
struct Limit {
  std::uint64_t count = 0;
  Duration period{60'000};
};

// Any thread. When the store cannot be asked, this process counts for itself, or (with `refuse`) the store's error is
// the answer. `clock` outlives it.
class Failures {
 public:
  Failures(std::shared_ptr<store::LookupStore> lookup, bool refuse, Clock& clock);

  // What was counted under `subject` within `period`: two windows that follow each other, of which the former counts
  // less and less, so that what is long ago fades and nothing is forgotten at once.
  Result<double> count(std::string_view subject, Duration period);
  // One more; the new count.
  Result<double> add(std::string_view subject, Duration period);

  // As if nothing had been counted.
  void forget(std::string_view subject, Duration period);

  // A counter that ends `ttl` after its first increment.
  Result<std::int64_t> increment(const std::string& key, Duration ttl);
  void forget_increments(const std::string& key);
  Result<bool> has(const std::string& key);
  Result<> remember(const std::string& key, Duration ttl);

 private:
  struct Windows {
    std::string current, former;
    double weight;  // of the former
  };
  void report(const Error& error);
  void remove(const std::string& key);
  Windows windows(std::string_view subject, Duration period) const;
  // `ask` of the store, or of this process' memory.
  template <typename Ask>
  auto ask(Ask question) -> decltype(question(std::declval<store::LookupStore&>()));

  const std::shared_ptr<store::LookupStore> lookup_, own_;
  const bool refuse_;
  std::atomic<std::int64_t> next_report_{INT64_MIN};  // on the steady clock, in milliseconds
  Clock& clock_;
};

}  // namespace gannet::login
