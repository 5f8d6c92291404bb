// A blob as one run of bytes, for stores that keep each in a file or an object of its own:
//
//   "GNB1"  u32 size of the header  u32 its CRC-32C      (little-endian)
//   header: version, id, size of the content, content bytes a piece, stored size of each piece
//   the pieces (blob_codec.h), one after the other
//
// The header comes first and knows where each piece is, so that a byte range costs one read where it lies near
// the start, else two. Each piece names its codec: a change of the setting leaves what is stored readable.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "store/blob_codec.h"
#include "store/blob_store.h"

namespace gannet::store {

struct ObjectOptions {
  Compression compression = Compression::kLz4;
  int level = 3;                       // zstd's
  std::size_t piece_size = 256 << 10;  // content bytes a piece
};

struct EncodedObject {
  std::string header;
  std::string pieces;
  std::size_t size() const { return header.size() + pieces.size(); }
};
EncodedObject encode_object(const BlobId& id, std::string_view content, const ObjectOptions& options);

// Bytes [begin, end) of the stored object, fewer at its end.
using ReadBytes = std::function<Result<std::string>(std::uint64_t begin, std::uint64_t end)>;

// Bytes [offset, offset + length) of the content, fewer at its end. `first_read`: how much to read at once of
// an object of which only a part is wanted, before anything is known of it. A content that was read whole is
// compared with its id. Errors: kCorrupt, and what `read` returns.
Result<std::string> read_object(const BlobId& id, std::uint64_t offset, std::uint64_t length,
                                std::size_t first_read, const ReadBytes& read);

// The errors of every such store.
std::unexpected<Error> blob_not_found(const BlobId& id, const std::string& place);
std::unexpected<Error> blob_corrupt(const BlobId& id, std::string_view why);

}  // namespace gannet::store
