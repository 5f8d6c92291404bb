// How keys and values lie in FoundationDB, which takes values of up to 100,000 bytes and transactions of up to
// 10,000,000.
//
//   prefix 'v' key                      the value, or where it lies
//   prefix 'x' <key> generation u32     piece n of a large value; <key> as KeyWriter::string() writes it, so
//                                       that the pieces of a range of keys are a range too
//   prefix 'y' generation               a large value under way: its key, and when it was begun
//   prefix 'i' u64 minute random        a commit that was applied, kept until nobody can ask for it any more
//   prefix 'f'                          the version of this layout
//
// A value is stored as it is, so that counters can be added to in place, unless it is large or begins with the
// mark: then a mark, 'r' and the value; or a mark, 'p', generation (16 bytes), size. The mark is longer than a
// counter, so no addition can ever make one.
//
//   | state of a large value | pieces  | 'y'     | 'v' points to it | who may go on                               |
//   |------------------------|---------|---------|------------------|---------------------------------------------|
//   | being staged           | some    | present | no               | its writer; the sweep, when it is old       |
//   | staged                 | all     | present | no               | its writer's commit; another writer of the  |
//   |                        |         |         |                  | key may clear the pieces: it is staged anew |
//   | in use                 | all     | absent  | yes              | readers; whoever overwrites or clears it    |
//
// The commit that points to the pieces reads the first of them, so that it conflicts with whoever clears them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace gannet::store::fdb {

inline constexpr std::size_t kPieceBytes = 90'000;
inline constexpr std::size_t kGenerationBytes = 16;

struct Pointer {
  std::string generation;
  std::uint64_t size = 0;
  std::uint32_t pieces() const { return static_cast<std::uint32_t>((size + kPieceBytes - 1) / kPieceBytes); }
};

class Layout {
 public:
  // `prefix`: what every key begins with, so that others may use the same cluster.
  explicit Layout(std::string prefix) : prefix_(std::move(prefix)) {}

  std::string value(std::string_view key) const;
  // The key that value() was made of.
  std::string_view key_of(std::string_view physical) const { return physical.substr(prefix_.size() + 1); }

  std::string pieces(std::string_view key) const;  // what the pieces of all generations begin with
  std::string pieces(std::string_view key, std::string_view generation) const;
  std::string piece(std::string_view key, std::string_view generation, std::uint32_t number) const;

  std::string staging(std::string_view generation) const;
  std::string all_staging() const;
  std::string_view generation_of(std::string_view physical) const {
    return physical.substr(prefix_.size() + 1);
  }

  std::string applied(WallTime now, std::string_view random) const;
  // Where those of an earlier minute end.
  std::string applied_before(WallTime time) const;
  std::string all_applied() const;

  std::string version() const;
  const std::string& prefix() const { return prefix_; }

 private:
  std::string zone(char letter) const { return prefix_ + letter; }
  std::string prefix_;
};

// A value of up to kPieceBytes as it is stored.
std::string encode_value(std::string_view value);
std::string encode_pointer(const Pointer& pointer);

// What lies under a key: the value itself, or where its pieces are. Nothing: not written by this layout.
struct Stored {
  std::string value;
  std::optional<Pointer> pointer;
};
std::optional<Stored> decode_stored(std::string stored);

struct StagingRecord {
  std::string key;
  WallTime begun;
};
std::string encode_staging(const StagingRecord& record);
std::optional<StagingRecord> decode_staging(std::string_view record);

}  // namespace gannet::store::fdb
