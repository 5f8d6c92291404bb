#include "search/segment.h"

#include "base/bytes.h"
#include "search/blocks.h"
#include "search/postings.h"

namespace gannet::search {
namespace {
// Pieces that a look-up asks for at once, and a walk.
constexpr std::size_t kLookUp = 2, kWalk = 32;
}  // namespace

bool field_counts(store::SearchField wanted, std::uint8_t field) {
  if (wanted == store::SearchField::kAny)
    return field != static_cast<std::uint8_t>(store::SearchField::kHeader);
  return field == static_cast<std::uint8_t>(wanted);
}

Result<Roaring> SegmentReader::live() {
  Roaring out;
  for (const auto& item :
       TRY(store::scan_all(reader_, store::Range::prefix(live_prefix(account_, segment_)))))
    TRY(decode_documents(item.value, out));
  return out;
}

Result<void> SegmentReader::add(std::string_view term, std::string_view value, store::SearchField field,
                                Roaring& out) {
  for (const auto& postings : TRY(decode_term(value))) {
    if (!field_counts(field, postings.field)) continue;
    if (!postings.apart) {
      TRY(decode_documents(postings.documents, out));
      continue;
    }
    const std::string prefix = entry_prefix(term, postings.field);
    SectionCursor cursor(reader_, section_prefix(account_, segment_, Section::kPostings), prefix, kLookUp);
    while (TRY(cursor.next()) && cursor.key().starts_with(prefix)) TRY(decode_documents(cursor.value(), out));
  }
  return {};
}

Result<Roaring> SegmentReader::documents(std::string_view term, store::SearchField field) {
  Roaring out;
  SectionCursor cursor(reader_, section_prefix(account_, segment_, Section::kTerms), term, kLookUp);
  if (TRY(cursor.next()) && cursor.key() == term) TRY(add(term, cursor.value(), field, out));
  return out;
}

Result<bool> SegmentReader::documents_of(std::string_view prefix,
                                         const std::function<bool(std::string_view)>& matches,
                                         store::SearchField field, std::uint64_t enough, Roaring& out) {
  SectionCursor cursor(reader_, section_prefix(account_, segment_, Section::kTerms), prefix, kWalk);
  for (std::size_t found = 0; TRY(cursor.next()) && cursor.key().starts_with(prefix);) {
    if (!matches(cursor.key())) continue;
    TRY(add(cursor.key(), cursor.value(), field, out));
    if (++found % 64 == 0 && out.cardinality() >= enough) return false;
  }
  return true;
}

Result<SegmentReader::Positions> SegmentReader::positions(std::string_view term, store::SearchField field,
                                                          const Roaring& wanted) {
  Positions out;
  const std::string prefix = std::string(term) + '\0';
  SectionCursor cursor(reader_, section_prefix(account_, segment_, Section::kPositions), prefix, kLookUp);
  while (TRY(cursor.next()) && cursor.key().starts_with(prefix)) {
    const auto place = place_of_entry(cursor.key());
    if (!field_counts(field, place.field)) continue;
    for (const auto& positions : TRY(decode_positions(place.document, cursor.value())))
      if (wanted.contains(positions.document))
        out[{place.field, positions.document}] = TRY(unpack_positions(positions.packed));
  }
  return out;
}

}  // namespace gannet::search
