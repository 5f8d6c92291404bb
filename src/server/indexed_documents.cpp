#include "server/indexed_documents.h"

#include <algorithm>

#include "base/bytes.h"
#include "mailbox/schema.h"
#include "observe/log.h"
#include "store/subspace.h"

namespace gannet::server {
namespace {

using store::SearchDocument;

std::uint32_t account_of(std::string_view key) {
  KeyReader in(key);
  in.u8();
  return in.u32();
}

class IndexedDocuments final : public store::migration::SearchDocuments {
 public:
  IndexedDocuments(store::Stores stores, search::DocumentOptions options)
      : data_(std::move(stores.data)), blobs_(std::move(stores.blob)), options_(options) {}

  Result<std::vector<std::uint32_t>> accounts() override {
    std::vector<std::uint32_t> out;
    store::Range range = all();
    range.keys_only = true;
    range.max_items = 1;
    for (;;) {
      const auto page = TRY(data_->scan(range));
      if (page.items.empty()) return out;
      out.push_back(account_of(page.items.front().key));
      range.begin = prefix_end(mailbox::message_prefix(out.back()));
      if (range.begin >= range.end) return out;
    }
  }

  // By the mailboxes' counters: of a message that is in two of them, twice.
  Result<std::uint64_t> count(std::uint32_t account) override {
    std::uint64_t out = 0;
    for (const auto& item :
         TRY(store::scan_all(*data_, store::Range::prefix(mailbox::mailbox_prefix(account)))))
      if (const auto mailbox = mailbox::decode_mailbox(mailbox::number_of_key(item.key), item.value))
        out += mailbox->messages;
    return out;
  }

  // A position is an account, or an account and the document before which to go on.
  Result<Page> page(const std::string& position, std::size_t limit) override {
    store::Range range = all();
    if (!position.empty()) range.begin.append(position);
    range.keys_only = true;
    range.max_items = limit;
    const auto found = TRY(data_->scan(range));
    Page out;
    for (const auto& item : found.items)
      out.documents.emplace_back(account_of(item.key), mailbox::number_of_key(item.key));
    if (found.more) out.next = store::next_range(range, found).begin.substr(1);
    return out;
  }

  Result<bool> exists(std::uint32_t account, std::uint32_t number) override {
    return TRY(data_->get(mailbox::message_key(account, number))).has_value();
  }

  Result<std::optional<SearchDocument>> document(std::uint32_t account, std::uint32_t number) override {
    const auto record = TRY(data_->get(mailbox::message_key(account, number)));
    if (!record) return std::nullopt;
    const auto message = mailbox::decode_message(number, *record);
    if (!message) return SearchDocument{.account = account, .document = number, .fields = {}};
    auto content = blobs_->get(message->blob);
    if (content) return search::document_of(account, number, message->trace, *content, options_);
    if (content.error().retry_can_help()) return std::unexpected(std::move(content).error());
    // As the indexer has it: without words.
    return SearchDocument{.account = account, .document = number, .fields = {}};
  }

 private:
  static store::Range all() {
    return store::Range::prefix(std::string(1, static_cast<char>(store::Subspace::kMessage)));
  }

  const std::shared_ptr<store::DataStore> data_;
  const std::shared_ptr<store::BlobStore> blobs_;
  const search::DocumentOptions options_;
};

}  // namespace

std::shared_ptr<store::migration::SearchDocuments> indexed_documents(store::Stores stores,
                                                                     search::DocumentOptions options) {
  return std::make_shared<IndexedDocuments>(std::move(stores), options);
}

}  // namespace gannet::server
