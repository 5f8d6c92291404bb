// A sorted list of entries, kept as values of bounded size: each holds a run of entries and is named by the
// first of them. The format of all sections of a segment.
//
//   value = version, then for each entry: bytes shared with the key before it, the rest of the key, the value
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/data_store.h"

namespace gannet::search {

// No entry's value is longer, so that no piece is longer than kPieceBytes + kMaxEntry and a key.
inline constexpr std::size_t kMaxEntry = 16 << 10;
inline constexpr std::size_t kPieceBytes = 32 << 10;

// What a writer made: `key` is the first entry's.
struct Piece {
  std::string key;
  std::string value;
};

// Takes entries in strictly ascending order.
class PieceWriter {
 public:
  void add(std::string_view key, std::string_view value);
  // What is complete so far; with `all`, the last one too.
  std::vector<Piece> take(bool all);
  bool has_complete() const { return !done_.empty(); }
  // Of everything added.
  std::size_t bytes() const { return bytes_; }

 private:
  void close();
  std::vector<Piece> done_;
  Piece open_;
  std::string last_;
  std::size_t bytes_ = 0;
};

// Walks one piece's entries. A damaged piece ends early: check ok().
class PieceReader {
 public:
  explicit PieceReader(std::string_view piece);
  bool next();
  const std::string& key() const { return key_; }
  std::string_view value() const { return value_; }
  bool ok() const { return ok_; }

 private:
  std::string_view rest_;
  std::string key_;
  std::string_view value_;
  bool ok_ = true;
};

// Walks the entries of a section from `from` on, reading pieces as it goes. `reader` must outlive it.
class SectionCursor {
 public:
  // `pieces`: pieces that one read asks for; few for a look-up, more for a walk. Nothing that begins at `until` or behind
  // is read; empty: to the section's end.
  SectionCursor(store::Reader& reader, std::string prefix, std::string_view from, std::size_t pieces,
                std::string_view until = {});
  // False at the end.
  Result<bool> next();
  // As next(), but passes over what is not the last entry at or before `key`, as far as that can be told without reading
  // more. Where walking on has not been worth it, pieces are then looked up one by one.
  Result<bool> next_towards(std::string_view key);
  const std::string& key() const { return piece_->key(); }
  std::string_view value() const { return piece_->value(); }

 private:
  Result<bool> read();
  Result<bool> read_first();
  Result<bool> read_target();
  store::Reader& reader_;
  const std::string prefix_;
  const std::string from_;
  std::size_t pieces_;
  std::optional<store::Range> range_;  // what comes after page_; nothing: that was all
  std::vector<store::KeyValue> page_;
  std::size_t at_ = 0;
  std::size_t used_ = 0;  // pieces of page_ that were walked through
  std::optional<PieceReader> piece_;
  bool started_ = false;
  std::string target_;   // of next_towards(), with the prefix; empty: none
  bool walking_ = true;  // rather than looking up target_
};

}  // namespace gannet::search
