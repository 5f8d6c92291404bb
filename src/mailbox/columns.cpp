#include "mailbox/columns.h"

#include <algorithm>
#include <numeric>

namespace gannet::mailbox {
namespace {

constexpr std::size_t kMaxRecent = 1024;
constexpr std::size_t kRowBytes = 4 * sizeof(std::uint32_t) + 4 * sizeof(std::uint64_t);
constexpr std::size_t kHighBytes = 160;

template <typename T>
void reorder(std::vector<T>& column, const std::vector<std::uint32_t>& order) {
  std::vector<T> out;
  out.reserve(column.size());
  for (const auto index : order) out.push_back(column[index]);
  column.swap(out);
}

// `gone`: indexes, ascending. What lies between them moves up.
template <typename T>
void drop(std::vector<T>& column, const std::vector<std::size_t>& gone) {
  auto out = column.begin() + static_cast<std::ptrdiff_t>(gone.front());
  for (std::size_t i = 0; i < gone.size(); ++i) {
    const auto begin = column.begin() + static_cast<std::ptrdiff_t>(gone[i]) + 1;
    const auto end =
        i + 1 < gone.size() ? column.begin() + static_cast<std::ptrdiff_t>(gone[i + 1]) : column.end();
    out = std::move(begin, end, out);
  }
  column.erase(out, column.end());
}

}  // namespace

std::size_t Columns::lower_bound(Uid uid) const {
  if (uids_.empty() || uid > uids_.back()) return uids_.size();
  return static_cast<std::size_t>(std::ranges::lower_bound(uids_, uid) - uids_.begin());
}

std::size_t Columns::find(Uid uid) const {
  const std::size_t index = lower_bound(uid);
  return index < uids_.size() && uids_[index] == uid ? index : npos;
}

KeywordSet Columns::keywords(std::size_t index) const {
  if (high_.empty()) return KeywordSet::of(keywords_[index], nullptr);
  const auto found = high_.find(uids_[index]);
  return KeywordSet::of(keywords_[index], found == high_.end() ? nullptr : found->second);
}

Row Columns::row(std::size_t i) const {
  return {uids_[i], documents_[i], threads_[i], sizes_[i], received_[i], saved_[i], modseqs_[i], keywords(i)};
}

Entry Columns::entry(std::size_t i) const {
  return {uids_[i],
          documents_[i],
          modseqs_[i],
          threads_[i],
          sizes_[i],
          from_unix_ms(received_[i]),
          from_unix_ms(saved_[i]),
          keywords(i)};
}

std::size_t Columns::first_unseen() const {
  constexpr std::uint64_t seen = std::uint64_t{1} << KeywordSet::kSeen;
  const auto found = std::ranges::find_if(keywords_, [](std::uint64_t low) { return !(low & seen); });
  return static_cast<std::size_t>(found - keywords_.begin());
}

void Columns::reserve(std::size_t rows) {
  uids_.reserve(rows), documents_.reserve(rows), threads_.reserve(rows), sizes_.reserve(rows);
  received_.reserve(rows), saved_.reserve(rows), modseqs_.reserve(rows), keywords_.reserve(rows);
}

void Columns::set_high(Uid uid, const High& high) {
  if (high)
    high_[uid] = high;
  else if (!high_.empty())
    high_.erase(uid);
}

void Columns::push(const Row& row) {
  uids_.push_back(row.uid);
  documents_.push_back(row.document);
  threads_.push_back(row.thread);
  sizes_.push_back(row.size);
  received_.push_back(row.received);
  saved_.push_back(row.saved);
  modseqs_.push_back(row.modseq);
  keywords_.push_back(row.keywords.low());
  set_high(row.uid, row.keywords.high());
}

void Columns::sort() {
  if (std::ranges::is_sorted(uids_)) return;
  std::vector<std::uint32_t> order(uids_.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, {}, [&](std::uint32_t index) { return uids_[index]; });
  reorder(documents_, order), reorder(threads_, order), reorder(sizes_, order), reorder(received_, order);
  reorder(saved_, order), reorder(modseqs_, order), reorder(keywords_, order), reorder(uids_, order);
}

void Columns::insert_at(std::size_t index, Row&& row) {
  const auto at = static_cast<std::ptrdiff_t>(index);
  uids_.insert(uids_.begin() + at, row.uid);
  documents_.insert(documents_.begin() + at, row.document);
  threads_.insert(threads_.begin() + at, row.thread);
  sizes_.insert(sizes_.begin() + at, row.size);
  received_.insert(received_.begin() + at, row.received);
  saved_.insert(saved_.begin() + at, row.saved);
  modseqs_.insert(modseqs_.begin() + at, row.modseq);
  keywords_.insert(keywords_.begin() + at, row.keywords.low());
  set_high(row.uid, row.keywords.high());
}

void Columns::put(Row row) {
  const std::size_t index = lower_bound(row.uid);
  if (index == size()) return push(row);
  if (uids_[index] != row.uid) return insert_at(index, std::move(row));
  documents_[index] = row.document;
  threads_[index] = row.thread;
  sizes_[index] = row.size;
  received_[index] = row.received;
  saved_[index] = row.saved;
  set_keywords(index, row.keywords, row.modseq);
}

void Columns::remove(const std::vector<Removed::Gone>& gone) {
  std::vector<std::size_t> indexes;
  for (const auto& one : gone) {
    const std::size_t index = find(one.uid);
    if (index == npos) continue;
    indexes.push_back(index);
    set_high(one.uid, nullptr);
  }
  if (indexes.empty()) return;
  drop(uids_, indexes), drop(documents_, indexes), drop(threads_, indexes), drop(sizes_, indexes);
  drop(received_, indexes), drop(saved_, indexes), drop(modseqs_, indexes), drop(keywords_, indexes);
}

void Columns::set_keywords(std::size_t index, const KeywordSet& keywords, Modseq modseq) {
  keywords_[index] = keywords.low();
  modseqs_[index] = modseq;
  set_high(uids_[index], keywords.high());
}

void Columns::note(Modseq modseq, Uid uid, bool gone) {
  recent_.push_back({modseq, uid, gone});
  while (recent_.size() > kMaxRecent) {
    recent_floor_ = recent_.front().modseq;
    recent_.pop_front();
  }
}

std::size_t Columns::weight() const {
  return uids_.capacity() * kRowBytes + high_.size() * kHighBytes + recent_.size() * sizeof(Recent) +
         sizeof(Columns);
}

}  // namespace gannet::mailbox
