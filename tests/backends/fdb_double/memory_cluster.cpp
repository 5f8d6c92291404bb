#include "tests/backends/fdb_double/memory_cluster.h"

#include <algorithm>
#include <utility>

namespace gannet::fdb_double {
namespace {

constexpr int kTransactionTooOld = 1007, kFutureVersion = 1009, kNotCommitted = 1020, kUnknownResult = 1021,
              kClusterVersionChanged = 1039, kTooLarge = 2101;
constexpr auto kLife = std::chrono::seconds(5);

bool overlap(const Bounds& a, const Bounds& b) {
  return a.first < b.second && b.first < a.second;
}

std::string sum(const std::optional<std::string>& value, const std::string& parameter) {
  std::string out = value.value_or("");
  out.resize(parameter.size(), '\0');
  unsigned carry = 0;
  for (std::size_t i = 0; i < out.size(); ++i) {
    carry += static_cast<unsigned char>(out[i]) + static_cast<unsigned char>(parameter[i]);
    out[i] = static_cast<char>(carry & 0xff);
    carry >>= 8;
  }
  return out;
}

}  // namespace

std::int64_t Cluster::version() {
  const std::scoped_lock lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  const auto [known, fresh] = times_.try_emplace(version_, now);
  // Versions go on while nobody writes, too.
  if (!fresh && now - known->second > kLife / 5) times_.emplace(++version_, now);
  return version_;
}

bool Cluster::too_old(std::int64_t version) const {
  const auto found = times_.find(version);
  return found == times_.end() || std::chrono::steady_clock::now() - found->second > kLife;
}

std::optional<std::string> Cluster::value_at(const std::vector<Change>& history, std::int64_t at) const {
  for (auto it = history.rbegin(); it != history.rend(); ++it)
    if (it->version <= at) return it->value;
  return std::nullopt;
}

int Cluster::get(const std::string& key, std::int64_t at, std::optional<std::string>& out) {
  const std::scoped_lock lock(mutex_);
  if (too_old(at)) return kTransactionTooOld;
  const auto found = keys_.find(key);
  out = found == keys_.end() ? std::nullopt : value_at(found->second, at);
  return 0;
}

int Cluster::scan(const Bounds& bounds, std::int64_t at, bool reverse, std::size_t limit, std::size_t bytes,
                  std::vector<std::pair<std::string, std::string>>& out, bool& more) {
  const std::scoped_lock lock(mutex_);
  if (too_old(at)) return kTransactionTooOld;
  std::size_t taken = 0;
  more = false;
  const auto take = [&](const auto& entry) {
    const auto value = value_at(entry.second, at);
    if (!value) return true;
    if ((limit > 0 && out.size() >= limit) || (!out.empty() && taken >= bytes)) return !(more = true);
    taken += entry.first.size() + value->size();
    out.emplace_back(entry.first, *value);
    return true;
  };
  if (bounds.second <= bounds.first) return 0;
  const auto first = keys_.lower_bound(bounds.first), last = keys_.lower_bound(bounds.second);
  if (reverse) {
    for (auto it = last; it != first;)
      if (!take(*--it)) break;
  } else {
    for (auto it = first; it != last; ++it)
      if (!take(*it)) break;
  }
  return 0;
}

int Cluster::commit(std::int64_t read_version, const std::vector<Bounds>& read,
                    const std::vector<WriteOperation>& writes) {
  const std::scoped_lock lock(mutex_);
  if (too_old(read_version)) return kTransactionTooOld;
  if (conflicts(read_version, read)) return kNotCommitted;
  const bool fails = fault();
  if (fails && choose(3) == 0) return kNotCommitted;
  if (fails && choose(3) == 0) {
    late_.push_back({read_version, read, writes});
    return kClusterVersionChanged;
  }
  if (fails && choose(2) == 0) return kUnknownResult;  // not applied
  ++version_;
  for (const auto& operation : writes) apply(operation, version_);
  apply_late();
  return fails ? kUnknownResult : 0;  // applied
}

bool Cluster::conflicts(std::int64_t read_version, const std::vector<Bounds>& read) const {
  for (const auto& written : written_)
    if (written.version > read_version)
      for (const auto& bounds : read)
        if (overlap(written.bounds, bounds)) return true;
  return false;
}

// Behind the commit that came after them, which is the worst moment.
void Cluster::apply_late() {
  for (const auto& late : std::exchange(late_, {})) {
    if (conflicts(late.read_version, late.read)) continue;
    ++version_;
    for (const auto& operation : late.writes) apply(operation, version_);
  }
}

int Cluster::too_large() {
  const std::scoped_lock lock(mutex_);
  ++too_large_;
  return kTooLarge;
}

std::uint64_t Cluster::refused_as_too_large() {
  const std::scoped_lock lock(mutex_);
  return too_large_;
}

void Cluster::apply(const WriteOperation& operation, std::int64_t version) {
  const auto put = [&](std::vector<Change>& history, std::optional<std::string> value) {
    // Nobody can read what is older than all versions that were handed out of late.
    if (history.size() > 64) history.erase(history.begin(), history.end() - 32);
    history.push_back({version, std::move(value)});
  };
  if (operation.kind == WriteOperation::Kind::kClearRange) {
    written_.push_back({version, {operation.key, operation.value}});
    for (auto it = keys_.lower_bound(operation.key); it != keys_.end() && it->first < operation.value; ++it)
      if (it->second.back().value) put(it->second, std::nullopt);
  } else {
    written_.push_back({version, {operation.key, operation.key + '\0'}});
    auto& history = keys_[operation.key];
    const bool add = operation.kind == WriteOperation::Kind::kAdd;
    put(history,
        add ? sum(history.empty() ? std::nullopt : history.back().value, operation.value) : operation.value);
  }
  if (written_.size() > 200'000) written_.erase(written_.begin(), written_.begin() + 100'000);
}

void Cluster::set_faults(std::uint64_t seed, unsigned one_in) {
  const std::scoped_lock lock(mutex_);
  random_.seed(seed);
  one_in_ = one_in;
}

unsigned Cluster::choose(unsigned bound) {
  return static_cast<unsigned>(random_() % bound);
}

bool Cluster::fault() {
  return one_in_ > 0 && choose(one_in_) == 0;
}

int Cluster::read_fault() {
  const std::scoped_lock lock(mutex_);
  return !fault() ? 0 : choose(2) == 0 ? kTransactionTooOld : kFutureVersion;
}

}  // namespace gannet::fdb_double
