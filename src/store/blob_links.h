// Who uses a blob, kept in the DataStore, so that unused ones can be collected and used ones never are.
//
// States of a blob, by the keys in Subspace::kBlobLink:
//
//   | epoch key | link keys | tombstone | meaning                                            | what may
//   happen        | | absent    | none      | absent    | unknown: put but never linked, or collected | link,
//   collect by age   | | present   | some      | absent    | in use | link, unlink           | | present   |
//   none      | absent    | unused since the epoch's time                      | link, collect          | |
//   absent    | none      | present   | being removed; only the collector may go on        | the collector
//   finishes |
//
// Linking writes a fresh epoch and requires the tombstone to be absent; the collector requires the epoch to
// be the one that it saw before it found no links. So one of the two meets a Conflict, whichever comes
// second.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "store/blob_store.h"
#include "store/data_store.h"

namespace gannet::store {

// `owner` names the user of the blob uniquely, for example account and document number.
void link_blob(WriteBatch& batch, const BlobId& blob, std::string_view owner, WallTime now, Random& random);
void unlink_blob(WriteBatch& batch, const BlobId& blob, std::string_view owner, WallTime now, Random& random);
Result<bool> is_linked(Reader& reader, const BlobId& blob);

struct CollectOutcome {
  std::uint64_t examined = 0;
  std::uint64_t removed = 0;
  std::string next;  // continue here; empty when the pass is complete
};
// Removes blobs that nobody has linked for `grace`, examining at most `limit` from `from` on. Any thread.
Result<CollectOutcome> collect_blobs(DataStore& data, BlobStore& blobs, WallTime now, Duration grace,
                                     std::size_t limit, std::string_view from);

}  // namespace gannet::store
