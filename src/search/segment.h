// Reads one segment, as of one snapshot.
#pragma once

#include <functional>
#include <map>
#include <roaring/roaring.hh>
#include <string>
#include <string_view>
#include <vector>

#include "search/schema.h"
#include "store/data_store.h"
#include "store/search_store.h"

namespace gannet::search {

// Whether postings of `field` count for a query in `wanted`.
bool field_counts(store::SearchField wanted, std::uint8_t field);

// One thread. `reader` must outlive it.
class SegmentReader {
 public:
  SegmentReader(store::Reader& reader, std::uint32_t account, std::uint32_t segment)
      : reader_(reader), account_(account), segment_(segment) {}

  // The documents that it answers for.
  Result<Roaring> live();
  // The documents with the term; dead ones too.
  Result<Roaring> documents(std::string_view term, store::SearchField field);
  // Of all terms that begin with `prefix` and of which `matches` says so. `enough`: no more terms are looked
  // at once so many documents were found; `out` is then what was found so far and the answer is false.
  Result<bool> documents_of(std::string_view prefix, const std::function<bool(std::string_view)>& matches,
                            store::SearchField field, std::uint64_t enough, Roaring& out);
  // By field and document: the positions of the word or gram in those of `wanted`.
  using Positions = std::map<std::pair<std::uint8_t, std::uint32_t>, std::vector<std::uint32_t>>;
  Result<Positions> positions(std::string_view term, store::SearchField field, const Roaring& wanted);

 private:
  Result<void> add(std::string_view term, std::string_view value, store::SearchField field, Roaring& out);
  store::Reader& reader_;
  const std::uint32_t account_, segment_;
};

}  // namespace gannet::search
