// How the documents of a term, and a word's positions in them, are written down.
#pragma once

#include <cstdint>
#include <roaring/roaring.hh>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/errors.h"

namespace gannet::search {

// Ascending documents: differences where there are few, a Roaring bitmap (portable format) where there are
// many. Those of one block (65536 documents) take 8.3 KB at most.
std::string encode_documents(std::span<const std::uint32_t> documents);
std::string encode_documents(const Roaring& documents);
void append_documents(std::string& out, std::span<const std::uint32_t> documents);
// Adds them to `out`; kCorrupt for anything that encode_documents() did not write.
Result<void> decode_documents(std::string_view record, Roaring& out);
Result<void> decode_documents(std::string_view record, std::vector<std::uint32_t>& out);

// A term's value: for each field its postings, or that they lie in Section::kPostings.
struct FieldPostings {
  std::uint8_t field = 0;
  bool apart = false;
  std::string_view documents;  // not apart
};
void append_field(std::string& value, std::uint8_t field, std::string_view documents);
void append_field_apart(std::string& value, std::uint8_t field);

// Walks a term's value. A damaged one ends early: check ok().
class FieldReader {
 public:
  explicit FieldReader(std::string_view value) : rest_(value) {}
  bool next();
  const FieldPostings& postings() const { return postings_; }
  bool ok() const { return ok_; }

 private:
  std::string_view rest_;
  FieldPostings postings_;
  bool ok_ = true;
};

// Positions of one word in one field, document by document. Of a document with more than kMaxPositions only
// so many are kept: whoever finds as many knows that there are others.
inline constexpr std::size_t kMaxPositions = 4000;
// Ascending positions; `out` is replaced.
void pack_positions(std::span<const std::uint32_t> positions, std::string& out);
Result<void> unpack_positions(std::string_view packed, std::vector<std::uint32_t>& out);

// Walks an entry of Section::kPositions, document by document. A damaged one ends early: check ok().
class PositionsReader {
 public:
  // `first`: the document of the entry's key.
  PositionsReader(std::uint32_t first, std::string_view entry) : rest_(entry), document_(first) {}
  bool next();
  // Whether next() has been called.
  bool started() const { return started_; }
  std::uint32_t document() const { return static_cast<std::uint32_t>(document_); }
  std::string_view packed() const { return packed_; }
  bool ok() const { return ok_; }

 private:
  std::string_view rest_, packed_;
  std::uint64_t document_;
  bool started_ = false, ok_ = true;
};

}  // namespace gannet::search
