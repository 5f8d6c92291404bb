#include "search/segment.h"

#include "base/bytes.h"

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

template <typename Take>
Result<void> SegmentReader::each_record(std::string_view term, std::string_view value,
                                        store::SearchField field, const Take& take) {
  FieldReader fields(value);
  while (fields.next()) {
    const FieldPostings postings = fields.postings();
    if (!field_counts(field, postings.field)) continue;
    if (!postings.apart) {
      TRY(take(postings.field, postings.documents));
      continue;
    }
    const std::string prefix = entry_prefix(term, postings.field);
    SectionCursor cursor(reader_, section_prefix(account_, segment_, Section::kPostings), prefix, kLookUp,
                         prefix_end(prefix));
    while (TRY(cursor.next()) && cursor.key().starts_with(prefix)) TRY(take(postings.field, cursor.value()));
  }
  if (!fields.ok()) return damaged("term");
  return {};
}

Result<Roaring> SegmentReader::documents(std::string_view term, store::SearchField field) {
  Roaring out;
  for (const auto& [number, documents] : TRY(documents_by_field(term, field))) out |= documents;
  return out;
}

Result<SegmentReader::ByField> SegmentReader::documents_by_field(std::string_view term,
                                                                 store::SearchField field) {
  ByField out;
  SectionCursor cursor(reader_, section_prefix(account_, segment_, Section::kTerms), term, kLookUp,
                       std::string(term) + '\0');
  if (TRY(cursor.next()) && cursor.key() == term)
    TRY(each_record(term, cursor.value(), field, [&](std::uint8_t number, std::string_view record) {
      return decode_documents(record, out[number]);
    }));
  return out;
}

PositionsCursor SegmentReader::positions(std::string_view term, std::uint8_t field) {
  const std::string prefix = entry_prefix(term, field);
  return {SectionCursor(reader_, section_prefix(account_, segment_, Section::kPositions), prefix, kLookUp,
                        prefix_end(prefix)),
          prefix};
}

Result<std::optional<std::string_view>> PositionsCursor::in(std::uint32_t document) {
  for (;;) {
    while (entry_) {
      if (entry_->started() && entry_->document() == document) return entry_->packed();
      if (entry_->started() && entry_->document() > document) return std::nullopt;
      if (entry_->next()) continue;
      if (!entry_->ok()) return damaged("positions");
      entry_.reset();
    }
    key_.assign(prefix_).append(KeyWriter().u32(document).view());
    at_end_ = at_end_ || !TRY(entries_.next_towards(key_)) || !entries_.key().starts_with(prefix_);
    if (at_end_) return std::nullopt;
    entry_.emplace(place_of_entry(entries_.key()).document, entries_.value());
  }
}

Result<bool> SegmentReader::documents_of(std::string_view prefix,
                                         const std::function<bool(std::string_view)>& matches,
                                         store::SearchField field, std::uint64_t enough, Roaring& out) {
  SectionCursor cursor(reader_, section_prefix(account_, segment_, Section::kTerms), prefix, kWalk);
  const auto add = [&](std::uint8_t, std::string_view record) { return decode_documents(record, out); };
  for (std::size_t found = 0; TRY(cursor.next()) && cursor.key().starts_with(prefix);) {
    if (!matches(cursor.key())) continue;
    TRY(each_record(cursor.key(), cursor.value(), field, add));
    if (++found % 64 == 0 && out.cardinality() >= enough) return false;
  }
  return true;
}

}  // namespace gannet::search
