// What waits to be indexed: the durable list in Subspace::kIndexing.
//
//   'i' account document     what is to be done about the document, and since when; document 0: the account
//
// Whoever adds or removes a message says so in the same commit (mailbox/); whoever indexes (indexer.h) takes an
// entry away on condition that it is still the one that was read. A later entry of a document replaces an
// earlier one, and may: a message never changes, and its number is never used again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "store/blob_store.h"
#include "store/data_store.h"
#include "store/write_batch.h"

namespace gannet::search {

struct Waiting {
  enum class Work : std::uint8_t { kAdd = 1, kRemove = 2, kForget = 3, kRebuild = 4 };
  std::uint32_t account = 0;
  std::uint32_t document = 0;
  Work work = Work::kAdd;
  WallTime since;
  std::optional<store::BlobId> blob;  // kAdd
  std::string trace;                  // kAdd: header lines in front of the blob
  std::string position;               // kRebuild: how far it has got; empty: not begun
  // kRebuild: about how many of the account's messages it has before it; nothing: not known yet.
  std::optional<std::uint64_t> messages;
  std::string key, record;  // as they are in the store
};

void list_added(store::WriteBatch& batch, std::uint32_t account, std::uint32_t document,
                const store::BlobId& blob, std::string_view trace, WallTime now);
void list_removed(store::WriteBatch& batch, std::uint32_t account, std::uint32_t document, WallTime now);
// All of the account is to be indexed anew, from the mail itself.
void list_rebuild(store::WriteBatch& batch, std::uint32_t account, WallTime since,
                  std::string_view position = {}, std::optional<std::uint64_t> messages = {});
// All of the account is gone; what waited of it does no longer.
void list_forgotten(store::WriteBatch& batch, std::uint32_t account, WallTime now);

std::string waiting_prefix(std::uint32_t account);
// kCorrupt for anything else.
Result<Waiting> decode_waiting(std::string_view key, std::string_view record);

// The first account from `from` on of which something waits.
Result<std::optional<std::uint32_t>> next_waiting_account(store::Reader& reader, std::uint32_t from);

struct Lag {
  // Entries; of an account that is indexed anew all of its messages that are not yet.
  std::uint64_t waiting = 0;
  std::optional<WallTime> oldest;  // of the first entry of each account
};
Result<Lag> lag(store::Reader& reader);

}  // namespace gannet::search
