#include "search/leaves.h"

#include <algorithm>
#include <set>
#include <utility>

#include "search/postings.h"
#include "search/stems.h"
#include "search/words.h"

namespace gannet::search {
namespace {

using store::SearchField;
using store::SearchQuery;
using Kind = SearchQuery::Kind;

constexpr std::size_t kMaxRuns = 256;
constexpr std::uint64_t kNoLimit = UINT64_MAX;

bool is_header(SearchField field) {
  return field == SearchField::kHeader;
}

// A phrase in one field.
class PhraseWalk {
 public:
  // Rarest word first. `place`: of the word in the phrase.
  void add(std::uint32_t place, PositionsCursor positions) {
    words_.push_back({place, std::move(positions)});
  }

  // Whether the words stand one behind the other. Documents in ascending order.
  Result<bool> in(std::uint32_t document) {
    const auto places = static_cast<std::uint32_t>(words_.size());
    bool any = true;
    for (auto& word : words_) {
      const auto packed = TRY(word.positions.in(document));
      if (!packed) return false;
      TRY(unpack_positions(*packed, here_));
      // More than are kept: it may be any.
      if (here_.size() >= kMaxPositions) continue;
      // Where the phrase would end.
      for (auto& position : here_) position += places - word.place;
      if (std::exchange(any, false))
        ends_.swap(here_);
      else
        keep_common();
      if (ends_.empty()) return false;
    }
    return true;
  }

 private:
  struct Word {
    std::uint32_t place;
    PositionsCursor positions;
  };
  // Of two ascending lists, in ends_.
  void keep_common() {
    auto kept = ends_.begin();
    auto other = here_.begin();
    for (const auto end : ends_) {
      while (other != here_.end() && *other < end) ++other;
      if (other == here_.end()) break;
      if (*other == end) *kept++ = end;
    }
    ends_.erase(kept, ends_.end());
  }

  std::vector<Word> words_;
  std::vector<std::uint32_t> ends_, here_;
};

}  // namespace

std::vector<Leaves::Run> Leaves::runs_of(std::string_view text, bool part) const {
  // Without marks, so that the first word is known for the first even if a mark without its letter stands
  // before it.
  const std::string folded = part ? without_marks(fold(text)) : fold(text);
  std::vector<Run> runs;
  bool open = false;  // a run of grams goes on
  for (Tokenizer tokens(folded, options_.max_word); tokens.next() && runs.size() < kMaxRuns;) {
    const Token& token = tokens.token();
    if (token.kind == Token::Kind::kWord) {
      runs.push_back({.grams = false,
                      .word = std::string(token.text),
                      .original = std::string(token.original),
                      .pieces = {},
                      .at_begin = token.begin == 0,
                      .at_end = token.end == folded.size(),
                      .cut = token.cut});
      open = false;
      continue;
    }
    if (!open)
      runs.push_back({.grams = true, .word = {}, .original = {}, .pieces = {}, .at_begin = token.begin == 0});
    Run& run = runs.back();
    // The last character by itself tells nothing that the pair before it does not.
    if (!token.single || !open) run.pieces.emplace_back(token.text);
    run.single = token.single && !open;
    run.at_end = token.end == folded.size();
    open = !token.single;
  }
  return runs;
}

Result<Roaring> Leaves::find(const SearchQuery& leaf) {
  const auto runs = runs_of(leaf.text, leaf.kind == Kind::kSubstring);
  if (runs.empty()) return live_;  // nothing that could narrow
  if (leaf.kind == Kind::kSubstring) return substring(leaf, runs);
  if (leaf.kind != Kind::kPhrase || is_header(leaf.field)) return words(leaf, runs);
  // Grams among words: all are there, next to each other or not.
  if (std::ranges::any_of(runs, &Run::grams)) return words(leaf, runs);
  std::vector<std::string> terms;
  for (const Run& run : runs) terms.push_back(term::kWord + run.word);
  return phrase(terms, leaf.field);
}

Result<Roaring> Leaves::words(const SearchQuery& leaf, std::span<const Run> runs) {
  Roaring found;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const bool open = leaf.kind == Kind::kPrefix && i + 1 == runs.size();
    const auto with = runs[i].grams ? TRY(grams(runs[i], leaf.field)) : TRY(word(runs[i], leaf, open));
    found = i == 0 ? with : found & with;
    if (found.isEmpty()) break;
  }
  return found;
}

Result<Roaring> Leaves::starting_with(std::string term, SearchField field) {
  Roaring out;
  TRY(segment_.documents_of(term, [](std::string_view) { return true; }, field, kNoLimit, out));
  return out;
}

Result<Roaring> Leaves::word(const Run& run, const SearchQuery& leaf, bool open) {
  const char kind = is_header(leaf.field) ? term::kHeader : term::kWord;
  if (open) return starting_with(kind + run.word, leaf.field);
  std::set<std::string> terms{kind + run.word};
  if (leaf.kind == Kind::kWord || leaf.kind == Kind::kPrefix) {
    for (const auto& language : languages_) {
      if (is_header(leaf.field) || (!leaf.language.empty() && leaf.language != language)) continue;
      const std::string form = stem(language, run.original);
      terms.insert(term::kWord + form);
      terms.insert(term::kStem + language + form);
    }
  }
  Roaring out;
  for (const auto& one : terms) out |= TRY(segment_.documents(one, leaf.field));
  return out;
}

Result<Roaring> Leaves::grams(const Run& run, SearchField field) {
  const char kind = is_header(field) ? term::kHeaderGram : term::kGram;
  std::vector<std::string> terms;
  for (const auto& piece : run.pieces) terms.push_back(kind + piece);
  if (run.single) return starting_with(terms.front(), field);
  if (!is_header(field)) return phrase(terms, field);
  Roaring found = TRY(segment_.documents(terms.front(), field));
  for (std::size_t i = 1; i < terms.size() && !found.isEmpty(); ++i)
    found &= TRY(segment_.documents(terms[i], field));
  return found;
}

Result<Roaring> Leaves::phrase(std::span<const std::string> terms, SearchField field) {
  if (terms.size() == 1) return TRY(segment_.documents(terms.front(), field)) & live_;
  // Every document of a word has its positions, so these are read only where all words are in one field.
  std::vector<SegmentReader::ByField> documents;
  SegmentReader::ByField candidates;
  for (const auto& one : terms) {
    documents.push_back(TRY(segment_.documents_by_field(one, field)));
    const auto& here = documents.back();
    if (documents.size() == 1) candidates = here;
    for (auto& [number, some] : candidates) {
      const auto found = here.find(number);
      some &= found == here.end() ? Roaring() : documents.size() == 1 ? live_ : found->second;
    }
    std::erase_if(candidates, [](const auto& item) { return item.second.isEmpty(); });
    if (candidates.empty()) return Roaring();
  }
  Roaring out;
  for (auto& [number, some] : candidates) {
    std::vector<std::pair<std::uint64_t, std::uint32_t>> rarest;
    for (std::uint32_t i = 0; i < terms.size(); ++i)
      rarest.emplace_back(documents[i].at(number).cardinality(), i);
    std::ranges::sort(rarest);
    PhraseWalk walk;
    for (const auto& [count, place] : rarest) walk.add(place, segment_.positions(terms[place], number));
    some -= out;  // found in another field
    std::vector<std::uint32_t> all(some.cardinality());
    some.toUint32Array(all.data());
    for (const auto document : all)
      if (TRY(walk.in(document))) out.add(document);
  }
  return out;
}

// A part of a text has the text's words, its first and its last apart, which may be parts of words.
Result<Roaring> Leaves::substring(const SearchQuery& leaf, std::span<const Run> runs) {
  Roaring found = live_;
  // Whole words are looked up; a word that may begin within another one takes a walk over all words. That is
  // done only if nothing else narrows.
  std::vector<const Run*> dear;
  bool narrowed = false;
  for (const Run& run : runs) {
    if (!run.grams && run.at_begin) {
      dear.push_back(&run);
      continue;
    }
    found &= TRY(part(run, leaf.field, false, run.at_end));
    narrowed = true;
  }
  if (!narrowed)
    for (const Run* run : dear) found &= TRY(part(*run, leaf.field, true, run->at_end));
  return found | TRY(segment_.documents(term::kPartial, leaf.field));
}

Result<Roaring> Leaves::part(const Run& run, SearchField field, bool first, bool last) {
  // A run of grams within a longer one: its pairs are among the longer one's pairs.
  if (run.grams) {
    const char kind = is_header(field) ? term::kHeaderGram : term::kGram;
    if (run.single) return starting_with(kind + run.pieces.front(), field);
    Roaring found = live_;
    for (const auto& piece : run.pieces) found &= TRY(segment_.documents(kind + piece, field));
    return found;
  }
  const char kind = is_header(field) ? term::kHeader : term::kWord;
  if (run.cut) return live_;
  if (!first && !last) return TRY(segment_.documents(kind + run.word, field));
  if (!first) return starting_with(kind + run.word, field);
  Roaring out;
  const std::string_view word = run.word;
  const auto matches = [&](std::string_view term) {
    return last ? term.find(word, 1) != std::string_view::npos : term.substr(1).ends_with(word);
  };
  // Where most documents have it there is nothing to narrow.
  const auto enough = live_.cardinality() / 2 + 1;
  if (!TRY(segment_.documents_of(std::string(1, kind), matches, field, enough, out))) return live_;
  return out;
}

}  // namespace gannet::search
