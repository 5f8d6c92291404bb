#include "fsck/salvage.h"

#include <fmt/format.h>

#include <algorithm>

#include "fsck/account.h"
#include "fsck/errors.h"
#include "fsck/run.h"
#include "mailbox/accounts.h"
#include "store/blob_links.h"
#include "store/data_blob_store.h"
#include "store/filling.h"
#include "store/rocksdb/salvage.h"
#include "store/subspace.h"

namespace gannet::fsck {
namespace {

using store::Subspace;

constexpr int kMostRuns = 5;
constexpr std::size_t kBlobsAtOnce = 500;

// What is not taken over: the index is made anew, short-lived values are worth nothing by now, and the store's
// own facts are the new store's.
bool is_taken(Subspace subspace) {
  return subspace != Subspace::kSearch && subspace != Subspace::kIndexing && subspace != Subspace::kLookup &&
         subspace != Subspace::kSetting;
}

Result<void> require_empty(store::DataStore& data) {
  for (const auto& subspace : store::kSubspaces) {
    if (!is_taken(subspace.id)) continue;
    store::Range range = store::Range::prefix(std::string(1, static_cast<char>(subspace.id)));
    range.keys_only = true;
    range.max_items = 1;
    if (!TRY(data.scan(range)).items.empty())
      return fail(
          FsckError::kNotEmpty,
          fmt::format("The store of storage.data is not empty (it has {} records): salvage writes to a new "
                      "one. Name another in a settings file of its own.",
                      subspace.name));
  }
  return {};
}

// Until all is repaired, for nobody else to open.
Result<store::FillingRun> begin(const std::string& from, store::DataStore& data, Random& random) {
  if (const auto before = TRY(store::read_filling(data)))
    return fail(FsckError::kNotEmpty, "The store of storage.data is half filled: " + before->advice);
  TRY(require_empty(data));
  return store::FillingRun::begin(
      data, std::nullopt,
      {.source = "salvage " + from,
       .advice = "empty the stores, and run `gannet fsck salvage` of " + from + " again."},
      random);
}

Result<void> write(store::FillingRun& run, std::vector<store::KeyValue> page) {
  store::WriteBatch batch;
  for (auto& item : page)
    if (!item.key.empty() && is_taken(static_cast<Subspace>(item.key.front())))
      batch.set(std::move(item.key), std::move(item.value));
  return batch.empty() ? Result<void>{} : run.commit(std::move(batch));
}

// Blobs came as records of the DataStore. Where they are kept elsewhere now, they are moved there.
Result<void> move_blobs(const store::Stores& stores, Listener& listener) {
  const auto inside = store::blob_store_over(stores.data);
  std::optional<store::BlobId> after;
  std::uint64_t done = 0;
  for (;;) {
    const auto ids = TRY(inside->list(after, kBlobsAtOnce));
    if (ids.empty()) return {};
    for (const auto& id : ids) {
      if (TRY(stores.blob->exists(id))) continue;
      const auto content = inside->get(id);
      // Damaged: the checks tell of the message.
      if (content && store::BlobId::of(*content) == id) TRY(stores.blob->put(id, *content));
      TRY(inside->remove(id));
    }
    after = ids.back();
    listener.progress("contents", done += ids.size(), 0);
  }
}

// Counts what is left to do in a run.
class Counting : public Listener {
 public:
  explicit Counting(Listener& inner) : inner_(inner) {}
  void found(const Finding& finding) override {
    repaired_ += finding.fate == Fate::kRepaired;
    // What is lost is told once: by the last run.
    finding.fate == Fate::kRepaired ? inner_.found(finding) : left_.push_back(finding);
  }
  void progress(const std::string& phase, std::uint64_t done, std::uint64_t all) override {
    inner_.progress(phase, done, all);
  }
  bool cancelled() override { return inner_.cancelled(); }

  std::uint64_t repaired() const { return repaired_; }
  void tell_left() {
    for (const auto& finding : left_) inner_.found(finding);
  }

 private:
  Listener& inner_;
  std::uint64_t repaired_ = 0;
  std::vector<Finding> left_;
};

// Lists all messages for the index; how many.
Result<std::uint64_t> index_anew(const store::Stores& stores, Clock& clock, Random& random,
                                 Listener& listener) {
  const auto accounts = mailbox::make_accounts(stores, {}, clock, random);
  const Options options;
  const Context context{stores, options, clock, random, listener};
  std::uint64_t listed = 0;
  for (mailbox::AccountId from = 0;;) {
    const auto account = TRY(next_account(context, from));
    if (!account) return listed;
    listed += TRY(accounts->reindex(*account));
    if (*account == UINT32_MAX) return listed;
    from = *account + 1;
  }
}

Result<void> repair_all(const store::Stores& stores, Clock& clock, Random& random, Listener& listener) {
  const Options options{.repair = true, .deep = true, .account = std::nullopt};
  for (int i = 0;; ++i) {
    Counting counting(listener);
    TRY(run({stores, options, clock, random, counting}));
    if (counting.repaired() > 0 && i < kMostRuns) continue;
    counting.tell_left();
    return {};
  }
}

}  // namespace

Result<SalvageOutcome> salvage(const std::string& from, const std::string& copy, const store::Stores& stores,
                               Clock& clock, Random& random, Listener& listener) {
  auto filling = TRY(begin(from, *stores.data, random));
  SalvageOutcome out;
  auto read = TRY(store::salvage_rocksdb(from, copy, clock, [&](std::vector<store::KeyValue> page) {
    listener.progress("records", out.records += page.size(), 0);
    return write(filling, std::move(page));
  }));
  out.damage = std::move(read.damage);
  TRY(move_blobs(stores, listener));
  out.messages = TRY(index_anew(stores, clock, random, listener));
  TRY(repair_all(stores, clock, random, listener));
  TRY(filling.end());
  return out;
}

}  // namespace gannet::fsck
