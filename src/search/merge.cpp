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

namespace gannet::search {
namespace {

constexpr std::size_t kFanOut = 8;
constexpr std::uint64_t kSmallest = 64 << 10;     // segments below are on one level
constexpr std::uint64_t kLargest = 256ull << 20;  // segments above are left alone
constexpr std::size_t kCommitBytes = 2 << 20;
constexpr std::size_t kInline = 100;
constexpr std::size_t kPositionsEntry = 8 << 10;
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

  // What the smallest key is, up to the part that `group` makes of a key; empty at the end.
  template <typename Group>
  std::string smallest(Group group) const {
    std::string out;
    for (const auto& source : sources_) {
      if (!source->more) continue;
      const std::string_view mine = group(source->cursor.key());
      if (out.empty() || mine < out) out = mine;
    }
    return out;
  }

  std::vector<std::unique_ptr<Source>>& sources() { return sources_; }

 private:
  std::vector<std::unique_ptr<Source>> sources_;
};

class Merge {
 public:
  Merge(store::DataStore& data, std::uint32_t account, std::vector<std::uint32_t> segments)
      : data_(data), account_(account), segments_(std::move(segments)) {}

  Result<bool> run() {
    if (!TRY(begin())) return false;
    snapshot_ = TRY(data_.snapshot());
    const auto list = TRY(SegmentList::read(*snapshot_, account_));
    for (const auto& info : list.head().segments) {
      if (std::ranges::find(segments_, info.id) == segments_.end()) continue;
      live_[info.id] = {TRY(SegmentReader(*snapshot_, account_, info.id).live()), info.dead > 0};
    }
    TRY(merge_terms());
    TRY(merge_positions());
    TRY(write(Section::kTerms, terms_, true));
    TRY(write(Section::kPostings, postings_, true));
    TRY(write(Section::kPositions, places_, true));
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

  Result<void> write(Section section, PieceWriter& writer, bool all) {
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
    auto terms = TRY(Front::open(*snapshot_, account_, live_, Section::kTerms));
    auto apart = TRY(Front::open(*snapshot_, account_, live_, Section::kPostings));
    for (;;) {
      const std::string term = terms.smallest([](std::string_view key) { return key; });
      if (term.empty()) return {};
      std::map<std::uint8_t, Roaring> fields;
      for (std::size_t i = 0; i < terms.sources().size(); ++i) {
        auto& source = *terms.sources()[i];
        if (!source.more || source.cursor.key() != term) continue;
        for (const auto& postings : TRY(decode_term(source.cursor.value())))
          if (!postings.apart) TRY(add(source, postings.documents, fields[postings.field]));
        TRY(take_apart(*apart.sources()[i], term, fields));
        source.more = TRY(source.cursor.next());
      }
      TRY(put_term(term, fields));
    }
  }

  // A document is live in one segment at most, but an older text of it may stand in another one: so each
  // source's own count.
  static Result<void> add(const Front::Source& source, std::string_view record, Roaring& out) {
    if (!source.some_dead) return decode_documents(record, out);
    Roaring documents;
    TRY(decode_documents(record, documents));
    out |= documents & *source.live;
    return {};
  }

  Result<void> take_apart(Front::Source& source, std::string_view term,
                          std::map<std::uint8_t, Roaring>& fields) {
    while (source.more) {
      const auto place = place_of_entry(source.cursor.key());
      if (place.term != term) break;
      TRY(add(source, source.cursor.value(), fields[place.field]));
      source.more = TRY(source.cursor.next());
    }
    return {};
  }

  Result<void> put_term(const std::string& term, std::map<std::uint8_t, Roaring>& fields) {
    std::string value;
    for (auto& [field, documents] : fields) {
      if (documents.isEmpty()) continue;
      std::string record = encode_documents(documents);
      if (record.size() <= kInline) {
        append_field(value, field, record);
        continue;
      }
      append_field_apart(value, field);
      std::vector<std::uint32_t> all(documents.cardinality());
      documents.toUint32Array(all.data());
      for (std::span<const std::uint32_t> rest(all); !rest.empty();) {
        const auto end =
            std::ranges::find_if(rest, [&](std::uint32_t one) { return block_of(one) != block_of(rest[0]); });
        const auto some = rest.first(static_cast<std::size_t>(end - rest.begin()));
        postings_.add(entry_key(term, field, some.front()), encode_documents(some));
        rest = rest.subspan(some.size());
      }
    }
    if (value.empty()) return {};
    terms_.add(term, value);
    TRY(write(Section::kTerms, terms_, false));
    return write(Section::kPostings, postings_, false);
  }

  const Roaring& all_live() {
    if (all_live_.isEmpty())
      for (const auto& [segment, living] : live_) all_live_ |= living.documents;
    return all_live_;
  }

  Result<void> merge_positions() {
    auto front = TRY(Front::open(*snapshot_, account_, live_, Section::kPositions));
    const auto group = [](std::string_view key) {
      return key.substr(0, key.size() < 4 ? 0 : key.size() - 4);
    };
    for (;;) {
      const std::string prefix = front.smallest(group);
      if (prefix.empty()) return {};
      std::map<std::uint32_t, std::string> documents;
      for (auto& source : front.sources()) {
        while (source->more && group(source->cursor.key()) == prefix) {
          const auto place = place_of_entry(source->cursor.key());
          for (const auto& one : TRY(decode_positions(place.document, source->cursor.value())))
            if (!source->some_dead || source->live->contains(one.document))
              documents[one.document] = one.packed;
          source->more = TRY(source->cursor.next());
        }
      }
      TRY(put_positions(prefix, documents));
    }
  }

  Result<void> put_positions(const std::string& prefix,
                             const std::map<std::uint32_t, std::string>& documents) {
    std::string entry, key;
    std::uint32_t before = 0;
    for (const auto& [document, packed] : documents) {
      if (!key.empty() && entry.size() + packed.size() > kPositionsEntry) {
        places_.add(key, entry);
        key.clear();
      }
      if (key.empty()) {
        key = prefix + KeyWriter().u32(document).take();
        entry.clear();
        before = document;
      }
      append_positions(entry, before, {document, packed});
      before = document;
    }
    if (!key.empty()) places_.add(key, entry);
    return write(Section::kPositions, places_, false);
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
                  .bytes = terms_.bytes() + postings_.bytes() + places_.bytes()},
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
  std::shared_ptr<store::Snapshot> snapshot_;
  std::map<std::uint32_t, Living> live_;
  Roaring all_live_;
  PieceWriter terms_, postings_, places_;
  store::WriteBatch batch_;
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
