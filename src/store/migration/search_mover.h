// Fills another index for searches from the mail itself, while the one in force answers.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "store/data_store.h"
#include "store/migration/mover.h"
#include "store/migration/role_record.h"
#include "store/migration/switching_store.h"
#include "store/search_store.h"

namespace gannet::store::migration {

// What there is to be indexed: the messages. Any thread.
class SearchDocuments {
 public:
  virtual ~SearchDocuments() = default;
  virtual Result<std::vector<std::uint32_t>> accounts() = 0;
  // About how many documents an account has; cheap.
  virtual Result<std::uint64_t> count(std::uint32_t account) = 0;
  struct Page {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> documents;  // account, document
    std::string next;                                                // empty at the end
  };
  virtual Result<Page> page(const std::string& position, std::size_t limit) = 0;
  virtual Result<bool> exists(std::uint32_t account, std::uint32_t document) = 0;
  // Nothing where there is no such message.
  virtual Result<std::optional<SearchDocument>> document(std::uint32_t account, std::uint32_t document) = 0;
};

using SearchStoreById = std::function<Result<std::shared_ptr<SearchStore>>(const std::string& id)>;

// What the server's parts hold for the index. Any thread.
class SwitchingSearchStore final : public SearchStore, public SwitchingSides<SearchStore> {
 public:
  SwitchingSearchStore(std::shared_ptr<SearchStore> in_force, std::shared_ptr<DataStore> data, Clock& clock,
                       Random& random)
      : SwitchingSides(std::move(in_force), clock),
        data_(data),
        changed_(std::move(data), Role::kSearch, random) {}

  // What answers now; keeps its own abilities, beyond those of any SearchStore.
  std::shared_ptr<SearchStore> in_force() const { return sides().current; }
  // Adds to `batch`, which goes to the store for data, that these were changed; document 0 is all of the account.
  // For whoever holds a tracked pass of gate() and changes in_force() by himself.
  void list(WriteBatch& batch, std::uint32_t account, const std::vector<std::uint32_t>& documents);

  Result<void> index(const std::vector<SearchDocument>& documents) override;
  Result<void> remove(std::uint32_t account, const std::vector<std::uint32_t>& documents) override;
  Result<void> remove_account(std::uint32_t account) override;
  Result<std::vector<std::uint32_t>> query(std::uint32_t account, const SearchQuery& query) override {
    return in_force()->query(account, query);
  }
  Result<std::string> identity() override { return in_force()->identity(); }
  ChangedItems& changed() { return changed_; }

 private:
  const std::shared_ptr<DataStore> data_;
  ChangedItems changed_;
};

std::shared_ptr<Mover> search_mover(std::shared_ptr<SwitchingSearchStore> index, SearchStoreById open,
                                    std::shared_ptr<SearchDocuments> documents);

}  // namespace gannet::store::migration
