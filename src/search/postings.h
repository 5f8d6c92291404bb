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
// Adds them to `out`; kCorrupt for anything that encode_documents() did not write.
Result<void> decode_documents(std::string_view record, Roaring& out);

// A term's value: for each field its postings, or that they lie in Section::kPostings.
struct FieldPostings {
  std::uint8_t field = 0;
  bool apart = false;
  std::string_view documents;  // not apart
};
void append_field(std::string& value, std::uint8_t field, std::string_view documents);
void append_field_apart(std::string& value, std::uint8_t field);
Result<std::vector<FieldPostings>> decode_term(std::string_view value);

// Positions of one word in one field, document by document. Of a document with more than kMaxPositions only
// so many are kept: whoever finds as many knows that there are others.
inline constexpr std::size_t kMaxPositions = 4000;
struct DocumentPositions {
  std::uint32_t document = 0;
  std::string_view packed;
};
// Ascending positions.
std::string pack_positions(std::span<const std::uint32_t> positions);
Result<std::vector<std::uint32_t>> unpack_positions(std::string_view packed);
// An entry begins at the document of its key.
void append_positions(std::string& entry, std::uint32_t before, const DocumentPositions& positions);
Result<std::vector<DocumentPositions>> decode_positions(std::uint32_t first, std::string_view entry);

}  // namespace gannet::search
