// BlobStore over any DataStore, in Subspace::kBlob:
//
//   'b' 'h' id        header: version, size of the content, size of a piece
//   'b' 'p' id u32    piece n of the content (blob_codec.h)
//
// A blob is there if its header is; pieces are written before it or with it.
#pragma once

#include <memory>

#include "store/blob_codec.h"
#include "store/blob_store.h"
#include "store/data_store.h"

namespace gannet::store {

struct BlobOptions {
  Compression compression = Compression::kLz4;
  int level = 3;                       // zstd's
  std::size_t piece_size = 256 << 10;  // content bytes a piece: what a read of a byte range reads at least
};

// put_with() must be given batches that go to `data`.
std::shared_ptr<BlobStore> blob_store_over(std::shared_ptr<DataStore> data, BlobOptions options = {});

}  // namespace gannet::store
