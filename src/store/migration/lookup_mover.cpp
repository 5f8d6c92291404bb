#include "store/migration/lookup_mover.h"

#include <cstdlib>
#include <map>

#include "store/migration/copier.h"
#include "store/migration/switching_store.h"

namespace gannet::store::migration {
namespace {

constexpr std::size_t kEntriesAtOnce = 500;
// Beyond, all is copied once more.
constexpr std::size_t kMostChanges = 500'000;
// Two clocks, and the time between the two readings.
constexpr Duration kSameTime{5'000};

std::string item_of(LookupKind kind, std::string_view key) {
  return static_cast<char>(kind) + std::string(key);
}
LookupKind kind_of(const std::string& item) {
  return static_cast<LookupKind>(item.front());
}

class SwitchingLookupStore final : public LookupStore, public SwitchingSides<LookupStore> {
 public:
  SwitchingLookupStore(std::shared_ptr<LookupStore> store, Clock& clock)
      : SwitchingSides(std::move(store), clock) {}

  Result<std::optional<std::string>> get(std::string_view key) override { return sides().current->get(key); }
  Result<std::int64_t> counter(std::string_view key) override { return sides().current->counter(key); }
  Result<void> set(std::string_view key, std::string_view value, Duration ttl) override {
    return write({LookupKind::kValue}, key, [&](LookupStore& store) { return store.set(key, value, ttl); });
  }
  Result<void> remove(std::string_view key) override {
    return write({LookupKind::kValue, LookupKind::kCounter}, key,
                 [&](LookupStore& store) { return store.remove(key); });
  }
  Result<std::int64_t> increment(std::string_view key, std::int64_t delta, Duration ttl) override {
    return write({LookupKind::kCounter}, key,
                 [&](LookupStore& store) { return store.increment(key, delta, ttl); });
  }
  Result<bool> lock(std::string_view key, std::string_view holder, Duration lease) override {
    return write({LookupKind::kLock}, key,
                 [&](LookupStore& store) { return store.lock(key, holder, lease); });
  }
  Result<void> unlock(std::string_view key, std::string_view holder) override {
    return write({LookupKind::kLock}, key, [&](LookupStore& store) { return store.unlock(key, holder); });
  }
  Result<std::size_t> purge_expired(std::size_t limit) override {
    return sides().current->purge_expired(limit);
  }
  Result<LookupPage> entries(const std::string& position, std::size_t limit) override {
    return sides().current->entries(position, limit);
  }
  Result<std::optional<LookupEntry>> entry(LookupKind kind, std::string_view key) override {
    return sides().current->entry(kind, key);
  }
  Result<void> restore(const LookupEntry& entry) override {
    return write({entry.kind}, entry.key, [&](LookupStore& store) { return store.restore(entry); });
  }
  Result<void> erase(LookupKind kind, std::string_view key) override {
    return write({kind}, key, [&](LookupStore& store) { return store.erase(kind, key); });
  }

  std::vector<Change> some(std::size_t limit) const {
    const std::scoped_lock lock(mutex_);
    std::vector<Change> out;
    for (const auto& [item, mark] : changed_) {
      if (out.size() == limit) break;
      out.push_back({item, std::to_string(mark)});
    }
    return out;
  }
  void forget(const std::vector<Change>& changes) {
    const std::scoped_lock lock(mutex_);
    for (const auto& change : changes)
      if (const auto there = changed_.find(change.item);
          there != changed_.end() && std::to_string(there->second) == change.mark)
        changed_.erase(there);
  }
  // Whether there were too many; once.
  bool overflowed() {
    const std::scoped_lock lock(mutex_);
    return std::exchange(overflowed_, false);
  }

 private:
  // Listed after the write, whatever came of it: then what is copied is what there is.
  template <typename Call>
  auto write(std::initializer_list<LookupKind> kinds, std::string_view key, Call call)
      -> std::invoke_result_t<Call, LookupStore&> {
    const auto pass = TRY(gate().enter());
    auto done = call(*sides().current);
    if (!pass.tracked()) return done;
    const std::scoped_lock lock(mutex_);
    for (const auto kind : kinds) {
      if (changed_.size() >= kMostChanges) {
        changed_.clear();
        overflowed_ = true;
      }
      changed_[item_of(kind, key)] = ++marks_;
    }
    return done;
  }

  mutable std::mutex mutex_;
  std::map<std::string, std::uint64_t> changed_;
  std::uint64_t marks_ = 0;
  bool overflowed_ = false;
};

bool same(const std::optional<LookupEntry>& one, const std::optional<LookupEntry>& other) {
  if (!one || !other) {
    // Gone between the two readings.
    const auto& there = one ? one : other;
    return !there || (there->left > Duration{} && there->left < kSameTime);
  }
  if (one->value != other->value || one->number != other->number) return false;
  if ((one->left == Duration{}) != (other->left == Duration{})) return false;
  const Duration apart = one->left - other->left;
  return apart < kSameTime && -apart < kSameTime;
}

class LookupMover final : public Mover {
 public:
  LookupMover(std::shared_ptr<SwitchingLookupStore> lookups, LookupStoreById open)
      : lookups_(std::move(lookups)), open_(std::move(open)) {}

  Result<void> join(const std::string& id, bool) override {
    lookups_->set_other(TRY(open_(id)));
    return {};
  }
  bool joined() const override { return lookups_->sides().other != nullptr; }
  void leave() override { lookups_->set_other(nullptr); }
  void track(bool on) override {
    lookups_->gate().track(on);
    lost_ = on;
  }
  bool pause(Duration limit) override { return lookups_->gate().pause(limit); }
  void resume() override { lookups_->gate().resume(); }
  void slow_down(Duration delay) override { lookups_->gate().slow_down(delay); }
  void exchange() override { lookups_->exchange(); }
  bool changes_lost() override { return std::exchange(lost_, false) || lookups_->overflowed(); }
  bool looks_back() const override { return false; }

  Result<Items> items(const std::string& position) override {
    auto page = TRY(lookups_->sides().current->entries(position, kEntriesAtOnce));
    Items out;
    for (const auto& entry : page.entries) out.items.push_back(item_of(entry.kind, entry.key));
    out.next = page.next.empty() ? std::string(kEnd) : std::move(page.next);
    return out;
  }

  Result<std::uint64_t> copy(const std::vector<std::string>& items) override {
    const auto both = lookups_->sides();
    std::uint64_t bytes = 0;
    for (const auto& item : items) {
      const std::string_view key = std::string_view(item).substr(1);
      const auto here = TRY(both.current->entry(kind_of(item), key));
      if (here) {
        TRY(both.other->restore(*here));
        bytes += key.size() + here->value.size();
      } else {
        TRY(both.other->erase(kind_of(item), key));
      }
    }
    return bytes;
  }

  Result<std::vector<std::string>> differing(const std::vector<std::string>& items,
                                             std::uint64_t& bytes) override {
    const auto both = lookups_->sides();
    std::vector<std::string> out;
    for (const auto& item : items) {
      const std::string_view key = std::string_view(item).substr(1);
      const auto here = TRY(both.current->entry(kind_of(item), key));
      const auto there = TRY(both.other->entry(kind_of(item), key));
      if (here) bytes += key.size() + here->value.size();
      if (!same(here, there)) out.push_back(item);
    }
    return out;
  }

  Result<void> repair(const std::string& item) override {
    TRY(copy({item}));
    return {};
  }

  Result<bool> is_empty() override {
    const auto other = lookups_->sides().other;
    for (std::string at;;) {
      auto page = TRY(other->entries(at, kEntriesAtOnce));
      if (!page.entries.empty()) return false;
      if (page.next.empty()) return true;
      at = std::move(page.next);
    }
  }

  Result<std::string> clean(const std::string& position) override {
    const auto both = lookups_->sides();
    auto page = TRY(both.other->entries(position, kEntriesAtOnce));
    for (const auto& entry : page.entries)
      if (!TRY(both.current->entry(entry.kind, entry.key))) TRY(both.other->erase(entry.kind, entry.key));
    return page.next.empty() ? std::string(kEnd) : std::move(page.next);
  }

  Result<std::vector<Change>> changes(std::size_t limit) override { return lookups_->some(limit); }
  Result<void> forget(const std::vector<Change>& changes) override {
    lookups_->forget(changes);
    return {};
  }

 private:
  const std::shared_ptr<SwitchingLookupStore> lookups_;
  const LookupStoreById open_;
  bool lost_ = false;
};

}  // namespace

MovableLookups movable_lookups(std::shared_ptr<LookupStore> in_force, LookupStoreById open, Clock& clock) {
  auto lookups = std::make_shared<SwitchingLookupStore>(std::move(in_force), clock);
  auto mover = std::make_shared<LookupMover>(lookups, std::move(open));
  return {std::move(lookups), std::move(mover)};
}

}  // namespace gannet::store::migration
