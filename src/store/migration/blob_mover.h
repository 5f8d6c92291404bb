// Moves messages from one BlobStore to another.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "store/blob_store.h"
#include "store/data_store.h"
#include "store/migration/mover.h"

namespace gannet::store::migration {

// A BlobStore, opened. `in_data`: its put_with() joins batches that go to the store for data.
struct OpenBlobStore {
  std::shared_ptr<BlobStore> blobs;
  bool in_data = false;
};
using BlobStoreById = std::function<Result<OpenBlobStore>(const std::string& id)>;

struct MovableBlobs {
  std::shared_ptr<BlobStore> blobs;  // for the server's parts; reserved as reserving() does
  std::shared_ptr<Mover> mover;
};
// `is_target`: of the migration that is under way. `in_flight`: how many messages are copied or compared at once.
// An item is a blob's 32 octets; the list of changes is durable. Which blobs there have to be is told by their
// links (blob_links.h), not by what a store lists. What is read and is not where it should be is looked for in the
// other store, too. `clock` and `random` must outlive it.
MovableBlobs movable_blobs(OpenBlobStore in_force, bool is_target, BlobStoreById open,
                           std::shared_ptr<DataStore> data, std::size_t in_flight, Clock& clock,
                           Random& random);

}  // namespace gannet::store::migration
