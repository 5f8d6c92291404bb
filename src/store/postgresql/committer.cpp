#include "store/postgresql/committer.h"

#include <algorithm>
#include <map>
#include <thread>

#include "base/encoding.h"
#include "store/postgresql/failure.h"
#include "store/postgresql/locks.h"

namespace gannet::store::postgresql {
namespace {

// A statement's arrays end with the element that reaches one of these; what is left goes into another one.
constexpr std::size_t kElements = 10'000, kBytes = 8 << 20;

std::unexpected<Error> conflict(std::string detail) {
  return fail(StoreError::kConflict, "another change came first", std::move(detail), Retry::kCanHelp);
}

// The queries of a transaction. Those that write each table are gathered in arrays, in key order.
class Script {
 public:
  Script(const WriteBatch& batch, const BatchEffects& effects) {
    if (batch.durability() == Durability::kRelaxed)
      queries_.push_back({.statement = &relax_statement(), .parameters = {}});
    lock(effects);
    check(effects);
    for (const auto& [begin, end] : effects.cleared) add(Action::kDeleteRange, begin, end, begin[0]);
    flush();
    for (const auto& [key, effect] : effects.keys) write(key, effect);
    flush();
  }

  std::vector<Query> take() { return std::move(queries_); }
  // Which of the answers are those of checks: [first, last).
  std::size_t first_check() const { return first_check_; }
  std::size_t last_check() const { return last_check_; }

 private:
  struct Arrays {
    Array first{Type::kBytesArray}, second{Type::kBytesArray};
  };

  void lock(const BatchEffects& effects) {
    Array ids(Type::kInt8s), shared(Type::kBools);
    for (const auto& [id, is_shared] : locks_of(effects)) ids.add_int8(id), shared.add_bool(is_shared);
    queries_.push_back({.statement = &lock_statement(), .parameters = {ids.take(), shared.take()}});
  }

  void check(const BatchEffects& effects) {
    first_check_ = queries_.size();
    for (const auto& [key, value] : effects.required) add(Action::kCheck, key, value, key[0]);
    flush();
    last_check_ = queries_.size();
  }

  void write(std::string_view key, const BatchEffects::Effect& effect) {
    if (const auto* set = std::get_if<BatchEffects::Set>(&effect))
      add(Action::kSet, key, set->value, key[0]);
    else if (const auto* counter = std::get_if<BatchEffects::SetCounter>(&effect))
      add(Action::kSet, key, encode_counter(counter->value), key[0]);
    else if (const auto* sum = std::get_if<BatchEffects::Add>(&effect))
      add(Action::kAdd, key, encode_counter(sum->delta), key[0]);
    else
      add(Action::kDelete, key, std::nullopt, key[0]);
  }

  void add(Action action, std::string_view first, std::optional<std::string_view> second, char subspace) {
    Arrays& arrays = pending_[{subspace, action}];
    arrays.first.add(first);
    second ? arrays.second.add(*second) : arrays.second.add_null();
    if (arrays.first.size() >= kElements || arrays.first.bytes() + arrays.second.bytes() >= kBytes) {
      push(subspace, action, arrays);
      pending_.erase({subspace, action});
    }
  }
  void flush() {
    for (auto& [place, arrays] : pending_) push(place.first, place.second, arrays);
    pending_.clear();
  }
  void push(char subspace, Action action, Arrays& arrays) {
    std::vector<std::string> parameters{arrays.first.take()};
    if (action != Action::kDelete) parameters.push_back(arrays.second.take());
    queries_.push_back({.statement = &statement(subspace, action), .parameters = std::move(parameters)});
  }

  std::vector<Query> queries_;
  std::map<std::pair<char, Action>, Arrays> pending_;
  std::size_t first_check_ = 0, last_check_ = 0;
};

}  // namespace

Result<void> Committer::commit(const WriteBatch& batch) {
  const auto begin = std::chrono::steady_clock::now();
  auto result = run(batch);
  database_->metrics().commit_seconds.observe(
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  if (result) {
    ++statistics_.commits;
    if (batch.durability() == Durability::kStable) ++statistics_.syncs;
  } else if (result.error().is(StoreError::kConflict)) {
    ++statistics_.conflicts;
    database_->metrics().conflicts.add();
  }
  return result;
}

Result<void> Committer::run(const WriteBatch& batch) {
  const BatchEffects effects(batch);
  if (effects.impossible) return conflict("the batch requires two values of one key");
  const Deadline until = database_->deadline();
  for (Duration pause{1};; pause = std::min(pause * 2, Duration(100))) {
    auto lease = TRY(database_->take());
    auto result = attempt(*lease, batch, effects, until);
    if (result || result.error().is(StoreError::kConflict)) {
      database_->server().succeeded();
      return result;
    }
    const bool repeat = !lease->broken() && passes_when_repeated(lease->sqlstate());
    if (lease->broken() && tracked_) position_ = UINT64_MAX;
    database_->account(lease);
    if (!lease->broken() && lease->sqlstate() == "25006")
      database_->server().failed(result.error());  // read-only
    if (!repeat || std::chrono::steady_clock::now() + pause > until) return result;
    database_->metrics().repeated.add();
    std::this_thread::sleep_for(pause);
  }
}

Result<void> Committer::attempt(Connection& connection, const WriteBatch& batch, const BatchEffects& effects,
                                Deadline deadline) {
  Script script(batch, effects);
  const bool tracked = tracked_;
  const auto answers = TRY(tracked ? connection.run(script.take(), log_end_statement(), deadline)
                                   : connection.run(script.take(), deadline));
  for (std::size_t i = script.first_check(); i < script.last_check(); ++i)
    if (answers[i].size() > 0)
      return conflict("precondition failed on key " + hex_encode(answers[i].at(0, 0)));
  if (tracked) remember(static_cast<std::uint64_t>(read_int8(answers.back().at(0, 0))));
  return {};
}

// Never backwards, but from "unknown" to what is known again.
void Committer::remember(std::uint64_t position) {
  for (std::uint64_t before = position_; before == UINT64_MAX || before < position;)
    if (position_.compare_exchange_weak(before, position)) return;
}

}  // namespace gannet::store::postgresql
