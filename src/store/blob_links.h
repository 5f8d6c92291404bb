// Who uses a blob, kept in the DataStore, so that unused ones can be collected and used ones never are.
//
// Keys in Subspace::kBlobLink:
//
//   'k' 'b' id 'e'          epoch: when its use last changed, and a random number
//   'k' 'b' id 'l' owner    a link: `owner` uses it
//   'k' 'b' id 't'          tombstone: it is being removed
//   'k' 'c' id              candidate: the collector is to look at it
//
// States of a blob:
//
//   | epoch   | links | tombstone | meaning                             | who may go on                      |
//   |---------|-------|-----------|-------------------------------------|------------------------------------|
//   | absent  | none  | absent    | unknown, or collected               | reserve, link                      |
//   | present | some  | absent    | in use                              | link, unlink                       |
//   | present | none  | absent    | reserved, or unused since the epoch | link, reserve, collect after grace |
//   | absent  | none  | present   | being removed                       | the collector alone                |
//
// Whoever links or reserves writes a fresh epoch and requires the tombstone to be absent. The collector sees
// the epoch, then that there are no links, and writes the tombstone on condition that the epoch is still the
// one that it saw. So one of the two meets a conflict, whichever comes second. Before the tombstone goes, the
// blob is gone: who found the blob there earlier than that must not link it without looking again, which is
// what BlobStore::put_with() (by a precondition) and put() behind reserving() (by the grace) see to.
// After a conflict the caller starts over with put_with() or put(), not with the commit alone.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
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
// Announces that it is about to be put: it is kept for the grace time from `now` without any link.
void reserve_blob(WriteBatch& batch, const BlobId& blob, WallTime now, Random& random);
Result<bool> is_linked(Reader& reader, const BlobId& blob);

// --- for checks (fsck/): the keys as they are

struct BlobLinkKey {
  enum class Kind : std::uint8_t { kEpoch = 'e', kLink = 'l', kTombstone = 't', kCandidate = 'c' };
  BlobId blob;
  Kind kind = Kind::kEpoch;
  std::string owner;  // kLink
};
std::string blob_link_key(const BlobId& blob, BlobLinkKey::Kind kind, std::string_view owner = {});
// Nothing for a key that is none.
std::optional<BlobLinkKey> read_blob_link_key(std::string_view key);
// Of all that is known of one blob, its candidate apart; without a blob, of all blobs.
std::string blob_links_prefix(const BlobId* blob = nullptr);

// `blobs`, with every put() reserved in `data` first: so a blob that is never linked (a crash came between)
// is collected, and one that is linked within the grace time is not. `blobs_in_data`: its put_with() joins
// batches that go to `data`, and so needs no reservation. `clock` and `random` must outlive it.
std::shared_ptr<BlobStore> reserving(std::shared_ptr<BlobStore> blobs, bool blobs_in_data,
                                     std::shared_ptr<DataStore> data, Clock& clock, Random& random);

struct CollectOutcome {
  std::uint64_t examined = 0;
  std::uint64_t removed = 0;
  std::string next;  // continue here; empty when the pass is complete
};
// Removes blobs that nobody has linked for `grace`, examining at most `limit` candidates from `from` on. Any
// thread; passes may overlap.
Result<CollectOutcome> collect_blobs(DataStore& data, BlobStore& blobs, WallTime now, Duration grace,
                                     std::size_t limit, std::string_view from, Random& random);

}  // namespace gannet::store
