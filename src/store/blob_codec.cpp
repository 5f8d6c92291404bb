#include "store/blob_codec.h"

#include <lz4.h>
#include <zstd.h>

#include <memory>

#include "base/assert.h"
#include "base/bytes.h"
#include "base/hash.h"

namespace gannet::store {
namespace {

constexpr std::uint8_t kVersion = 1;

// One each thread: making a context costs more than a small message.
ZSTD_CCtx* zstd_compressor() {
  thread_local std::unique_ptr<ZSTD_CCtx, std::size_t (*)(ZSTD_CCtx*)> context(ZSTD_createCCtx(),
                                                                               &ZSTD_freeCCtx);
  return context.get();
}
ZSTD_DCtx* zstd_decompressor() {
  thread_local std::unique_ptr<ZSTD_DCtx, std::size_t (*)(ZSTD_DCtx*)> context(ZSTD_createDCtx(),
                                                                               &ZSTD_freeDCtx);
  return context.get();
}

// Empty if it cannot be done.
std::string compress(std::string_view content, Compression compression, int level) {
  std::string out;
  if (compression == Compression::kLz4) {
    out.resize(static_cast<std::size_t>(LZ4_compressBound(static_cast<int>(content.size()))));
    const int size = LZ4_compress_default(content.data(), out.data(), static_cast<int>(content.size()),
                                          static_cast<int>(out.size()));
    out.resize(static_cast<std::size_t>(size));
  } else if (compression == Compression::kZstd) {
    out.resize(ZSTD_compressBound(content.size()));
    const std::size_t size =
        ZSTD_compressCCtx(zstd_compressor(), out.data(), out.size(), content.data(), content.size(), level);
    out.resize(ZSTD_isError(size) ? 0 : size);
  }
  return out;
}

bool decompress(std::string_view data, Compression compression, std::string& out) {
  switch (compression) {
    case Compression::kNone:
      out.assign(data);
      return true;
    case Compression::kLz4: {
      const int size = LZ4_decompress_safe(data.data(), out.data(), static_cast<int>(data.size()),
                                           static_cast<int>(out.size()));
      return size >= 0 && static_cast<std::size_t>(size) == out.size();
    }
    case Compression::kZstd:
      return ZSTD_decompressDCtx(zstd_decompressor(), out.data(), out.size(), data.data(), data.size()) ==
             out.size();
  }
  return false;
}

std::unexpected<Error> corrupt(const char* why) {
  return fail(StoreError::kCorrupt, "a stored message is damaged", std::string("blob piece: ") + why);
}

}  // namespace

std::string encode_piece(std::string_view content, Compression compression, int level) {
  GANNET_ASSERT(content.size() <= LZ4_MAX_INPUT_SIZE);
  std::string packed = compress(content, compression, level);
  std::string_view data = packed;
  if (packed.empty() || packed.size() > content.size() - content.size() / 16) {
    compression = Compression::kNone;
    data = content;
  }
  RecordWriter out(kVersion);
  out.u8(static_cast<std::uint8_t>(compression)).varint(content.size()).varint(crc32c(data)).raw(data);
  return out.take();
}

Result<std::string> decode_piece(std::string_view stored, std::size_t max_size) {
  RecordReader in(stored);
  const std::uint8_t version = in.u8();
  const auto compression = static_cast<Compression>(in.u8());
  const std::uint64_t size = in.varint();
  const std::uint64_t checksum = in.varint();
  const std::string_view data = in.rest();
  if (!in.ok() || version != kVersion) return corrupt("not a piece");
  if (size > max_size) return corrupt("too large");
  if (crc32c(data) != checksum) return corrupt("checksum differs");
  std::string content(size, '\0');
  if (!decompress(data, compression, content) || content.size() != size)
    return corrupt("cannot be decompressed");
  return content;
}

}  // namespace gannet::store
