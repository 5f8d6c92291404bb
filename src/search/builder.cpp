#include "search/builder.h"

#include <algorithm>

#include "mime/charset.h"
#include "search/postings.h"
#include "search/stems.h"
#include "search/words.h"

namespace gannet::search {
namespace {

// Of terms that have none; words beyond stand at the last place before it.
constexpr std::uint32_t kNoPosition = (1u << 24) - 1;
// Between two texts of one field, so that no phrase runs over their border.
constexpr std::uint32_t kGap = 100;
constexpr std::size_t kPositionsEntry = 8 << 10;
// Postings of this size or less stand beside their term.
constexpr std::size_t kInline = 100;

}  // namespace

std::uint32_t SegmentBuilder::term(char kind, std::string_view text) {
  name_.assign(1, kind);
  name_ += text;
  const auto [found, fresh] = ids_.try_emplace(name_, static_cast<std::uint32_t>(terms_.size()));
  if (fresh) {
    terms_.emplace_back().name = name_;
    bytes_ += name_.size() + 8;
  }
  return found->second;
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
  flush_hits(document.document);
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
  Term& known = terms_[word];
  if (plain && known.stem_language[0] == language[0] && known.stem_language[1] == language[1]) {
    if (known.stem != word) hit(known.stem, field, kNoPosition);
    return;
  }
  const std::string found = stem(language, original);
  const bool itself = std::string_view(known.name).substr(1) == found;
  const auto id = itself ? word : term(term::kStem, std::string(language) + found);
  if (languages_.empty() || !languages_.contains(std::string(language))) languages_.emplace(language);
  Term& remembered = terms_[word];
  if (plain) {
    remembered.stem = id;
    remembered.stem_language[0] = language[0];
    remembered.stem_language[1] = language[1];
  }
  if (!itself) hit(id, field, kNoPosition);
}

void SegmentBuilder::hit(std::uint32_t term, std::uint8_t field, std::uint32_t position) {
  const auto place = position == kNoPosition ? position : std::min(position, kNoPosition - 1);
  hits_.push_back(std::uint64_t{term} << 32 | std::uint64_t{field} << 24 | place);
}

void SegmentBuilder::flush_hits(std::uint32_t document) {
  std::ranges::sort(hits_);
  std::vector<std::uint32_t> positions;
  for (std::size_t i = 0; i < hits_.size();) {
    const auto which = hits_[i] >> 24;
    const auto number = static_cast<std::uint8_t>(which & 0xff);
    positions.clear();
    for (; i < hits_.size() && hits_[i] >> 24 == which; ++i)
      if ((hits_[i] & kNoPosition) != kNoPosition)
        positions.push_back(static_cast<std::uint32_t>(hits_[i] & kNoPosition));
    auto& fields = terms_[which >> 8].fields;
    auto found = std::ranges::find(fields, number, &FieldEntries::field);
    if (found == fields.end())
      found = fields.insert(fields.end(), FieldEntries{.field = number, .documents = {}, .positions = {}});
    auto& entries = found->positions;
    found->documents.push_back(document);
    bytes_ += 2;
    if (positions.empty()) continue;
    const std::string packed = pack_positions(positions);
    bytes_ += packed.size() + 2;
    if (entries.empty() || entries.back().second.size() + packed.size() > kPositionsEntry) {
      entries.emplace_back(document, std::string());
      append_positions(entries.back().second, document, {document, packed});
    } else {
      // The one before in this entry is the last document but one of the field that has positions: every
      // document of a word has.
      append_positions(entries.back().second, found->documents[found->documents.size() - 2],
                       {document, packed});
    }
  }
  hits_.clear();
}

SegmentData SegmentBuilder::finish() {
  SegmentData out;
  std::vector<std::uint32_t> order(terms_.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::sort(order, {}, [&](std::uint32_t id) -> const std::string& { return terms_[id].name; });
  PieceWriter terms, postings, places;
  for (const auto id : order) {
    Term& term = terms_[id];
    if (term.fields.empty()) continue;
    std::ranges::sort(term.fields, {}, &FieldEntries::field);
    std::string value;
    for (const auto& field : term.fields) {
      const std::string documents = encode_documents(field.documents);
      if (documents.size() <= kInline) {
        append_field(value, field.field, documents);
      } else {
        append_field_apart(value, field.field);
        const std::span all(field.documents);
        for (std::size_t from = 0; from < all.size();) {
          std::size_t to = from;
          while (to < all.size() && block_of(all[to]) == block_of(all[from])) ++to;
          postings.add(entry_key(term.name, field.field, all[from]),
                       encode_documents(all.subspan(from, to - from)));
          from = to;
        }
      }
      for (const auto& [first, entry] : field.positions)
        places.add(entry_key(term.name, field.field, first), entry);
    }
    terms.add(term.name, value);
  }
  for (auto& [section, writer] : {std::pair{Section::kTerms, &terms},
                                  {Section::kPostings, &postings},
                                  {Section::kPositions, &places}}) {
    for (auto& piece : writer->take(true)) out.pieces.push_back({section, std::move(piece)});
    out.bytes += writer->bytes();
  }
  out.documents = std::move(numbers_);
  out.languages = std::move(languages_);
  *this = SegmentBuilder(options_);
  return out;
}

}  // namespace gannet::search
