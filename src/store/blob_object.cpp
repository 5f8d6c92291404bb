#include "store/blob_object.h"

#include <algorithm>
#include <vector>

#include "base/bytes.h"
#include "base/hash.h"

namespace gannet::store {
namespace {

constexpr std::string_view kMagic = "GNB1";
constexpr std::size_t kPrefix = 12;
constexpr std::uint8_t kVersion = 1;
constexpr std::uint64_t kMaxHeader = 64 << 20;
constexpr std::uint64_t kMaxPiece = 64 << 20;
constexpr std::uint64_t kAtOnce = 16 << 20;  // stored bytes read in one go

std::string little_endian(std::uint32_t value) {
  std::string out;
  for (int i = 0; i < 4; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
  return out;
}
std::uint32_t little_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (unsigned i = 0; i < 4; ++i) value |= std::uint32_t{static_cast<std::uint8_t>(bytes[i])} << (8 * i);
  return value;
}

struct Layout {
  std::uint64_t size = 0;
  std::uint64_t piece_size = 0;
  std::vector<std::uint64_t> starts;  // of each piece, from the start of the object; then the object's end

  std::uint64_t pieces() const { return starts.size() - 1; }
};

// The size of prefix and header together; 0 if `start` does not begin an object.
std::uint64_t header_end(std::string_view start) {
  if (start.size() < kPrefix || !start.starts_with(kMagic)) return 0;
  const std::uint64_t size = little_endian(start.substr(4));
  return size <= kMaxHeader ? kPrefix + size : 0;
}

// `start` holds the whole header.
Result<Layout> decode_layout(const BlobId& id, std::string_view start) {
  const std::uint64_t end = header_end(start);
  const std::string_view header = start.substr(kPrefix, end - kPrefix);
  if (crc32c(header) != little_endian(start.substr(8))) return blob_corrupt(id, "its header is damaged");
  RecordReader in(header);
  const std::uint8_t version = in.u8();
  const std::string_view stored_id = in.raw(id.bytes.size());
  Layout layout{.size = in.varint(), .piece_size = in.varint(), .starts = {end}};
  if (!in.ok() || version != kVersion || layout.piece_size == 0 || layout.piece_size > kMaxPiece)
    return blob_corrupt(id, "its header cannot be read");
  if (stored_id != id.raw()) return blob_corrupt(id, "another blob is in its place");
  while (in.remaining() > 0) {
    const std::uint64_t stored = in.varint();
    if (stored > 2 * kMaxPiece) return blob_corrupt(id, "its header cannot be read");
    layout.starts.push_back(layout.starts.back() + stored);
  }
  if (!in.ok() || layout.pieces() != (layout.size + layout.piece_size - 1) / layout.piece_size)
    return blob_corrupt(id, "its header cannot be read");
  return layout;
}

// Reads on from `held`, which holds the object's first bytes.
class ObjectReader {
 public:
  ObjectReader(const BlobId& id, std::string held, const ReadBytes& read)
      : id_(id), held_(std::move(held)), read_(read) {}

  Result<Layout> layout() {
    const std::uint64_t end = header_end(held_);
    if (end == 0) return blob_corrupt(id_, "not a blob of ours, or cut off");
    if (held_.size() < end) held_ += TRY(read_(held_.size(), end));
    if (held_.size() < end) return blob_corrupt(id_, "its header is cut off");
    return decode_layout(id_, held_);
  }

  // Appends the content of pieces [first, last] to `out`.
  Result<void> pieces(const Layout& layout, std::uint64_t first, std::uint64_t last, std::string& out) {
    for (std::uint64_t n = first; n <= last; ++n) {
      const std::uint64_t begin = layout.starts[n], end = layout.starts[n + 1];
      if (begin < held_from_ || end > held_from_ + held_.size()) {
        std::uint64_t upto = n;
        while (upto < last && layout.starts[upto + 2] - begin <= kAtOnce) ++upto;
        TRY(hold(begin, layout.starts[upto + 1]));
      }
      const std::string_view stored = std::string_view(held_).substr(begin - held_from_, end - begin);
      auto piece = decode_piece(stored, layout.piece_size);
      if (!piece) return blob_corrupt(id_, piece.error().detail());
      if (piece->size() != std::min(layout.piece_size, layout.size - n * layout.piece_size))
        return blob_corrupt(id_, "a piece has another size");
      if (out.empty())
        out = *std::move(piece);
      else
        out += *piece;
    }
    return {};
  }

 private:
  Result<void> hold(std::uint64_t begin, std::uint64_t end) {
    // What is held already and is wanted again is not read twice.
    std::string kept;
    if (begin >= held_from_ && begin < held_from_ + held_.size()) kept = held_.substr(begin - held_from_);
    kept += TRY(read_(begin + kept.size(), end));
    if (kept.size() < end - begin) return blob_corrupt(id_, "it is cut off");
    held_ = std::move(kept), held_from_ = begin;
    return {};
  }

  const BlobId id_;
  std::string held_;
  std::uint64_t held_from_ = 0;
  const ReadBytes& read_;
};

}  // namespace

EncodedObject encode_object(const BlobId& id, std::string_view content, const ObjectOptions& options) {
  EncodedObject out;
  RecordWriter header(kVersion);
  header.raw(id.raw()).varint(content.size()).varint(options.piece_size);
  for (std::size_t at = 0; at < content.size(); at += options.piece_size) {
    const std::string piece =
        encode_piece(content.substr(at, options.piece_size), options.compression, options.level);
    header.varint(piece.size());
    out.pieces += piece;
  }
  const std::string record = header.take();
  out.header = std::string(kMagic) + little_endian(static_cast<std::uint32_t>(record.size())) +
               little_endian(crc32c(record)) + record;
  return out;
}

Result<std::string> read_object(const BlobId& id, std::uint64_t offset, std::uint64_t length,
                                std::size_t first_read, const ReadBytes& read) {
  const bool from_start = offset == 0 && length >= kAtOnce;
  ObjectReader reader(id, TRY(read(0, from_start ? kAtOnce : std::max(first_read, kPrefix))), read);
  const Layout layout = TRY(reader.layout());
  if (offset >= layout.size || length == 0) return std::string();
  length = std::min(length, layout.size - offset);

  const std::uint64_t first = offset / layout.piece_size;
  const std::uint64_t last = (offset + length - 1) / layout.piece_size;
  std::string out;
  TRY(reader.pieces(layout, first, last, out));
  out.erase(0, offset - first * layout.piece_size);
  out.resize(length);
  if (length == layout.size && BlobId::of(out) != id) return blob_corrupt(id, "its hash differs");
  return out;
}

std::unexpected<Error> blob_not_found(const BlobId& id, const std::string& place) {
  return fail(StoreError::kNotFound, "the message's content is not in the store",
              "blob " + id.hex() + " in " + place);
}

std::unexpected<Error> blob_corrupt(const BlobId& id, std::string_view why) {
  return fail(StoreError::kCorrupt, "a stored message is damaged",
              "blob " + id.hex() + ": " + std::string(why));
}

}  // namespace gannet::store
