#include "imap/parser/sequence_set.h"

#include <fmt/format.h>

#include <algorithm>

#include "imap/response/writer.h"

namespace gannet::imap {
namespace {

Result<std::uint32_t> parse_number_or_star(Scanner& in) {
  if (in.skip('*')) return SequenceSet::kStar;
  return in.nonzero_number("a message number or '*'");
}

std::vector<NumberRange> merge(std::vector<NumberRange> ranges) {
  std::ranges::sort(ranges, {}, &NumberRange::first);
  std::vector<NumberRange> merged;
  for (const auto& range : ranges) {
    if (!merged.empty() && range.first <= std::uint64_t{merged.back().last} + 1) {
      merged.back().last = std::max(merged.back().last, range.last);
    } else {
      merged.push_back(range);
    }
  }
  return merged;
}

}  // namespace

Result<SequenceSet> parse_sequence_set(Scanner& in) {
  SequenceSet set;
  do {
    const auto first = TRY(parse_number_or_star(in));
    const auto last = in.skip(':') ? TRY(parse_number_or_star(in)) : first;
    set.ranges_.push_back({first, last});
  } while (in.skip(','));
  return set;
}

std::vector<NumberRange> SequenceSet::resolve(std::uint32_t largest) const {
  std::vector<NumberRange> ranges;
  ranges.reserve(ranges_.size());
  for (const auto& [first, last] : ranges_) {
    if (largest == 0 && (first == kStar || last == kStar)) continue;
    const auto a = first == kStar ? largest : first;
    const auto b = last == kStar ? largest : last;
    ranges.push_back({std::min(a, b), std::max(a, b)});
  }
  return merge(std::move(ranges));
}

Result<std::vector<NumberRange>> SequenceSet::resolve_sequence_numbers(std::uint32_t largest) const {
  std::vector<NumberRange> ranges;
  ranges.reserve(ranges_.size());
  for (auto [first, last] : ranges_) {
    if (last == kStar) std::swap(first, last);
    if (first == kStar) {  // `n:*` names the last message even where n is beyond it, as it does for UIDs
      if (largest == 0) continue;
      const auto from = last == kStar ? largest : std::min(last, largest);
      ranges.push_back({from, largest});
      continue;
    }
    if (std::max(first, last) > largest) {
      return fail(ImapError::kSyntax, fmt::format("There is no message {}: the mailbox holds {}",
                                                  std::max(first, last), largest));
    }
    ranges.push_back({std::min(first, last), std::max(first, last)});
  }
  return merge(std::move(ranges));
}

void append_number_set(std::string& out, const std::vector<std::uint32_t>& numbers) {
  for (std::size_t i = 0; i < numbers.size();) {
    std::size_t last = i;
    while (last + 1 < numbers.size() && numbers[last + 1] == numbers[last] + 1) ++last;
    if (i != 0) out += ',';
    append_number(out, numbers[i]);
    if (last > i) {
      out += ':';
      append_number(out, numbers[last]);
    }
    i = last + 1;
  }
}

}  // namespace gannet::imap
