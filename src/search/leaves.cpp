#include "search/leaves.h"

#include <algorithm>
#include <set>

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

// Keeps those positions of a phrase's first word behind which, `distance` further on, the other one stands.
bool follows(std::vector<std::uint32_t>& first, const SegmentReader::Positions& other,
             const SegmentReader::Positions::key_type& place, std::uint32_t distance) {
  const auto found = other.find(place);
  if (found == other.end()) return false;
  // More than are kept: it may be any.
  if (found->second.size() >= kMaxPositions || first.size() >= kMaxPositions) return true;
  std::erase_if(first, [&](std::uint32_t position) {
    return !std::ranges::binary_search(found->second, position + distance);
  });
  return !first.empty();
}

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
  Roaring candidates = live_;
  for (const auto& one : terms) {
    candidates &= TRY(segment_.documents(one, field));
    if (candidates.isEmpty()) return candidates;
  }
  if (terms.size() == 1) return candidates;
  auto first = TRY(segment_.positions(terms.front(), field, candidates));
  for (std::size_t i = 1; i < terms.size() && !first.empty(); ++i) {
    const auto here = TRY(segment_.positions(terms[i], field, candidates));
    for (auto item = first.begin(); item != first.end();)
      item = follows(item->second, here, item->first, static_cast<std::uint32_t>(i)) ? std::next(item)
                                                                                     : first.erase(item);
  }
  Roaring out;
  for (const auto& [place, positions] : first) out.add(place.second);
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
