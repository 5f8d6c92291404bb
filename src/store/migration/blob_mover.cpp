#include "store/migration/blob_mover.h"

#include <algorithm>
#include <atomic>
#include <mutex>

#include "observe/log.h"
#include "store/blob_links.h"
#include "store/migration/copier.h"
#include "store/migration/in_flight.h"
#include "store/migration/role_record.h"
#include "store/migration/switching_store.h"

namespace gannet::store::migration {
namespace {

// A bucket takes tens of milliseconds for each message: a page is to end soon.
constexpr std::size_t kKeysAtOnce = 200;
// Of what is larger, one at a time is held in memory.
constexpr std::size_t kLarge = 4 << 20;
constexpr std::size_t kIdsAtOnce = 500;

// A store as it is, and as the server's parts write to it.
struct Side {
  std::shared_ptr<BlobStore> plain, reserved;
  bool is_target = false;
};

class SwitchingBlobStore final : public BlobStore, public SwitchingSides<Side> {
 public:
  SwitchingBlobStore(std::shared_ptr<Side> side, std::shared_ptr<DataStore> data, Clock& clock,
                     Random& random)
      : SwitchingSides(std::move(side), clock), data_(data), changed_(std::move(data), Role::kBlob, random) {}

  Result<void> put(const BlobId& id, std::string_view content) override {
    const auto pass = TRY(gate().enter());
    TRY(sides().current->reserved->put(id, content));
    return pass.tracked() ? list_now(id) : Result<void>{};
  }
  Result<void> put_with(WriteBatch& batch, const BlobId& id, std::string_view content) override {
    const auto pass = TRY(gate().enter());
    const auto current = sides().current;
    TRY(current->reserved->put_with(batch, id, content));
    if (pass.tracked()) list_with(batch, id, *current);
    return {};
  }
  Result<void> remove(const BlobId& id) override {
    const auto pass = TRY(gate().enter());
    TRY(sides().current->plain->remove(id));
    return pass.tracked() ? list_now(id) : Result<void>{};
  }
  Result<void> remove_with(WriteBatch& batch, const BlobId& id) override {
    const auto pass = TRY(gate().enter());
    const auto current = sides().current;
    TRY(current->reserved->remove_with(batch, id));
    if (pass.tracked()) list_with(batch, id, *current);
    return {};
  }
  // A batch that was prepared before the migration began, and committed late, went to the former store unlisted.
  Result<std::string> get(const BlobId& id, std::uint64_t offset, std::uint64_t length) override {
    const auto both = sides();
    auto found = both.current->plain->get(id, offset, length);
    if (found || !both.other || !found.error().is(StoreError::kNotFound)) return found;
    auto there = both.other->plain->get(id, offset, length);
    return there ? there : found;
  }
  Result<std::vector<std::string>> get_many(std::span<const BlobRange> ranges) override {
    auto found = sides().current->plain->get_many(ranges);
    return found ? std::move(found) : BlobStore::get_many(ranges);
  }
  Result<bool> exists(const BlobId& id) override {
    const auto both = sides();
    const bool here = TRY(both.current->plain->exists(id));
    return here || !both.other ? Result<bool>(here) : both.other->plain->exists(id);
  }
  Result<std::vector<BlobId>> list(const std::optional<BlobId>& after, std::size_t limit) override {
    return sides().current->plain->list(after, limit);
  }

  ChangedItems& changed() { return changed_; }

 private:
  // The batch may be committed at any time: not when the other store has come into force.
  void list_with(WriteBatch& batch, const BlobId& id, const Side& side) {
    changed_.list(batch, id.raw());
    batch.require_value(role_side_key(Role::kBlob), side_word(side.is_target));
  }
  Result<void> list_now(const BlobId& id) {
    WriteBatch batch;
    changed_.list(batch, id.raw());
    return data_->commit(std::move(batch));
  }

  const std::shared_ptr<DataStore> data_;
  ChangedItems changed_;
};

class BlobMover final : public Mover {
 public:
  BlobMover(std::shared_ptr<SwitchingBlobStore> blobs, BlobStoreById open, std::shared_ptr<DataStore> data,
            std::size_t in_flight, Clock& clock, Random& random)
      : blobs_(std::move(blobs)),
        open_(std::move(open)),
        data_(std::move(data)),
        in_flight_(in_flight),
        clock_(clock),
        random_(random) {}

  Result<void> join(const std::string& id, bool is_target) override {
    const auto other = TRY(open_(id));
    // A former migration may have left this one as its target.
    auto current = std::make_shared<Side>(*blobs_->sides().current);
    current->is_target = !is_target;
    blobs_->set_current(std::move(current));
    blobs_->set_other(std::make_shared<Side>(
        Side{other.blobs, reserving(other.blobs, other.in_data, data_, clock_, random_), is_target}));
    return {};
  }
  void seal(WriteBatch& batch, bool target_in_force) override {
    batch.set(role_side_key(Role::kBlob), side_word(target_in_force));
  }
  bool joined() const override { return blobs_->sides().other != nullptr; }
  void leave() override { blobs_->set_other(nullptr); }
  void track(bool on) override { blobs_->gate().track(on); }
  bool pause(Duration limit) override { return blobs_->gate().pause(limit); }
  void resume() override { blobs_->gate().resume(); }
  void slow_down(Duration delay) override { blobs_->gate().slow_down(delay); }
  void exchange() override { blobs_->exchange(); }
  bool changes_lost() override { return false; }
  bool looks_back() const override { return true; }

  // Every blob that is linked, or that is about to be.
  Result<Items> items(const std::string& position) override {
    Range range = Range::prefix(blob_links_prefix());
    if (!position.empty()) range.begin = position;
    range.keys_only = true;
    range.max_items = kKeysAtOnce;
    const Page page = TRY(data_->scan(range));
    Items out;
    for (const auto& entry : page.items) {
      const auto key = read_blob_link_key(entry.key);
      if (!key || key->kind == BlobLinkKey::Kind::kTombstone) continue;
      if (std::string raw(key->blob.raw()); out.items.empty() || out.items.back() != raw)
        out.items.push_back(std::move(raw));
    }
    out.next = page.more && !page.items.empty() ? page.items.back().key + '\0' : std::string(kEnd);
    return out;
  }

  Result<std::uint64_t> copy(const std::vector<std::string>& items) override {
    std::atomic<std::uint64_t> bytes{0};
    TRY(each_in_flight(items.size(), in_flight_, [&](std::size_t at) -> Result<void> {
      if (const auto id = BlobId::from_raw(items[at])) bytes += TRY(copy_one(*id));
      return {};
    }));
    return bytes;
  }

  Result<std::vector<std::string>> differing(const std::vector<std::string>& items,
                                             std::uint64_t& bytes) override {
    std::mutex mutex;
    std::vector<std::string> out;
    TRY(each_in_flight(items.size(), in_flight_, [&](std::size_t at) -> Result<void> {
      const auto id = BlobId::from_raw(items[at]);
      if (!id || TRY(is_unknown(*id))) return {};
      const auto both = blobs_->sides();
      std::unique_lock<std::mutex> large;
      const auto here = TRY(content(*both.current->plain, *id, large));
      const auto there = TRY(content(*both.other->plain, *id, large));
      // What is damaged here cannot be mended from here; fsck tells of it.
      const bool same = here == there || (here && BlobId::of(*here) != *id);
      const std::scoped_lock lock(mutex);
      if (here) bytes += here->size();
      if (!same) out.push_back(items[at]);
      return {};
    }));
    std::ranges::sort(out);
    return out;
  }

  Result<void> repair(const std::string& item) override {
    const auto id = BlobId::from_raw(item);
    if (!id) return {};
    std::unique_lock<std::mutex> large;
    const auto here = TRY(content(*blobs_->sides().current->plain, *id, large));
    const auto other = blobs_->sides().other->plain;
    if (here && TRY(other->exists(*id)) && TRY(content(*other, *id, large)) != here) TRY(other->remove(*id));
    if (large) large.unlock();
    TRY(copy_one(*id));
    return {};
  }

  Result<bool> is_empty() override { return TRY(blobs_->sides().other->plain->list({}, 1)).empty(); }

  Result<std::string> clean(const std::string& position) override {
    const auto other = blobs_->sides().other->plain;
    const auto ids = TRY(other->list(BlobId::from_raw(position), kIdsAtOnce));
    TRY(each_in_flight(ids.size(), in_flight_, [&](std::size_t at) -> Result<void> {
      if (TRY(is_unknown(ids[at]))) TRY(other->remove(ids[at]));
      return {};
    }));
    return ids.size() < kIdsAtOnce ? std::string(kEnd) : std::string(ids.back().raw());
  }

  Result<std::vector<Change>> changes(std::size_t limit) override { return blobs_->changed().some(limit); }
  Result<void> forget(const std::vector<Change>& changes) override {
    return blobs_->changed().forget(changes);
  }

 private:
  // Neither linked nor about to be: nobody may need it without reserving it anew.
  Result<bool> is_unknown(const BlobId& id) {
    if (TRY(data_->get(blob_link_key(id, BlobLinkKey::Kind::kEpoch)))) return false;
    return !TRY(is_linked(*data_, id));
  }

  // Takes `large` where that much is to be held, for as long as it is.
  Result<std::optional<std::string>> content(BlobStore& store, const BlobId& id,
                                             std::unique_lock<std::mutex>& large) {
    auto found = store.get(id, 0, kLarge);
    if (found && found->size() == kLarge) {
      found->clear();
      if (!large) large = std::unique_lock(large_);
      found = store.get(id);
    }
    if (found) return std::optional(std::move(*found));
    if (found.error().is(StoreError::kNotFound) || found.error().is(StoreError::kCorrupt))
      return std::nullopt;
    return std::unexpected(std::move(found).error());
  }

  Result<std::uint64_t> copy_one(const BlobId& id) {
    const auto both = blobs_->sides();
    BlobStore &here = *both.current->plain, &there = *both.other->plain;
    std::unique_lock<std::mutex> large;
    if (TRY(is_unknown(id))) {
      TRY(there.remove(id));
      return 0;
    }
    if (!TRY(here.exists(id))) {
      if (const auto found = TRY(content(there, id, large)); found && BlobId::of(*found) == id)
        TRY(here.put(id, *found));
      else if (TRY(is_linked(*data_, id)))
        observe::error("store.migration-message-missing",
                       {{"blob", id.hex()}, {"effect", "gannet fsck tells of it"}});
      return 0;
    }
    if (TRY(there.exists(id))) return 0;
    const auto found = TRY(content(here, id, large));
    if (!found || BlobId::of(*found) != id) {
      observe::error("store.migration-message-damaged", {{"blob", id.hex()}, {"effect", "it stays behind"}});
      return 0;
    }
    TRY(there.put(id, *found));
    return found->size();
  }

  const std::shared_ptr<SwitchingBlobStore> blobs_;
  const BlobStoreById open_;
  const std::shared_ptr<DataStore> data_;
  const std::size_t in_flight_;
  Clock& clock_;
  Random& random_;
  std::mutex large_;
};

}  // namespace

MovableBlobs movable_blobs(OpenBlobStore in_force, bool is_target, BlobStoreById open,
                           std::shared_ptr<DataStore> data, std::size_t in_flight, Clock& clock,
                           Random& random) {
  auto side = std::make_shared<Side>(
      Side{in_force.blobs, reserving(in_force.blobs, in_force.in_data, data, clock, random), is_target});
  auto blobs = std::make_shared<SwitchingBlobStore>(std::move(side), data, clock, random);
  auto mover = std::make_shared<BlobMover>(blobs, std::move(open), std::move(data), in_flight, clock, random);
  return {std::move(blobs), std::move(mover)};
}

}  // namespace gannet::store::migration
