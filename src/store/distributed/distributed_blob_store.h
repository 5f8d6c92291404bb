// BlobStore over several others: each blob lies in one of them, chosen by its hash.
//
// Every member gives a blob a weight, by the member's name and the blob's hash (rendezvous hashing); the heaviest
// keeps it. So a member that is added takes its share of new blobs and moves none of the old ones; these are found
// because a read that misses asks the other members, in order of their weights. A blob whose member is full or
// cannot be reached goes to the next.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "store/blob_store.h"

namespace gannet::store {

struct BlobMember {
  std::string name;  // what its share depends on: another name, other blobs
  std::shared_ptr<BlobStore> blobs;
};

// At least one member.
std::shared_ptr<BlobStore> distribute_blobs(std::vector<BlobMember> members);

}  // namespace gannet::store
