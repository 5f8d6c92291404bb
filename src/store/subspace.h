// The first byte of every key names its subspace: a column family in RocksDB, a table in SQL.
//
// A part that owns keys writes their layout in one header of its own (for mail: mailbox/schema.h) and takes
// its subspaces from here, so that a backend knows every one when it opens.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace gannet::store {

enum class Subspace : std::uint8_t {
  kAccount = 'a',    // mailbox/: account heads, mailboxes, keyword tables, quota
  kMessage = 'm',    // mailbox/: immutable message records
  kState = 'n',      // mailbox/: mutable message records (keywords, mailbox, UID, modseq)
  kChange = 'c',     // mailbox/: change log, expunged UIDs
  kThread = 't',     // mailbox/: what joins a message to its thread
  kBlob = 'b',       // store/: blob contents, in chunks
  kBlobLink = 'k',   // store/: who uses a blob, and since when nobody does
  kDirectory = 'd',  // directory/: principals, addresses, account numbers
  kQueue = 'q',      // mta/: queue entries and their due index
  kSearch = 'f',     // search/: postings
  kIndexing = 'i',   // search/: what waits to be indexed
  kLookup = 'l',     // store/: lookup_record.h only, since a backend may drop what has expired
  kSetting = 's',    // config/: settings changed at run time; the store's own facts
};

struct SubspaceInfo {
  Subspace id;
  std::string_view name;  // the column family or table, without prefix
};

inline constexpr std::array kSubspaces = {
    SubspaceInfo{Subspace::kAccount, "account"},    SubspaceInfo{Subspace::kMessage, "message"},
    SubspaceInfo{Subspace::kState, "state"},        SubspaceInfo{Subspace::kChange, "change"},
    SubspaceInfo{Subspace::kThread, "thread"},      SubspaceInfo{Subspace::kBlob, "blob"},
    SubspaceInfo{Subspace::kBlobLink, "blob_link"}, SubspaceInfo{Subspace::kDirectory, "directory"},
    SubspaceInfo{Subspace::kQueue, "queue"},        SubspaceInfo{Subspace::kSearch, "search"},
    SubspaceInfo{Subspace::kIndexing, "indexing"},  SubspaceInfo{Subspace::kLookup, "lookup"},
    SubspaceInfo{Subspace::kSetting, "setting"},
};

}  // namespace gannet::store
