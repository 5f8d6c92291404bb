#include "search/indexer.h"

#include <algorithm>

#include "base/bytes.h"
#include "observe/log.h"
#include "search/index_store.h"
#include "store/migration/search_mover.h"

namespace gannet::search {
namespace {

using store::SearchDocument;
using store::StoreError;
using store::WriteBatch;

// The index when it lies in the same DataStore as the list; else null.
std::shared_ptr<IndexStore> in_same_store(const store::Stores& stores,
                                          const std::shared_ptr<store::SearchStore>& index) {
  auto ours = std::dynamic_pointer_cast<IndexStore>(index);
  return ours && ours->data() == stores.data ? ours : nullptr;
}

void take_off(WriteBatch& batch, const Waiting& entry) {
  batch.require_value(entry.key, entry.record);
  batch.clear(entry.key);
}

}  // namespace

Indexer::Indexer(store::Stores stores, std::shared_ptr<store::SearchStore> index, IndexerOptions options,
                 const Clock& clock, std::string node)
    : stores_(std::move(stores)),
      index_(std::move(index)),
      options_(options),
      clock_(clock),
      node_(std::move(node)),
      indexed_(observe::counter("gannet_search_indexed_total", "Messages indexed")),
      removed_(observe::counter("gannet_search_removed_total", "Messages removed from the index")),
      failures_(
          observe::counter("gannet_search_failures_total", "Batches that could not be indexed at once")),
      waiting_gauge_("gannet_search_waiting", "Messages that wait to be indexed or removed from the index",
                     {}, [this] { return static_cast<double>(waiting_.load()); }),
      oldest_gauge_("gannet_search_oldest_waiting_seconds", "For how long the oldest of them has waited", {},
                    [this] {
                      const auto since = oldest_.load();
                      if (since == 0) return 0.0;
                      return std::max(0.0, static_cast<double>(to_unix_ms(clock_.now()) - since) / 1000);
                    }) {}

Indexer::~Indexer() {
  if (coverage_) coverage_->when_lost({});
  stop();
}

void Indexer::start() {
  for (unsigned i = 0; i < options_.threads; ++i) threads_.emplace_back([this, i] { run(i); });
}

void Indexer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

void Indexer::wake() {
  {
    const std::lock_guard lock(mutex_);
    ++woken_;
  }
  changed_.notify_all();
}

bool Indexer::stopping() {
  const std::lock_guard lock(mutex_);
  return stop_;
}

void Indexer::run(unsigned number) {
  const std::string holder = node_ + "/" + std::to_string(number);
  Duration pause{};
  std::uint64_t seen = 0;
  std::unique_lock lock(mutex_);
  while (!stop_) {
    seen = woken_;
    lock.unlock();
    const auto worked = run_once(holder);
    lock.lock();
    if (!worked) {
      failures_.add();
      // Once an outage.
      if (pause == Duration{}) observe::warn("search.indexing-failed", {{"error", worked.error()}});
      pause = pause == Duration{} ? options_.first_pause : std::min(pause * 2, options_.longest_pause);
      changed_.wait_for(lock, pause, [this] { return stop_; });
      continue;
    }
    if (pause != Duration{}) observe::info("search.indexing-resumed");
    pause = {};
    changed_.wait_for(lock, options_.look_every, [&] { return stop_ || woken_ != seen; });
    // More will come behind it: larger segments are cheaper.
    changed_.wait_for(lock, options_.gather, [this] { return stop_; });
  }
}

Result<std::uint64_t> Indexer::run_once(const std::string& holder) {
  if (coverage_) TRY(coverage_->check());
  measure();
  std::uint64_t worked = 0;
  for (std::uint32_t from = 0;;) {
    const auto account = TRY(next_waiting_account(*stores_.data, from));
    if (!account || stopping()) break;
    worked += TRY(work_off(*account, holder));
    if (*account == UINT32_MAX) break;
    from = *account + 1;
  }
  if (worked > 0) measure();
  return worked;
}

void Indexer::measure() {
  const auto begun = clock_.steady();
  const auto now = lag(*stores_.data);
  // Whoever counts a long list spends a twentieth of the time on it at most.
  const auto ended = clock_.steady();
  measure_again_ = ended + std::max<Duration>(options_.look_every, 20 * (ended - begun));
  if (!now) return;
  waiting_ = now->waiting;
  oldest_ = now->oldest ? to_unix_ms(*now->oldest) : 0;
}

Result<std::uint64_t> Indexer::work_off(std::uint32_t account, const std::string& holder) {
  const std::string name = "search.index." + std::to_string(account);
  std::uint64_t worked = 0;
  Result<std::size_t> some = 0;
  do {
    if (!TRY(stores_.lookup->lock(name, holder, options_.lease))) return worked;
    some = work_off_some(account);
    if (some) worked += *some;
    // An account can take hours.
    if (clock_.steady() >= measure_again_.load()) measure();
  } while (some && *some > 0 && !stopping());
  const auto unlocked = stores_.lookup->unlock(name, holder);
  if (!some) return std::unexpected(some.error());
  TRY(unlocked);
  return worked;
}

// One batch; how many entries were taken off the list.
Result<std::size_t> Indexer::work_off_some(std::uint32_t account) {
  auto range = store::Range::prefix(waiting_prefix(account));
  range.max_items = options_.batch;
  const auto page = TRY(stores_.data->scan(range));
  std::vector<SearchDocument> documents;
  std::vector<std::uint32_t> removed;
  WriteBatch done;
  std::size_t bytes = 0, entries = 0;
  for (const auto& item : page.items) {
    auto entry = decode_waiting(item.key, item.value);
    if (!entry) {
      observe::error("search.entry-dropped", {{"account", account}, {"error", entry.error()}});
      done.require_value(item.key, item.value);
      done.clear(item.key);
      ++entries;
      continue;
    }
    if (entry->work == Waiting::Work::kForget) {
      TRY(index_->remove_account(account));
      take_off(done, *entry);
      ++entries;
      break;  // by itself, before anything that was listed later
    }
    // It sorts before all others of the account, which wait until it is done.
    if (entry->work == Waiting::Work::kRebuild) return rebuild_some(*entry);
    if (entry->work == Waiting::Work::kRemove) {
      removed.push_back(entry->document);
    } else {
      if (bytes >= options_.batch_bytes) break;
      auto document = TRY(document_of_entry(*entry));
      for (const auto& field : document.fields) bytes += field.text.size();
      documents.push_back(std::move(document));
    }
    take_off(done, *entry);
    ++entries;
  }
  if (entries == 0) return 0;
  const auto added = documents.size(), gone = removed.size();
  auto committed = commit(account, std::move(documents), std::move(removed), std::move(done));
  // An entry was replaced meanwhile: the next round sees what by.
  if (!committed && committed.error().is(StoreError::kConflict)) return entries;
  TRY(std::move(committed));
  indexed_.add(static_cast<double>(added));
  removed_.add(static_cast<double>(gone));
  return entries;
}

// A batch of an account that is indexed anew; 1 in any case.
Result<std::size_t> Indexer::rebuild_some(const Waiting& entry) {
  if (!documents_) return fail(StoreError::kInvalid, "nothing is there to index an account from");
  const std::uint32_t account = entry.account;
  if (entry.position.empty()) TRY(index_->remove_account(account));
  // Whoever listed it may not have counted.
  const auto before = entry.messages ? *entry.messages : TRY(documents_->count(account));
  std::uint64_t passed = 0;
  const std::string from = entry.position.empty() ? KeyWriter().u32(account).take() : entry.position;
  const auto page = TRY(documents_->page(from, options_.batch));
  std::vector<SearchDocument> documents;
  std::string next;
  std::size_t bytes = 0;
  for (const auto& [owner, number] : page.documents) {
    if (owner != account) break;
    if (bytes >= options_.batch_bytes) {
      next = KeyWriter().u32(account).u32(number).take();
      break;
    }
    auto document = TRY(documents_->document(account, number));
    ++passed;
    if (!document) continue;  // expunged meanwhile
    for (const auto& field : document->fields) bytes += field.text.size();
    documents.push_back(std::move(*document));
  }
  const bool whole = next.empty();
  if (whole && !page.documents.empty() && page.documents.back().first == account) next = page.next;
  WriteBatch done;
  done.require_value(entry.key, entry.record);
  if (next.empty())
    done.clear(entry.key);
  else
    list_rebuild(done, account, entry.since, next, before - std::min(before, passed));
  const auto added = documents.size();
  auto committed = commit(account, std::move(documents), {}, std::move(done));
  // Listed anew meanwhile.
  if (!committed && committed.error().is(StoreError::kConflict)) return 1;
  TRY(std::move(committed));
  indexed_.add(static_cast<double>(added));
  return 1;
}

Result<void> Indexer::commit(std::uint32_t account, std::vector<SearchDocument> documents,
                             std::vector<std::uint32_t> removed, WriteBatch done) {
  auto index = index_;
  std::optional<store::migration::WriteGate::Pass> pass;
  if (auto* moved = dynamic_cast<store::migration::SwitchingSearchStore*>(index_.get())) {
    pass.emplace(TRY(moved->gate().enter()));
    index = moved->in_force();
    if (pass->tracked()) {
      moved->list(done, account, removed);
      for (const auto& document : documents) moved->list(done, account, {document.document});
    }
  }
  if (const auto ours = in_same_store(stores_, index))
    return ours->change(account, std::move(documents), std::move(removed), std::move(done));
  if (!documents.empty()) TRY(index->index(documents));
  if (!removed.empty()) TRY(index->remove(account, removed));
  return stores_.data->commit(std::move(done));
}

// A message whose blob is gone or cannot be read is indexed without words: searches that look into it meet the
// same error, and nothing waits for it for ever.
Result<SearchDocument> Indexer::document_of_entry(const Waiting& entry) {
  auto content = stores_.blob->get(*entry.blob);
  if (content) return document_of(entry.account, entry.document, entry.trace, *content, options_.document);
  if (!content.error().is(StoreError::kNotFound) && !content.error().is(StoreError::kCorrupt))
    return std::unexpected(content.error());
  observe::warn("search.message-unreadable",
                {{"account", entry.account}, {"document", entry.document}, {"error", content.error()}});
  return SearchDocument{.account = entry.account, .document = entry.document, .fields = {}};
}

}  // namespace gannet::search
