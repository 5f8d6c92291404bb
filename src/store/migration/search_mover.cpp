#include "store/migration/search_mover.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "base/bytes.h"
#include "store/migration/copier.h"
#include "store/subspace.h"

namespace gannet::store::migration {
namespace {

constexpr std::size_t kDocumentsAtOnce = 200;
constexpr std::size_t kBytesAtOnce = 8 << 20;
constexpr std::size_t kAccountsAtOnce = 20;

std::string item_of(std::uint32_t account, std::uint32_t document) {
  return KeyWriter().u32(account).u32(document).take();
}
std::pair<std::uint32_t, std::uint32_t> of_item(std::string_view item) {
  KeyReader in(item);
  const std::uint32_t account = in.u32();
  return {account, in.u32()};
}

class SearchMover final : public Mover {
 public:
  SearchMover(std::shared_ptr<SwitchingSearchStore> index, SearchStoreById open,
              std::shared_ptr<SearchDocuments> documents)
      : index_(std::move(index)), open_(std::move(open)), documents_(std::move(documents)) {}

  Result<void> join(const std::string& id, bool) override {
    auto other = TRY(open_(id));
    other_identity_ = TRY(other->identity());
    // One that is away for good is moved away from, too; going back to it, it counts as new.
    current_identity_ = index_->identity().value_or("");
    index_->set_other(std::move(other));
    return {};
  }
  bool joined() const override { return index_->sides().other != nullptr; }
  void leave() override { index_->set_other(nullptr); }
  void track(bool on) override { index_->gate().track(on); }
  bool pause(Duration limit) override { return index_->gate().pause(limit); }
  void resume() override { index_->gate().resume(); }
  void slow_down(Duration delay) override { index_->gate().slow_down(delay); }
  void exchange() override {
    index_->exchange();
    std::swap(current_identity_, other_identity_);
  }
  void mark_exchange(WriteBatch& batch) override {
    if (other_identity_.empty())
      batch.clear(complete_index_key());
    else
      batch.set(complete_index_key(), other_identity_);
  }
  bool changes_lost() override { return false; }
  bool looks_back() const override { return false; }
  // It is made anew in any case.
  Result<bool> is_empty() override { return true; }

  Result<Items> items(const std::string& position) override {
    auto page = TRY(documents_->page(position, kDocumentsAtOnce));
    Items out;
    for (const auto& [account, document] : page.documents) out.items.push_back(item_of(account, document));
    out.next = page.next.empty() ? std::string(kEnd) : std::move(page.next);
    return out;
  }

  Result<std::uint64_t> copy(const std::vector<std::string>& items) override {
    const auto other = index_->sides().other;
    std::uint64_t bytes = 0;
    std::size_t held = 0;
    std::vector<SearchDocument> found;
    std::map<std::uint32_t, std::vector<std::uint32_t>> gone;
    for (const auto& item : items) {
      const auto [account, number] = of_item(item);
      if (number == 0) {
        TRY(renew(*other, account));
        continue;
      }
      auto document = TRY(documents_->document(account, number));
      if (!document) {
        gone[account].push_back(number);
        continue;
      }
      for (const auto& field : document->fields) held += field.text.size();
      found.push_back(std::move(*document));
      if (held < kBytesAtOnce) continue;
      TRY(other->index(std::exchange(found, {})));
      bytes += std::exchange(held, 0);
    }
    if (!found.empty()) TRY(other->index(found));
    for (const auto& [account, numbers] : gone) TRY(other->remove(account, numbers));
    return bytes + held;
  }

  // Which documents each of the two knows, and that one of them is found by what its subject is.
  Result<std::vector<std::string>> differing(const std::vector<std::string>& items,
                                             std::uint64_t& bytes) override {
    const auto other = index_->sides().other;
    std::map<std::uint32_t, std::vector<std::uint32_t>> wanted;
    for (const auto& item : items) {
      const auto [account, number] = of_item(item);
      wanted[account].push_back(number);
    }
    std::vector<std::string> out;
    for (const auto& [account, numbers] : wanted) {
      const auto known = TRY(other->query(account, {}));
      for (const auto number : numbers) {
        const bool there = std::ranges::binary_search(known, number);
        if (there != TRY(documents_->exists(account, number))) out.push_back(item_of(account, number));
      }
      bytes += known.size() * sizeof(std::uint32_t);
      TRY(ask(*other, account, numbers.front(), out));
    }
    return out;
  }

  Result<void> repair(const std::string& item) override {
    TRY(copy({item}));
    return {};
  }

  Result<std::string> clean(const std::string& position) override {
    const auto accounts = TRY(documents_->accounts());
    auto next = accounts.begin();
    if (!position.empty()) next = std::ranges::upper_bound(accounts, KeyReader(position).u32());
    for (std::size_t done = 0; next != accounts.end() && done < kAccountsAtOnce; ++next, ++done)
      TRY(index_->sides().other->remove_account(*next));
    return next == accounts.end() ? std::string(kEnd) : KeyWriter().u32(*std::prev(next)).take();
  }

  Result<std::vector<Change>> changes(std::size_t limit) override { return index_->changed().some(limit); }
  Result<void> forget(const std::vector<Change>& changes) override {
    return index_->changed().forget(changes);
  }

 private:
  // All of the account is made anew, or is gone.
  Result<void> renew(SearchStore& other, std::uint32_t account) {
    TRY(other.remove_account(account));
    for (std::string at = KeyWriter().u32(account).take();;) {
      auto page = TRY(documents_->page(at, kDocumentsAtOnce));
      std::vector<std::string> items;
      for (const auto& [owner, document] : page.documents)
        if (owner == account) items.push_back(item_of(owner, document));
      if (items.empty()) return {};
      TRY(copy(items));
      if (page.next.empty() || items.size() < page.documents.size()) return {};
      at = std::move(page.next);
    }
  }

  // Both are asked for a message by its own subject; the one in force has to know it to begin with.
  Result<void> ask(SearchStore& other, std::uint32_t account, std::uint32_t number,
                   std::vector<std::string>& differing) {
    const auto document = TRY(documents_->document(account, number));
    if (!document) return {};
    const auto subject =
        std::ranges::find(document->fields, SearchField::kSubject, &SearchDocument::Field::field);
    if (subject == document->fields.end() || subject->text.empty()) return {};
    const SearchQuery query{.kind = SearchQuery::Kind::kSubstring,
                            .field = SearchField::kSubject,
                            .text = subject->text,
                            .language = {},
                            .children = {}};
    const auto here = TRY(index_->in_force()->query(account, query));
    const auto there = TRY(other.query(account, query));
    const std::string item = item_of(account, number);
    if (std::ranges::binary_search(here, number) && !std::ranges::binary_search(there, number) &&
        std::ranges::find(differing, item) == differing.end())
      differing.push_back(item);
    return {};
  }

  const std::shared_ptr<SwitchingSearchStore> index_;
  const SearchStoreById open_;
  const std::shared_ptr<SearchDocuments> documents_;
  std::string current_identity_, other_identity_;
};

}  // namespace

void SwitchingSearchStore::list(WriteBatch& batch, std::uint32_t account,
                                const std::vector<std::uint32_t>& documents) {
  for (const auto document : documents) changed_.list(batch, item_of(account, document));
}

Result<void> SwitchingSearchStore::index(const std::vector<SearchDocument>& documents) {
  const auto pass = TRY(gate().enter());
  TRY(in_force()->index(documents));
  if (!pass.tracked()) return {};
  WriteBatch batch;
  for (const auto& document : documents) list(batch, document.account, {document.document});
  return data_->commit(std::move(batch));
}

Result<void> SwitchingSearchStore::remove(std::uint32_t account,
                                          const std::vector<std::uint32_t>& documents) {
  const auto pass = TRY(gate().enter());
  TRY(in_force()->remove(account, documents));
  if (!pass.tracked()) return {};
  WriteBatch batch;
  list(batch, account, documents);
  return data_->commit(std::move(batch));
}

Result<void> SwitchingSearchStore::remove_account(std::uint32_t account) {
  const auto pass = TRY(gate().enter());
  TRY(in_force()->remove_account(account));
  if (!pass.tracked()) return {};
  WriteBatch batch;
  list(batch, account, {0});
  return data_->commit(std::move(batch));
}

std::shared_ptr<Mover> search_mover(std::shared_ptr<SwitchingSearchStore> index, SearchStoreById open,
                                    std::shared_ptr<SearchDocuments> documents) {
  return std::make_shared<SearchMover>(std::move(index), std::move(open), std::move(documents));
}

}  // namespace gannet::store::migration

namespace gannet::store {

std::string complete_index_key() {
  return {static_cast<char>(Subspace::kSetting), 'i'};
}

}  // namespace gannet::store
