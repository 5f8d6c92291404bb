// How a piece of a blob is kept: its codec, its checksum, its size, its bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "store/errors.h"

namespace gannet::store {

// The numbers are stored: never change one.
enum class Compression : std::uint8_t { kNone = 0, kLz4 = 1, kZstd = 2 };

// With `compression`, or as it is where that saves less than a sixteenth. `level`: zstd's, 1 to 19. Any
// thread.
std::string encode_piece(std::string_view content, Compression compression, int level);
// kCorrupt for anything that encode_piece() did not write. `max_size` bounds the content.
Result<std::string> decode_piece(std::string_view stored, std::size_t max_size);

}  // namespace gannet::store
