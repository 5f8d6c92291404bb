#include "store/data_store.h"

#include <iterator>
#include <utility>

#include "base/bytes.h"

namespace gannet::store {

Range Range::prefix(std::string_view prefix) {
  return Range{.begin = std::string(prefix), .end = prefix_end(prefix)};
}

Range next_range(Range range, const Page& page) {
  if (page.items.empty()) return range;
  if (range.reverse)
    range.end = page.items.back().key;
  else
    range.begin = page.items.back().key + '\0';
  return range;
}

Result<std::vector<KeyValue>> scan_all(Reader& reader, Range range) {
  std::vector<KeyValue> all;
  for (;;) {
    Page page = TRY(reader.scan(range));
    if (page.more) range = next_range(std::move(range), page);
    if (all.empty())
      all = std::move(page.items);
    else
      all.insert(all.end(), std::make_move_iterator(page.items.begin()),
                 std::make_move_iterator(page.items.end()));
    if (!page.more) return all;
  }
}

}  // namespace gannet::store
