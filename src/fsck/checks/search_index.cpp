// What the index answers for: messages that are there, apart from what waits. Each account at one moment. An
// index that lies elsewhere than the messages has no moment in common with them, and is not looked at.
#include <fmt/format.h>

#include <roaring/roaring.hh>

#include "base/bytes.h"
#include "fsck/account.h"
#include "fsck/outside.h"
#include "fsck/repair.h"
#include "fsck/scan.h"
#include "mailbox/schema.h"
#include "search/indexing_list.h"
#include "search/postings.h"
#include "search/schema.h"
#include "store/subspace.h"

namespace gannet::fsck {
namespace {

struct Indexed {
  Roaring live, there, waiting;
  bool whole_waits = false;  // kForget, kRebuild
};

Result<void> read_live(const Context& context, store::Reader& reader, std::uint32_t account, Indexed& out) {
  const auto record = TRY(reader.get(search::head_key(account)));
  if (!record) return {};
  const auto head = TRY(search::decode_head(*record));
  for (const auto& segment : head.segments)
    TRY(for_each(context, reader, store::Range::prefix(search::live_prefix(account, segment.id)),
                 [&](const store::KeyValue& item) -> Result<void> {
                   return search::decode_documents(item.value, out.live);
                 }));
  return {};
}

Result<Indexed> read_account(const Context& context, store::Reader& reader, std::uint32_t account) {
  Indexed out;
  TRY(read_live(context, reader, account, out));
  const auto add = [&](const std::string& prefix, Roaring& to) {
    store::Range range = store::Range::prefix(prefix);
    range.keys_only = true;
    return for_each(context, reader, range, [&](const store::KeyValue& item) -> Result<void> {
      to.add(mailbox::number_of_key(item.key));
      return {};
    });
  };
  TRY(add(mailbox::message_prefix(account), out.there));
  TRY(add(search::waiting_prefix(account), out.waiting));
  out.whole_waits = out.waiting.contains(0);
  return out;
}

Result<void> settle_gone(const Context& context, std::uint32_t account, std::uint32_t document) {
  return settle(context,
                {{"index.gone", account, fmt::format("the index has message {}, which is gone", document)},
                 [&](store::WriteBatch& batch) {
                   batch.require_absent(mailbox::message_key(account, document));
                   search::list_removed(batch, account, document, context.clock.now());
                 }});
}

Result<void> settle_missing(const Context& context, store::Reader& moment, std::uint32_t account,
                            std::uint32_t document) {
  const std::string key = mailbox::message_key(account, document);
  const auto record = TRY(moment.get(key));
  const auto message = record ? std::optional(mailbox::decode_message(document, *record)) : std::nullopt;
  if (!message || !*message) return {};  // told of by the account's checks
  return settle(context, {{"index.missing", account,
                           fmt::format("message {} is neither in the index nor waits for it", document)},
                          [&](store::WriteBatch& batch) {
                            batch.require_value(key, *record);
                            search::list_added(batch, account, document, (*message)->blob, (*message)->trace,
                                               context.clock.now());
                          }});
}

Result<void> check_one(const Context& context, std::uint32_t account) {
  const auto moment = TRY(context.stores.data->snapshot());
  const auto read = read_account(context, *moment, account);
  if (!read && read.error().domain() == std::string_view("store") &&
      read.error().is(store::StoreError::kCorrupt))
    return settle(
        context,
        {{"index.damaged", account, "the account's index cannot be read: it is to be made anew"},
         [&](store::WriteBatch& batch) { search::list_rebuild(batch, account, context.clock.now()); }});
  if (!read) return std::unexpected(read.error());
  if (read->whole_waits) return {};
  for (const auto document : read->live - read->there - read->waiting)
    TRY(settle_gone(context, account, document));
  for (const auto document : read->there - read->live - read->waiting)
    TRY(settle_missing(context, *moment, account, document));
  return {};
}

}  // namespace

Result<void> check_search_index(const Context& context) {
  if (!context.stores.index_in_data()) return {};
  std::uint64_t done = 0;
  for (std::uint32_t from = 0;;) {
    const auto first =
        TRY(first_account(context, {store::Subspace::kSearch, store::Subspace::kMessage}, from));
    if (!first) return {};
    TRY(check_one(context, *first));
    context.listener.progress("index", ++done, 0);
    if (*first == UINT32_MAX) return {};
    from = *first + 1;
  }
}

}  // namespace gannet::fsck
