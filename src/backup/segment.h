// A file of a backup: records of a key and a value, compressed by zstd as one stream.
//
// A record: two 32-bit lengths (little-endian), the key, the value. Memory is bounded by the largest record.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/result.h"

namespace gannet::backup {

// As a manifest tells of a file.
struct FileFacts {
  std::string name;         // below the backup's folder, with '/'
  std::uint64_t bytes = 0;  // of the file
  std::string sha256;       // of the file, hexadecimal
  std::uint64_t records = 0;
};

// One thread.
class SegmentWriter {
 public:
  static Result<SegmentWriter> create(const std::filesystem::path& file);
  SegmentWriter(SegmentWriter&&) noexcept;
  ~SegmentWriter();

  Result<void> add(std::string_view key, std::string_view value);
  // Octets of records so far, before compression.
  std::uint64_t taken() const;
  // Writes what is left; synced. `name` is the manifest's.
  Result<FileFacts> finish(std::string name);

 private:
  struct State;
  explicit SegmentWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

using EachRecord = std::function<Result<void>(std::string_view key, std::string_view value)>;
// Reads all of a file, then compares length, sum and number of records. kDamaged names the file.
Result<void> read_segment(const std::filesystem::path& root, const FileFacts& facts, const EachRecord& each);

}  // namespace gannet::backup
