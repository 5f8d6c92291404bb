#include <algorithm>
#include <bit>
#include <utility>

#include "mailbox/keyword_codec.h"
#include "mailbox/types.h"

namespace gannet::mailbox {
namespace {
constexpr std::uint32_t kLow = 64;
}

bool KeywordSet::has(std::uint32_t keyword) const {
  if (keyword < kLow) return low_ >> keyword & 1;
  return high_ && std::ranges::binary_search(*high_, keyword);
}

void KeywordSet::add(std::uint32_t keyword) {
  if (keyword < kLow) {
    low_ |= std::uint64_t{1} << keyword;
    return;
  }
  if (has(keyword)) return;
  auto high = high_ ? *high_ : std::vector<std::uint32_t>{};
  high.insert(std::ranges::lower_bound(high, keyword), keyword);
  high_ = std::make_shared<const std::vector<std::uint32_t>>(std::move(high));
}

void KeywordSet::remove(std::uint32_t keyword) {
  if (keyword < kLow) {
    low_ &= ~(std::uint64_t{1} << keyword);
    return;
  }
  if (!has(keyword)) return;
  auto high = *high_;
  std::erase(high, keyword);
  high_ = high.empty() ? nullptr : std::make_shared<const std::vector<std::uint32_t>>(std::move(high));
}

std::vector<std::uint32_t> KeywordSet::numbers() const {
  std::vector<std::uint32_t> out;
  for (std::uint64_t rest = low_; rest != 0; rest &= rest - 1)
    out.push_back(static_cast<std::uint32_t>(std::countr_zero(rest)));
  if (high_) out.insert(out.end(), high_->begin(), high_->end());
  return out;
}

bool KeywordSet::operator==(const KeywordSet& other) const {
  if (low_ != other.low_ || high_empty() != other.high_empty()) return false;
  return high_ == other.high_ || *high_ == *other.high_;
}

KeywordSet KeywordSet::of(std::uint64_t low, std::shared_ptr<const std::vector<std::uint32_t>> high) {
  KeywordSet out;
  out.low_ = low;
  out.high_ = std::move(high);
  return out;
}

// The low ones as one number, then how many others there are, then each as its distance to the one before.
void write_keywords(RecordWriter& out, const KeywordSet& keywords) {
  out.varint(keywords.low());
  if (keywords.high_empty()) {
    out.varint(0);
    return;
  }
  out.varint(keywords.high()->size());
  std::uint32_t before = kLow;
  for (const auto number : *keywords.high()) {
    out.varint(number - before);
    before = number;
  }
}

KeywordSet read_keywords(RecordReader& in) {
  const std::uint64_t low = in.varint();
  const std::uint64_t count = in.varint();
  if (count == 0 || count > in.remaining()) {
    if (count != 0) in.raw(in.remaining() + 1);  // more than there can be: not a record
    return KeywordSet::of(low, nullptr);
  }
  std::vector<std::uint32_t> high;
  high.reserve(count);
  std::uint64_t number = kLow;
  for (std::uint64_t i = 0; i < count; ++i) {
    number += in.varint();
    high.push_back(static_cast<std::uint32_t>(number));
  }
  return KeywordSet::of(low, std::make_shared<const std::vector<std::uint32_t>>(std::move(high)));
}

}  // namespace gannet::mailbox
