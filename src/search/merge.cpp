#include "search/merge.h"

#include <algorithm>
#include <map>
#include <memory>
#include <roaring/roaring.hh>
#include <span>

#include "base/bytes.h"
#include "search/blocks.h"
#include "search/postings.h"
#include "search/segment.h"
#include "search/segment_list.h"
#include "search/term_writer.h"

namespace gannet::search {
namespace {

constexpr std::size_t kFanOut = 8;
constexpr std::uint64_t kSmallest = 64 << 10;     // segments below are on one level
constexpr std::uint64_t kLargest = 256ull << 20;  // segments above are left alone
constexpr std::size_t kCommitBytes = 2 << 20;
constexpr std::size_t kPiecesARead = 16;
constexpr int kTries = 20;

std::size_t level_of(std::uint64_t bytes) {
  std::size_t level = 0;
  for (std::uint64_t size = kSmallest; bytes > size; size *= kFanOut) ++level;
  return level;
}

bool mostly_dead(const SegmentInfo& segment) {
  return segment.dead > 0 && std::uint64_t{segment.dead} * 3 >= segment.live;
}

// What a source answers for.
struct Living {
  Roaring documents;
  bool some_dead = false;
};

// The sources' cursors in one section, and what is at the front of all of them.
class Front {
 public:
  struct Source {
    SectionCursor cursor;
    const Roaring* live;
    bool some_dead;
    bool more;
  };

  static Result<Front> open(store::Reader& reader, std::uint32_t account,
                            const std::map<std::uint32_t, Living>& sources, Section section) {
    Front out;
    for (const auto& [segment, living] : sources) {
      out.sources_.push_back(std::make_unique<Source>(
          Source{SectionCursor(reader, section_prefix(account, segment, section), {}, kPiecesARead),
                 &living.documents, living.some_dead, true}));
      out.sources_.back()->more = TRY(out.sources_.back()->cursor.next());
    }
    return out;
  }

  // Puts the smallest key, up to the part that `group` makes of a key, into `out`, and into first() the sources that are
  // at it. False at the end.
  template <typename Group>
  bool smallest(const Group& group, std::string& out) {
    first_.clear();
    std::string_view least;
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      if (!sources_[i]->more) continue;
      const std::string_view mine = group(sources_[i]->cursor.key());
      const int order = first_.empty() ? -1 : mine.compare(least);
      if (order > 0) continue;
      if (order < 0) first_.clear();
      first_.push_back(i);
      least = mine;
    }
    out.assign(least);
    return !first_.empty();
  }
  const std::vector<std::size_t>& first() const { return first_; }

  std::vector<std::unique_ptr<Source>>& sources() { return sources_; }

 private:
  std::vector<std::unique_ptr<Source>> sources_;
  std::vector<std::size_t> first_;
};

// Of one term and field, from several sources.
struct FieldDocuments {
  std::uint8_t field = 0;
  std::vector<std::uint32_t> documents;
};

class Merge {
 public:
  Merge(store::DataStore& data, std::uint32_t account, std::vector<std::uint32_t> segments)
      : data_(data), account_(account), segments_(std::move(segments)) {}

  Result<bool> run() {
    if (!TRY(begin())) return false;
    const auto now = TRY(data_.snapshot());
    const auto list = TRY(SegmentList::read(*now, account_));
    for (const auto& info : list.head().segments) {
      if (std::ranges::find(segments_, info.id) == segments_.end()) continue;
      live_[info.id] = {TRY(SegmentReader(*now, account_, info.id).live()), info.dead > 0};
    }
    // What a segment holds never changes, and finish() sees whether all are there still: no snapshot has to live so long.
    TRY(merge_terms());
    TRY(merge_positions());
    for (const auto section : {Section::kTerms, Section::kPostings, Section::kPositions})
      TRY(write(section, true));
    if (!batch_.empty()) TRY(data_.commit(std::exchange(batch_, {})));
    return finish();
  }

 private:
  // Takes a number, and clears away what a merge left that did not come to its end.
  Result<bool> begin() {
    auto list = TRY(SegmentList::read(data_, account_));
    if (!list.record() || !all_there(list.head())) return false;
    store::WriteBatch batch;
    if (list.head().building != 0) {
      const auto prefix = segment_prefix(account_, list.head().building);
      batch.clear_range(prefix, prefix_end(prefix));
    }
    target_ = list.head().building = list.head().next_segment++;
    list.write(batch);
    auto committed = data_.commit(std::move(batch));
    if (!committed && committed.error().is(store::StoreError::kConflict)) return false;
    TRY(std::move(committed));
    return true;
  }

  bool all_there(const Head& head) const {
    return std::ranges::all_of(segments_, [&](std::uint32_t id) {
      return std::ranges::find(head.segments, id, &SegmentInfo::id) != head.segments.end();
    });
  }

  Result<void> write(Section section, bool all = false) {
    auto& writer = out_.writer(section);
    if (!all && !writer.has_complete()) return {};
    const std::string prefix = section_prefix(account_, target_, section);
    for (auto& piece : writer.take(all)) {
      batch_.set(prefix + piece.key, std::move(piece.value));
      // Whatever is lost of it in a power cut, the last commit is lost with it.
      batch_.set_durability(store::Durability::kRelaxed);
      if (batch_.bytes() < kCommitBytes) continue;
      TRY(data_.commit(std::exchange(batch_, {})));
    }
    return {};
  }

  Result<void> merge_terms() {
    auto terms = TRY(Front::open(data_, account_, live_, Section::kTerms));
    auto apart = TRY(Front::open(data_, account_, live_, Section::kPostings));
    const auto whole = [](std::string_view key) { return key; };
    for (std::string term; terms.smallest(whole, term);) {
      const auto& first = terms.first();
      auto& one = *terms.sources()[first.front()];
      if (first.size() == 1 && !one.some_dead) {
        TRY(copy_term(term, one, *apart.sources()[first.front()]));
      } else {
        for (auto& field : fields_) field.documents.clear();
        for (const auto i : first) TRY(take_term(term, *terms.sources()[i], *apart.sources()[i]));
        put_term(term);
      }
      TRY(write(Section::kTerms));
      TRY(write(Section::kPostings));
    }
    return {};
  }

  // Most words are in one segment alone: then all stays as it is.
  Result<void> copy_term(std::string_view term, Front::Source& source, Front::Source& apart) {
    out_.add_term(term, source.cursor.value());
    for (; apart.more && place_of_entry(apart.cursor.key()).term == term;
         apart.more = TRY(apart.cursor.next()))
      out_.writer(Section::kPostings).add(apart.cursor.key(), apart.cursor.value());
    source.more = TRY(source.cursor.next());
    return {};
  }

  Result<void> take_term(std::string_view term, Front::Source& source, Front::Source& apart) {
    FieldReader fields(source.cursor.value());
    while (fields.next())
      if (!fields.postings().apart) TRY(add(source, fields.postings().documents, fields.postings().field));
    if (!fields.ok()) return damaged("term");
    for (; apart.more; apart.more = TRY(apart.cursor.next())) {
      const auto place = place_of_entry(apart.cursor.key());
      if (place.term != term) break;
      TRY(add(apart, apart.cursor.value(), place.field));
    }
    source.more = TRY(source.cursor.next());
    return {};
  }

  // A document is live in one segment at most, but an older text of it may stand in another one: so each
  // source's own count.
  Result<void> add(const Front::Source& source, std::string_view record, std::uint8_t field) {
    auto found = std::ranges::find(fields_, field, &FieldDocuments::field);
    if (found == fields_.end()) found = fields_.insert(fields_.end(), {field, {}});
    auto& documents = found->documents;
    const auto before = static_cast<std::ptrdiff_t>(documents.size());
    TRY(decode_documents(record, documents));
    if (source.some_dead)
      documents.erase(std::remove_if(documents.begin() + before, documents.end(),
                                     [&](std::uint32_t one) { return !source.live->contains(one); }),
                      documents.end());
    return {};
  }

  void put_term(std::string_view term) {
    std::ranges::sort(fields_, {}, &FieldDocuments::field);
    for (auto& [field, documents] : fields_) {
      if (documents.empty()) continue;
      if (!std::ranges::is_sorted(documents)) std::ranges::sort(documents);
      out_.add_documents(term, field, documents);
    }
    out_.end_term(term);
  }

  const Roaring& all_live() {
    if (all_live_.isEmpty())
      for (const auto& [segment, living] : live_) all_live_ |= living.documents;
    return all_live_;
  }

  Result<void> merge_positions() {
    auto front = TRY(Front::open(data_, account_, live_, Section::kPositions));
    const auto group = [](std::string_view key) {
      return key.substr(0, key.size() < 4 ? 0 : key.size() - 4);
    };
    for (std::string prefix; front.smallest(group, prefix);) {
      const auto& first = front.first();
      auto& one = *front.sources()[first.front()];
      if (first.size() == 1 && !one.some_dead) {
        for (; one.more && group(one.cursor.key()) == prefix; one.more = TRY(one.cursor.next()))
          out_.writer(Section::kPositions).add(one.cursor.key(), one.cursor.value());
      } else {
        found_.clear(), packed_.clear();
        for (const auto i : first) {
          auto& source = *front.sources()[i];
          for (; source.more && group(source.cursor.key()) == prefix; source.more = TRY(source.cursor.next()))
            TRY(take_positions(source));
        }
        put_positions(prefix);
      }
      TRY(write(Section::kPositions));
    }
    return {};
  }

  Result<void> take_positions(const Front::Source& source) {
    PositionsReader entry(place_of_entry(source.cursor.key()).document, source.cursor.value());
    while (entry.next()) {
      if (source.some_dead && !source.live->contains(entry.document())) continue;
      found_.push_back({entry.document(), packed_.size(), entry.packed().size()});
      packed_.append(entry.packed());
    }
    if (!entry.ok()) return damaged("positions");
    return {};
  }

  // `prefix`: of the entries' keys, which is the term, 0x00 and the field.
  void put_positions(std::string_view prefix) {
    if (prefix.size() < 2) return;
    const auto term = prefix.substr(0, prefix.size() - 2);
    const auto field = static_cast<std::uint8_t>(prefix.back());
    if (!std::ranges::is_sorted(found_, {}, &Packed::document))
      std::ranges::sort(found_, {}, &Packed::document);
    for (const auto& [document, begin, size] : found_)
      out_.add_positions(term, field, document, std::string_view(packed_).substr(begin, size));
    out_.end_positions();
  }

  // Documents may have been removed since: what the sources answer for now counts.
  Result<bool> finish() {
    for (int left = kTries; left > 0; --left) {
      const auto now = TRY(data_.snapshot());
      auto list = TRY(SegmentList::read(*now, account_));
      if (!list.record() || list.head().building != target_ || !all_there(list.head())) return false;
      Roaring live;
      for (const auto segment : segments_) live |= TRY(SegmentReader(*now, account_, segment).live());
      store::WriteBatch batch;
      for (const auto segment : segments_) list.drop(batch, segment);
      list.head().building = 0;
      if (!live.isEmpty()) {
        const auto held = all_live().cardinality();
        list.add({.id = target_,
                  .dead = static_cast<std::uint32_t>(held - live.cardinality()),
                  .bytes = out_.bytes()},
                 live);
      } else {
        const auto prefix = segment_prefix(account_, target_);
        batch.clear_range(prefix, prefix_end(prefix));
      }
      list.write(batch);
      auto committed = data_.commit(std::move(batch));
      if (committed) return true;
      if (!committed.error().is(store::StoreError::kConflict)) return std::unexpected(committed.error());
    }
    return false;
  }

  store::DataStore& data_;
  const std::uint32_t account_;
  const std::vector<std::uint32_t> segments_;
  std::uint32_t target_ = 0;
  std::map<std::uint32_t, Living> live_;
  Roaring all_live_;
  TermWriter out_;
  store::WriteBatch batch_;

  std::vector<FieldDocuments> fields_;  // of the term that is merged
  struct Packed {
    std::uint32_t document;
    std::size_t begin, size;  // in packed_
  };
  std::vector<Packed> found_;  // of the term and field that is merged
  std::string packed_;
};

}  // namespace

std::vector<std::uint32_t> due_for_merge(const Head& head) {
  std::map<std::size_t, std::vector<std::uint32_t>> levels;
  for (const auto& segment : head.segments) {
    if (mostly_dead(segment)) return {segment.id};
    if (segment.bytes <= kLargest) levels[level_of(segment.bytes)].push_back(segment.id);
  }
  std::vector<std::uint32_t> out;
  std::size_t next = 0;
  for (const auto& [level, segments] : levels) {
    // What is merged below may fill this level: then all become one at once.
    const bool joined = !out.empty() && level == next;
    if (!out.empty() && !joined) break;
    if (segments.size() + (joined ? 1 : 0) >= kFanOut)
      out.insert(out.end(), segments.begin(), segments.end());
    else if (joined)
      break;
    next = level + 1;
  }
  return out;
}

Result<bool> merge_segments(store::DataStore& data, std::uint32_t account,
                            const std::vector<std::uint32_t>& segments) {
  return Merge(data, account, segments).run();
}

}  // namespace gannet::search
