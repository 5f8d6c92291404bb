// Terms, their documents and positions into the three sections of a segment: for whoever builds one (builder.h), and for
// whoever makes one of several (merge.h).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "search/blocks.h"
#include "search/schema.h"

namespace gannet::search {

// One thread. Terms, and what belongs to each, may come before all positions or between them.
class TermWriter {
 public:
  // A term: its fields, ascending, each with its documents, ascending and at least one.
  void add_documents(std::string_view term, std::uint8_t field, std::span<const std::uint32_t> documents);
  void end_term(std::string_view term);
  // A term with a value of an other segment, whose postings that lie apart are added as they are.
  void add_term(std::string_view term, std::string_view value) { writer(Section::kTerms).add(term, value); }

  // Positions of a term in a field: documents ascending, `packed` by pack_positions().
  void add_positions(std::string_view term, std::uint8_t field, std::uint32_t document,
                     std::string_view packed);
  void end_positions();

  PieceWriter& writer(Section section);
  // Of everything added and ended.
  std::size_t bytes() const;

 private:
  std::array<PieceWriter, 3> writers_;
  std::string value_, documents_, key_;  // of the term
  std::string entry_, entry_key_;        // of the positions
  std::uint32_t before_ = 0;
};

}  // namespace gannet::search
