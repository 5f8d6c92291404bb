// Whether a message is what a SEARCH asks for.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "imap/parser/search_keys.h"
#include "imap/selected.h"
#include "imap/session.h"
#include "mailbox/accounts.h"
#include "mime/summary.h"

namespace gannet::imap {

// How dear a key is to answer; keys of an AND or OR are asked in this order.
enum class SearchCost : std::uint8_t { kColumns, kRecord, kContent };
SearchCost cost_of(const SearchKey& key);
void order_by_cost(SearchKey& key);

// A key with its numbers, keywords and sets made ready for one mailbox.
class SearchMatcher {
 public:
  // `key` and `selected` must outlive it. kSyntax for a sequence number beyond the mailbox. A lock of `view` is held.
  static Result<SearchMatcher> prepare(const SearchKey& key, const Selected& selected,
                                       const mailbox::AccountView& view);

  // What is known without a record: yes, no, or nothing when it takes one.
  std::optional<bool> match_columns(const mailbox::Entry& entry) const;
  // With it. Reads the content where the key needs it.
  Result<bool> match(const mailbox::Entry& entry, const mailbox::MessageRecord& record,
                     const Services& services) const;

 private:
  class Message;
  SearchMatcher(const SearchKey& key, const Recent& recent) : key_(&key), recent_(&recent) {}
  Result<void> prepare_key(const SearchKey& key, const Selected& selected, const mailbox::AccountView& view);
  std::optional<bool> columns(const SearchKey& key, const mailbox::Entry& entry) const;
  Result<bool> evaluate(const SearchKey& key, Message& message) const;

  const SearchKey* key_;
  const Recent* recent_;
  std::unordered_map<const SearchKey*, std::vector<NumberRange>> ranges_;        // of UIDs
  std::unordered_map<const SearchKey*, std::optional<std::uint32_t>> keywords_;  // nothing: no message has it
};

}  // namespace gannet::imap
