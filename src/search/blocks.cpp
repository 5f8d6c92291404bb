#include "search/blocks.h"

#include <algorithm>

#include "base/bytes.h"
#include "search/schema.h"
#include "search/varint.h"

namespace gannet::search {
namespace {

constexpr std::uint8_t kVersion = 1;
// That one read asks for, where skipping is found not to be worth it.
constexpr std::size_t kMostPieces = 32;

std::size_t shared_bytes(std::string_view a, std::string_view b) {
  const auto [left, right] = std::ranges::mismatch(a, b);
  return static_cast<std::size_t>(left - a.begin());
}

}  // namespace

void PieceWriter::add(std::string_view key, std::string_view value) {
  if (!open_.value.empty() && open_.value.size() + value.size() > kPieceBytes) close();
  if (open_.value.empty()) {
    open_.key = key;
    open_.value.assign(1, static_cast<char>(kVersion));
    last_.clear();
  }
  const std::size_t shared = shared_bytes(last_, key);
  append_varint(open_.value, shared);
  append_string(open_.value, key.substr(shared));
  append_string(open_.value, value);
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
  std::uint64_t shared = 0;
  std::string_view suffix;
  ok_ = read_varint(rest_, shared) && read_string(rest_, suffix) && read_string(rest_, value_) &&
        shared <= key_.size();
  if (!ok_) return false;
  key_.resize(shared);
  key_ += suffix;
  return true;
}

SectionCursor::SectionCursor(store::Reader& reader, std::string prefix, std::string_view from,
                             std::size_t pieces, std::string_view until)
    : reader_(reader), prefix_(std::move(prefix)), from_(from), pieces_(pieces) {
  range_ = store::Range{.begin = prefix_,
                        .end = until.empty() ? prefix_end(prefix_) : prefix_ + std::string(until)};
}

// The piece that may hold `from_` is the last that begins at or before it; then those behind it.
Result<bool> SectionCursor::read_first() {
  started_ = true;
  if (from_.empty()) return read();
  store::Range first{.begin = prefix_, .end = prefix_ + from_ + '\0', .reverse = true, .max_items = 1};
  range_->begin = first.end;
  page_ = TRY(reader_.scan(first)).items;
  at_ = 0;
  if (page_.empty()) return read();
  return true;
}

// As read_first(), among the pieces that were not there yet. False: none begins before the target.
Result<bool> SectionCursor::read_target() {
  store::Range last{.begin = range_->begin, .end = target_ + '\0', .reverse = true, .max_items = 1};
  if (last.begin >= last.end) return false;
  auto page = TRY(reader_.scan(last));
  if (page.items.empty()) return false;
  range_->begin = std::move(last.end);
  page_ = std::move(page.items);
  at_ = used_ = 0;
  return true;
}

Result<bool> SectionCursor::read() {
  if (!started_) return read_first();
  if (!range_ || range_->begin >= range_->end) return false;
  if (!target_.empty()) {
    // Most of a page that was passed over says that the next one would be.
    if (page_.size() > 1) walking_ = used_ * 2 >= page_.size();
    if (!walking_ && TRY(read_target())) return true;
    pieces_ = std::min(pieces_ * 2, kMostPieces);
  }
  range_->max_items = pieces_;
  auto page = TRY(reader_.scan(*range_));
  if (page.more)
    range_ = store::next_range(*range_, page);
  else
    range_.reset();
  page_ = std::move(page.items);
  at_ = used_ = 0;
  return !page_.empty();
}

Result<bool> SectionCursor::next_towards(std::string_view key) {
  target_.assign(prefix_).append(key);
  std::size_t to = at_;
  while (to + 1 < page_.size() && page_[to + 1].key <= target_) ++to;
  if (to != at_) piece_.reset();
  at_ = to;
  if (!TRY(next())) return false;
  for (PieceReader ahead = *piece_; ahead.next() && ahead.key() <= key;) piece_ = ahead;
  return true;
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
    ++used_;
  }
}

}  // namespace gannet::search
