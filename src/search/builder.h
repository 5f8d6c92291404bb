// Documents into a segment, in memory.
#pragma once

#include <array>
#include <cstdint>
#include <roaring/roaring.hh>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "search/blocks.h"
#include "search/options.h"
#include "search/schema.h"
#include "search/term_table.h"
#include "store/search_store.h"

namespace gannet::search {

// A segment, but for its number.
struct SegmentData {
  struct SectionPiece {
    Section section;
    Piece piece;
  };
  std::vector<SectionPiece> pieces;
  Roaring documents;
  std::set<std::string> languages;
  std::uint64_t bytes = 0;
};

// One thread.
class SegmentBuilder {
 public:
  explicit SegmentBuilder(const TextOptions& options) : options_(options) {}
  // In ascending order of numbers, each once.
  void add(const store::SearchDocument& document);
  std::size_t documents() const { return documents_; }
  // About what the segment will take.
  std::size_t bytes() const { return bytes_; }
  // The builder is empty afterwards.
  SegmentData finish();

 private:
  // What is remembered of a term.
  struct Term {
    // The stem that it had last, and in which language.
    std::uint32_t stem = 0;
    std::array<char, 2> stem_language{};
    // Where it was met last.
    std::uint8_t field = 0;
    std::uint32_t document = 0;
  };
  // The hits of all terms, by name.
  struct Gathered {
    std::vector<std::uint32_t> order;   // terms
    std::vector<std::size_t> ends;      // of each, behind its last place
    std::vector<std::uint64_t> places;  // of each, ascending
  };

  std::uint32_t term(char kind, std::string_view text);
  void add_text(const store::SearchDocument::Field& field, std::size_t& left);
  void add_stem(std::uint32_t word, std::string_view original, std::string_view language, std::uint8_t field,
                bool plain);
  void hit(std::uint32_t term, std::uint8_t field, std::uint32_t position);
  Gathered gather();
  std::string language_of(const store::SearchDocument& document, const store::SearchDocument::Field& field);

  TextOptions options_;
  TermTable names_;
  std::vector<Term> terms_;
  // Of each hit the term; and its field, document and position in one number that sorts as they do.
  std::vector<std::uint32_t> hit_terms_;
  std::vector<std::uint64_t> hit_places_;
  std::string stem_name_;
  std::uint32_t document_ = 0;  // that is being added
  std::array<std::uint32_t, 256> next_position_{};
  std::string detected_;
  bool detect_done_ = false;
  Roaring numbers_;
  std::set<std::string> languages_;
  std::size_t documents_ = 0, bytes_ = 0;
};

}  // namespace gannet::search
