#include "store/foundationdb/reader.h"

#include <algorithm>

#include "base/bytes.h"

namespace gannet::store::fdb {
namespace {

// The pieces of one large value.
Answer<std::string> put_together(const Transaction& transaction, const Layout& layout, std::string_view key,
                                 const Pointer& pointer) {
  // All asked for at once: a range would come reply after reply.
  std::vector<Future> pieces;
  for (std::uint32_t n = 0; n < pointer.pieces(); ++n)
    pieces.push_back(transaction.get(layout.piece(key, pointer.generation, n)));
  std::string value;
  value.reserve(pointer.size);
  for (const auto& piece : pieces) {
    const auto found = FDB_TRY(piece.value());
    if (!found) return std::unexpected(kCorruptValue);
    value += *found;
  }
  if (value.size() != pointer.size) return std::unexpected(kCorruptValue);
  return value;
}

Answer<std::string> resolve(const Transaction& transaction, const Layout& layout, std::string_view key,
                            std::string stored) {
  auto decoded = decode_stored(std::move(stored));
  if (!decoded) return std::unexpected(kCorruptValue);
  if (!decoded->pointer) return std::move(decoded->value);
  return put_together(transaction, layout, key, *decoded->pointer);
}

// Fills a page until one of its limits is met.
class PageFiller {
 public:
  PageFiller(const Transaction& transaction, const Layout& layout, const Range& range)
      : transaction_(transaction), layout_(layout), range_(range) {}

  // False once the page is full.
  Answer<bool> add(KeyValue&& item) {
    std::string key(layout_.key_of(item.key));
    if (page_.items.size() >= std::max<std::size_t>(range_.max_items, 1)) return full();
    std::string value;
    if (!range_.keys_only) value = FDB_TRY(resolve(transaction_, layout_, key, std::move(item.value)));
    const std::size_t size = key.size() + value.size();
    if (!page_.items.empty() && bytes_ + size > range_.max_bytes) return full();
    bytes_ += size;
    page_.items.push_back({std::move(key), std::move(value)});
    return true;
  }
  // What may still come, for the next read.
  int items_left() const {
    const std::size_t wanted = std::max<std::size_t>(range_.max_items, 1) + 1 - page_.items.size();
    return static_cast<int>(std::min<std::size_t>(wanted, 10'000));
  }
  int bytes_left() const {
    const std::size_t left = range_.max_bytes > bytes_ ? range_.max_bytes - bytes_ : 1;
    return static_cast<int>(std::clamp<std::size_t>(left, 4'096, 8 << 20));
  }
  Page take() { return std::move(page_); }

 private:
  bool full() {
    page_.more = true;
    return false;
  }
  const Transaction& transaction_;
  const Layout& layout_;
  const Range& range_;
  Page page_;
  std::size_t bytes_ = 0;
};

}  // namespace

Answer<std::optional<std::string>> read(const Transaction& transaction, const Layout& layout,
                                        std::string_view key, bool conflicting) {
  auto stored = FDB_TRY(transaction.get(layout.value(key), conflicting).value());
  if (!stored) return std::nullopt;
  return FDB_TRY(resolve(transaction, layout, key, *std::move(stored)));
}

Answer<std::vector<std::optional<std::string>>> read_many(const Transaction& transaction,
                                                          const Layout& layout,
                                                          std::span<const std::string> keys,
                                                          bool conflicting) {
  std::vector<Future> under_way;
  under_way.reserve(keys.size());
  for (const auto& key : keys) under_way.push_back(transaction.get(layout.value(key), conflicting));
  std::vector<std::optional<std::string>> answers(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    auto stored = FDB_TRY(under_way[i].value());
    if (stored) answers[i] = FDB_TRY(resolve(transaction, layout, keys[i], *std::move(stored)));
  }
  return answers;
}

Answer<Page> read_page(const Transaction& transaction, const Layout& layout, const Range& range) {
  PageFiller filler(transaction, layout, range);
  PhysicalRange wanted{
      .begin = layout.value(range.begin), .end = layout.value(range.end), .reverse = range.reverse};
  for (;;) {
    wanted.limit = filler.items_left(), wanted.bytes = filler.bytes_left();
    auto found = FDB_TRY(transaction.get_range(wanted).range());
    if (found.items.empty()) return filler.take();
    const std::string last = found.items.back().key;
    for (auto& item : found.items)
      if (!FDB_TRY(filler.add(std::move(item)))) return filler.take();
    if (!found.more) return filler.take();
    if (range.reverse)
      wanted.end = last;
    else
      wanted.begin = last + '\0';
  }
}

}  // namespace gannet::store::fdb
