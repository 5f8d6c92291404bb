#include "search/builder.h"

#include <algorithm>
#include <span>
#include <utility>

#include "mime/charset.h"
#include "search/postings.h"
#include "search/stems.h"
#include "search/term_writer.h"
#include "search/words.h"

namespace gannet::search {
namespace {

// Of terms that have none; words beyond stand at the last place before it.
constexpr std::uint32_t kNoPosition = (1u << 24) - 1;
// Between two texts of one field, so that no phrase runs over their border.
constexpr std::uint32_t kGap = 100;

// Of a hit's place, in one number.
constexpr std::uint64_t place_of(std::uint8_t field, std::uint32_t document, std::uint32_t position) {
  return std::uint64_t{field} << 56 | std::uint64_t{document} << 24 | position;
}
constexpr std::uint8_t field_of(std::uint64_t place) {
  return static_cast<std::uint8_t>(place >> 56);
}
constexpr std::uint32_t number_of(std::uint64_t place) {
  return static_cast<std::uint32_t>(place >> 24);
}
constexpr std::uint32_t position_of(std::uint64_t place) {
  return static_cast<std::uint32_t>(place & kNoPosition);
}

// Writes the terms, one after the other.
class HitWriter {
 public:
  void add(std::string_view name, std::span<const std::uint64_t> places) {
    while (!places.empty()) {
      const auto field = field_of(places.front());
      documents_.clear();
      while (!places.empty() && field_of(places.front()) == field)
        places = places.subspan(add_document(name, field, places));
      out_.end_positions();
      out_.add_documents(name, field, documents_);
    }
    out_.end_term(name);
  }
  TermWriter& out() { return out_; }

 private:
  // The first place's document; how many places are in it.
  std::size_t add_document(std::string_view name, std::uint8_t field, std::span<const std::uint64_t> places) {
    const auto document = number_of(places.front());
    documents_.push_back(document);
    positions_.clear();
    std::size_t i = 0;
    for (; i < places.size() && places[i] >> 24 == places.front() >> 24; ++i)
      if (position_of(places[i]) != kNoPosition) positions_.push_back(position_of(places[i]));
    if (positions_.empty()) return i;
    pack_positions(positions_, packed_);
    out_.add_positions(name, field, document, packed_);
    return i;
  }

  TermWriter out_;
  std::vector<std::uint32_t> documents_, positions_;
  std::string packed_;
};

}  // namespace

std::uint32_t SegmentBuilder::term(char kind, std::string_view text) {
  const auto number = names_.number_of(kind, text);
  if (number == terms_.size()) {
    terms_.emplace_back();
    bytes_ += text.size() + 9;
  }
  return number;
}

std::string SegmentBuilder::language_of(const store::SearchDocument& document,
                                        const store::SearchDocument::Field& field) {
  if (!field.language.empty()) return field.language;
  if (!detect_done_) {
    detect_done_ = true;
    // The longest text tells most.
    const auto longest = std::ranges::max_element(document.fields, {}, [](const auto& one) {
      return one.field == store::SearchField::kHeader ? 0 : one.text.size();
    });
    detected_ = detect_language(longest->text);
    if (detected_.empty()) detected_ = options_.default_language;
  }
  return detected_;
}

void SegmentBuilder::add(const store::SearchDocument& document) {
  document_ = document.document;
  next_position_.fill(0);
  detect_done_ = false;
  std::size_t left = options_.max_document;
  for (const auto& field : document.fields) {
    if (field.field == store::SearchField::kHeader) {
      add_text({field.field, field.text, {}}, left);
    } else {
      add_text({field.field, field.text, language_of(document, field)}, left);
    }
  }
  numbers_.add(document.document);
  ++documents_;
}

void SegmentBuilder::add_text(const store::SearchDocument::Field& field, std::size_t& left) {
  const auto number = static_cast<std::uint8_t>(field.field);
  const bool header = field.field == store::SearchField::kHeader;
  const std::string_view text = mime::utf8_prefix(field.text, left);
  bool partial = text.size() < field.text.size();
  left -= text.size();
  const std::string folded = fold(text);
  const bool stems = !header && has_stems(field.language);
  auto& base = next_position_[number];
  std::uint32_t last = base;
  for (Tokenizer tokens(folded, options_.max_word); tokens.next();) {
    const Token& token = tokens.token();
    partial |= token.cut;
    last = base + token.position + 1;
    if (token.kind == Token::Kind::kGram) {
      hit(term(header ? term::kHeaderGram : term::kGram, token.text), number,
          header ? kNoPosition : base + token.position);
      continue;
    }
    const auto word = term(header ? term::kHeader : term::kWord, token.text);
    hit(word, number, header ? kNoPosition : base + token.position);
    if (stems)
      add_stem(word, token.original, field.language, number, token.text.data() == token.original.data());
  }
  base = last + kGap;
  if (partial) hit(term(term::kPartial.front(), {}), number, kNoPosition);
}

void SegmentBuilder::add_stem(std::uint32_t word, std::string_view original, std::string_view language,
                              std::uint8_t field, bool plain) {
  // Two words that differ by accents alone may have two stems: what is remembered is for words without.
  const Term& known = terms_[word];
  if (plain && known.stem_language[0] == language[0] && known.stem_language[1] == language[1]) {
    if (known.stem != word) hit(known.stem, field, kNoPosition);
    return;
  }
  const std::string found = stem(language, original);
  const bool itself = names_.name(word).substr(1) == found;
  stem_name_.assign(language).append(found);
  const auto id = itself ? word : term(term::kStem, stem_name_);
  if (languages_.empty() || !languages_.contains(std::string(language))) languages_.emplace(language);
  Term& remembered = terms_[word];
  if (plain) {
    remembered.stem = id;
    remembered.stem_language = {language[0], language[1]};
  }
  if (!itself) hit(id, field, kNoPosition);
}

void SegmentBuilder::hit(std::uint32_t term, std::uint8_t field, std::uint32_t position) {
  Term& known = terms_[term];
  const bool again = known.field == field && known.document == document_;
  if (again && position == kNoPosition) return;
  known.field = field;
  known.document = document_;
  // About: the document, and where there are positions, their number and the first; then one more.
  bytes_ += again ? 1 : position == kNoPosition ? 2 : 5;
  const auto place = position == kNoPosition ? position : std::min(position, kNoPosition - 1);
  hit_terms_.push_back(term);
  hit_places_.push_back(place_of(field, document_, place));
}

// Each hit is moved once, to its term's; there they are in order but for the order of fields.
SegmentBuilder::Gathered SegmentBuilder::gather() {
  Gathered out;
  out.order = names_.ascending();
  std::vector<std::size_t> next(names_.size());
  for (const auto term : hit_terms_) ++next[term];
  std::size_t at = 0;
  for (const auto term : out.order) at += std::exchange(next[term], at);
  out.places.resize(hit_places_.size());
  for (std::size_t i = 0; i < hit_terms_.size(); ++i) out.places[next[hit_terms_[i]]++] = hit_places_[i];
  std::size_t begin = 0;
  for (const auto term : out.order) {
    const auto end = next[term];
    const std::span mine(out.places.data() + begin, end - begin);
    if (!std::ranges::is_sorted(mine)) std::ranges::sort(mine);
    out.ends.push_back(end);
    begin = end;
  }
  return out;
}

SegmentData SegmentBuilder::finish() {
  const Gathered hits = gather();
  HitWriter writer;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < hits.order.size(); ++i) {
    const auto count = hits.ends[i] - begin;
    writer.add(names_.name(hits.order[i]), std::span(hits.places).subspan(begin, count));
    begin = hits.ends[i];
  }
  SegmentData out;
  for (const auto section : {Section::kTerms, Section::kPostings, Section::kPositions})
    for (auto& piece : writer.out().writer(section).take(true))
      out.pieces.push_back({section, std::move(piece)});
  out.bytes = writer.out().bytes();
  out.documents = std::move(numbers_);
  out.languages = std::move(languages_);
  *this = SegmentBuilder(options_);
  return out;
}

}  // namespace gannet::search
