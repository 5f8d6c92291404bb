// The leaves of a query: which documents of a segment have a word, a phrase, a part of a text.
#pragma once

#include <roaring/roaring.hh>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "search/builder.h"
#include "search/segment.h"
#include "store/search_store.h"

namespace gannet::search {

// One query on one segment.
class Leaves {
 public:
  Leaves(SegmentReader& segment, const Roaring& live, const TextOptions& options,
         const std::vector<std::string>& languages)
      : segment_(segment), live_(live), options_(options), languages_(languages) {}

  // Dead documents may be among them.
  Result<Roaring> find(const store::SearchQuery& leaf);

 private:
  // A word, or a run of grams, of the text that is looked for.
  struct Run {
    bool grams = false;
    std::string word, original;             // of a word
    std::vector<std::string> pieces;        // of grams: those of two characters, or the single one
    bool at_begin = false, at_end = false;  // of the text
    bool cut = false;
    bool single = false;  // grams: one character alone
  };
  std::vector<Run> runs_of(std::string_view text, bool part) const;

  Result<Roaring> words(const store::SearchQuery& leaf, std::span<const Run> runs);
  Result<Roaring> word(const Run& run, const store::SearchQuery& leaf, bool open);
  Result<Roaring> phrase(std::span<const std::string> terms, store::SearchField field);
  Result<Roaring> grams(const Run& run, store::SearchField field);
  Result<Roaring> substring(const store::SearchQuery& leaf, std::span<const Run> runs);
  Result<Roaring> part(const Run& run, store::SearchField field, bool first, bool last);
  Result<Roaring> starting_with(std::string term, store::SearchField field);

  SegmentReader& segment_;
  const Roaring& live_;
  const TextOptions& options_;
  const std::vector<std::string>& languages_;
};

}  // namespace gannet::search
