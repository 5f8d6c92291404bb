#include "search/index_store.h"

#include <array>
#include <map>
#include <mutex>
#include <span>

#include "base/bytes.h"
#include "search/evaluate.h"
#include "search/update.h"
#include "search/words.h"

namespace gannet::search {
namespace {

constexpr std::size_t kStripes = 64;
constexpr int kTries = 20;
constexpr std::size_t kDocumentsACommit = 64;
constexpr std::size_t kMaxWordsAField = 100'000;

Terms terms_of(const SearchDocument& document) {
  Terms terms;
  for (const auto& field : document.fields)
    for (auto& word : words_of(field.text, kMaxWordsAField)) terms.emplace(std::move(word), field.field);
  return terms;
}

class DataSearchStore final : public SearchStore {
 public:
  explicit DataSearchStore(std::shared_ptr<DataStore> data) : data_(std::move(data)) {}

  Result<void> index(const std::vector<SearchDocument>& documents) override {
    std::map<std::uint32_t, std::vector<Change>> accounts;
    for (const auto& document : documents)
      accounts[document.account].push_back({document.document, terms_of(document)});
    for (const auto& [account, changes] : accounts) TRY(change(account, changes));
    return {};
  }

  Result<void> remove(std::uint32_t account, const std::vector<std::uint32_t>& documents) override {
    std::vector<Change> changes;
    changes.reserve(documents.size());
    for (const auto document : documents) changes.push_back({document, std::nullopt});
    return change(account, changes);
  }

  Result<void> remove_account(std::uint32_t account) override {
    std::lock_guard lock(stripe(account));
    const std::string prefix = account_prefix(account);
    WriteBatch batch;
    batch.clear_range(prefix, prefix_end(prefix));
    return data_->commit(std::move(batch));
  }

  Result<std::vector<std::uint32_t>> query(std::uint32_t account, const SearchQuery& query) override {
    TRY(check_query(query));
    const auto snapshot = TRY(data_->snapshot());
    const auto found = TRY(evaluate(*snapshot, account, query));
    std::vector<std::uint32_t> documents(found.cardinality());
    found.toUint32Array(documents.data());
    return documents;
  }

 private:
  struct Change {
    std::uint32_t document;
    std::optional<Terms> terms;  // nothing: remove it
  };

  std::mutex& stripe(std::uint32_t account) { return stripes_[account % kStripes]; }

  Result<void> change(std::uint32_t account, std::span<const Change> changes) {
    std::lock_guard lock(stripe(account));
    for (std::size_t from = 0; from < changes.size(); from += kDocumentsACommit)
      TRY(change_some(account, changes.subspan(from, std::min(kDocumentsACommit, changes.size() - from))));
    return {};
  }

  Result<void> change_some(std::uint32_t account, std::span<const Change> changes) {
    for (int left = kTries;; --left) {
      Update update(*data_, account);
      for (const auto& [document, terms] : changes) TRY(update.replace(document, terms));
      auto committed = update.commit();
      if (committed || !committed.error().is(StoreError::kConflict) || left == 1) return committed;
    }
  }

  const std::shared_ptr<DataStore> data_;
  std::array<std::mutex, kStripes> stripes_;
};

}  // namespace

std::shared_ptr<SearchStore> search_store_over(std::shared_ptr<DataStore> data) {
  return std::make_shared<DataSearchStore>(std::move(data));
}

}  // namespace gannet::search
