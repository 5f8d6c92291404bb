// Documents into a segment, in memory.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <roaring/roaring.hh>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/lru_cache.h"
#include "search/blocks.h"
#include "search/options.h"
#include "search/schema.h"
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
  struct FieldEntries {
    std::uint8_t field = 0;
    std::vector<std::uint32_t> documents;
    // Entries of Section::kPositions, each with its first document.
    std::vector<std::pair<std::uint32_t, std::string>> positions;
  };
  struct Term {
    std::string name;  // with its kind
    std::vector<FieldEntries> fields;
    // The stem that it had last, and in which language.
    std::uint32_t stem = 0;
    char stem_language[2] = {0, 0};
  };
  // A term, its field and its position in one number, so that sorting them is cheap.
  using Hit = std::uint64_t;

  std::uint32_t term(char kind, std::string_view text);
  void add_text(const store::SearchDocument::Field& field, std::size_t& left);
  void add_stem(std::uint32_t word, std::string_view original, std::string_view language, std::uint8_t field,
                bool plain);
  void hit(std::uint32_t term, std::uint8_t field, std::uint32_t position);
  void flush_hits(std::uint32_t document);
  std::string language_of(const store::SearchDocument& document, const store::SearchDocument::Field& field);

  TextOptions options_;
  std::unordered_map<std::string, std::uint32_t, StringHash, std::equal_to<>> ids_;
  std::deque<Term> terms_;
  std::string name_;  // of the term looked up
  std::vector<Hit> hits_;
  std::array<std::uint32_t, 256> next_position_{};
  std::string detected_;
  bool detect_done_ = false;
  Roaring numbers_;
  std::set<std::string> languages_;
  std::size_t documents_ = 0, bytes_ = 0;
};

}  // namespace gannet::search
