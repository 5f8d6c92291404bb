#include "search/index_store.h"

#include <algorithm>
#include <array>
#include <map>
#include <mutex>

#include "base/bytes.h"
#include "base/random.h"
#include "observe/log.h"
#include "search/builder.h"
#include "search/evaluate.h"
#include "search/merge.h"
#include "search/segment_list.h"

namespace gannet::search {
namespace {

using store::DataStore;
using store::SearchDocument;
using store::SearchQuery;
using store::StoreError;
using store::WriteBatch;

constexpr std::size_t kStripes = 64;
constexpr int kTries = 20;
// What a segment holds when it is written, at most: with its documents' numbers it fits a commit of 10 MB.
constexpr std::size_t kSegmentBytes = 2 << 20;
// Merges after one change; more are due only where one was interrupted.
constexpr int kMerges = 4;

std::vector<std::uint32_t> numbers_of(const Roaring& documents) {
  std::vector<std::uint32_t> out(documents.cardinality());
  documents.toUint32Array(out.data());
  return out;
}

class IndexOverData final : public IndexStore {
 public:
  IndexOverData(std::shared_ptr<DataStore> data, TextOptions options)
      : data_(std::move(data)), options_(std::move(options)) {}

  Result<void> index(const std::vector<SearchDocument>& documents) override {
    std::map<std::uint32_t, std::vector<SearchDocument>> accounts;
    for (const auto& document : documents) accounts[document.account].push_back(document);
    for (auto& [account, some] : accounts) TRY(change(account, std::move(some), {}, {}));
    return {};
  }

  Result<void> remove(std::uint32_t account, const std::vector<std::uint32_t>& documents) override {
    if (documents.empty()) return {};
    return change(account, {}, documents, {});
  }

  Result<void> remove_account(std::uint32_t account) override {
    Stripe& stripe = stripes_[account % kStripes];
    const std::scoped_lock lock(stripe.merging, stripe.changing);
    const std::string prefix = account_prefix(account);
    WriteBatch batch;
    batch.clear_range(prefix, prefix_end(prefix));
    return data_->commit(std::move(batch));
  }

  Result<std::string> identity() override {
    const std::string key = identity_key();
    if (auto known = TRY(data_->get(key))) return *std::move(known);
    SystemRandom random;
    WriteBatch first;
    first.require_absent(key);
    first.set(key, random.token(16));
    // Of two servers one is first.
    if (auto made = data_->commit(std::move(first)); !made && !made.error().is(StoreError::kConflict))
      return std::unexpected(std::move(made).error());
    return TRY(data_->get(key)).value_or("");
  }

  Result<void> change(std::uint32_t account, std::vector<SearchDocument> documents,
                      std::vector<std::uint32_t> removed, WriteBatch extra) override {
    // By number; the last of several texts of a document counts.
    std::map<std::uint32_t, const SearchDocument*> texts;
    for (const auto& document : documents) texts[document.document] = &document;
    Stripe& stripe = stripes_[account % kStripes];
    {
      const std::lock_guard lock(stripe.changing);
      SegmentBuilder builder(options_);
      for (const auto& [number, document] : texts) {
        if (builder.bytes() >= kSegmentBytes) TRY(commit(account, builder.finish(), {}, {}));
        builder.add(*document);
      }
      const Roaring gone(removed.size(), removed.data());
      TRY(commit(account, builder.finish(), gone, std::move(extra)));
    }
    return merge(account);
  }

  Result<std::vector<std::uint32_t>> query(std::uint32_t account, const SearchQuery& query) override {
    TRY(check_query(query));
    return numbers_of(TRY(find(account, query)).first);
  }

  Result<Covered> query_covered(std::uint32_t account, const SearchQuery& query) override {
    TRY(check_query(query));
    auto [found, live] = TRY(find(account, query));
    const auto shared_found = std::make_shared<const Roaring>(std::move(found));
    const auto shared_live = std::make_shared<const Roaring>(std::move(live));
    return Covered{[shared_found](std::uint32_t document) { return shared_found->contains(document); },
                   [shared_live](std::uint32_t document) { return shared_live->contains(document); }};
  }

  Result<IndexStatus> status(std::uint32_t account) override {
    IndexStatus out;
    for (const auto& segment : TRY(SegmentList::read(*data_, account)).head().segments) {
      out.documents += segment.live;
      out.bytes += segment.bytes;
      ++out.segments;
    }
    return out;
  }

  const std::shared_ptr<DataStore>& data() const override { return data_; }

 private:
  // Locked in this order.
  struct Stripe {
    std::mutex merging, changing;
  };

  // What is found, and what is indexed.
  Result<std::pair<Roaring, Roaring>> find(std::uint32_t account, const SearchQuery& query) {
    const auto snapshot = TRY(data_->snapshot());
    const auto list = TRY(SegmentList::read(*snapshot, account));
    std::pair<Roaring, Roaring> out;
    for (const auto& info : list.head().segments) {
      if (info.live == 0) continue;
      SegmentReader segment(*snapshot, account, info.id);
      const Roaring live = TRY(segment.live());
      out.first |= TRY(evaluate(segment, live, query, options_, list.head().languages));
      out.second |= live;
    }
    return out;
  }

  Result<void> commit(std::uint32_t account, const SegmentData& segment, const Roaring& gone,
                      WriteBatch extra) {
    const Roaring replaced = segment.documents | gone;
    if (replaced.isEmpty() && extra.empty()) return {};
    std::optional<std::string> before;
    for (int left = kTries;; --left) {
      auto list = TRY(SegmentList::read(*data_, account));
      // A conflict, though the account's index is as it was: it is one of `extra`.
      if ((left < kTries && before == list.record()) || left == 0)
        return fail(StoreError::kConflict, "the search index was changed by somebody else", Retry::kCanHelp);
      before = list.record();
      WriteBatch batch;
      if (!list.head().segments.empty()) TRY(list.take_out(*data_, replaced));
      list.drop_empty(batch);
      if (!segment.documents.isEmpty()) add(account, list, segment, batch);
      if (list.record() || !list.head().segments.empty()) list.write(batch);
      batch.append(WriteBatch(extra));
      auto committed = data_->commit(std::move(batch));
      if (committed || !committed.error().is(StoreError::kConflict)) return committed;
    }
  }

  static void add(std::uint32_t account, SegmentList& list, const SegmentData& segment, WriteBatch& batch) {
    const std::uint32_t id = list.head().next_segment++;
    for (const auto& [section, piece] : segment.pieces)
      batch.set(section_prefix(account, id, section) + piece.key, piece.value);
    list.add({.id = id, .bytes = segment.bytes}, segment.documents);
    auto& languages = list.head().languages;
    languages.insert(languages.end(), segment.languages.begin(), segment.languages.end());
    std::ranges::sort(languages);
    languages.erase(std::ranges::unique(languages).begin(), languages.end());
  }

  // Whoever merges does so for all who change the account meanwhile.
  Result<void> merge(std::uint32_t account) {
    const std::unique_lock lock(stripes_[account % kStripes].merging, std::try_to_lock);
    if (!lock) return {};
    for (int i = 0; i < kMerges; ++i) {
      const auto due = due_for_merge(TRY(SegmentList::read(*data_, account)).head());
      if (due.empty()) return {};
      // What was changed is safe, whatever becomes of the merge: the next change tries it again.
      auto merged = merge_segments(*data_, account, due);
      if (!merged) observe::warn("search.merge-failed", {{"account", account}, {"error", merged.error()}});
      if (!merged || !*merged) return {};
    }
    return {};
  }

  const std::shared_ptr<DataStore> data_;
  const TextOptions options_;
  std::array<Stripe, kStripes> stripes_;
};

}  // namespace

std::shared_ptr<IndexStore> index_over(std::shared_ptr<store::DataStore> data, TextOptions options) {
  return std::make_shared<IndexOverData>(std::move(data), std::move(options));
}

}  // namespace gannet::search
