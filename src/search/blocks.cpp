#include "search/blocks.h"

#include <algorithm>

#include "base/bytes.h"
#include "search/schema.h"

namespace gannet::search {
namespace {

constexpr std::uint8_t kVersion = 1;

std::size_t shared_bytes(std::string_view a, std::string_view b) {
  const auto [left, right] = std::ranges::mismatch(a, b);
  return static_cast<std::size_t>(left - a.begin());
}

}  // namespace

void PieceWriter::add(std::string_view key, std::string_view value) {
  if (!open_.value.empty() && open_.value.size() + value.size() > kPieceBytes) close();
  if (open_.value.empty()) {
    open_.key = key;
    open_.value = RecordWriter(kVersion).take();
    last_.clear();
  }
  const std::size_t shared = shared_bytes(last_, key);
  open_.value += RecordWriter().varint(shared).string(key.substr(shared)).string(value).view();
  last_ = key;
}

void PieceWriter::close() {
  if (open_.value.empty()) return;
  bytes_ += open_.key.size() + open_.value.size();
  done_.push_back(std::move(open_));
  open_ = {};
}

std::vector<Piece> PieceWriter::take(bool all) {
  if (all) close();
  return std::exchange(done_, {});
}

PieceReader::PieceReader(std::string_view piece) : rest_(piece) {
  ok_ = !piece.empty() && static_cast<std::uint8_t>(piece.front()) == kVersion;
  if (ok_) rest_.remove_prefix(1);
}

bool PieceReader::next() {
  if (!ok_ || rest_.empty()) return false;
  RecordReader in(rest_);
  const auto shared = in.varint();
  const auto suffix = in.string();
  value_ = in.string();
  ok_ = in.ok() && shared <= key_.size();
  if (!ok_) return false;
  key_.resize(shared);
  key_ += suffix;
  rest_ = rest_.substr(rest_.size() - in.remaining());
  return true;
}

SectionCursor::SectionCursor(store::Reader& reader, std::string prefix, std::string_view from,
                             std::size_t pieces)
    : reader_(reader), prefix_(std::move(prefix)), from_(from), pieces_(pieces) {}

// The piece that may hold `from_` is the last that begins at or before it; then those behind it.
Result<bool> SectionCursor::read() {
  if (!started_) {
    started_ = true;
    range_ = store::Range{.begin = prefix_, .end = prefix_end(prefix_), .max_items = pieces_};
    if (from_.empty()) return read();
    range_->begin = prefix_ + from_ + '\0';
    store::Range first{.begin = prefix_, .end = range_->begin, .reverse = true, .max_items = 1};
    page_ = TRY(reader_.scan(first)).items;
    at_ = 0;
    if (page_.empty()) return read();
    return true;
  }
  if (!range_) return false;
  auto page = TRY(reader_.scan(*range_));
  range_ = page.more ? std::optional(store::next_range(*range_, page)) : std::nullopt;
  page_ = std::move(page.items);
  at_ = 0;
  return !page_.empty();
}

Result<bool> SectionCursor::next() {
  for (;;) {
    if (piece_) {
      while (piece_->next())
        if (piece_->key() >= from_) return true;
      if (!piece_->ok()) return damaged("piece of a segment");
      piece_.reset();
      ++at_;
    }
    if (at_ >= page_.size() && !TRY(read())) return false;
    piece_.emplace(page_[at_].value);
  }
}

}  // namespace gannet::search
