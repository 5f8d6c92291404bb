// Sets of message sequence numbers or UIDs (RFC 9051 9, sequence-set).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "imap/parser/scanner.h"

namespace gannet::imap {

struct NumberRange {
  std::uint32_t first = 0;
  std::uint32_t last = 0;  // inclusive, never below first
  friend bool operator==(const NumberRange&, const NumberRange&) = default;
};

class SequenceSet {
 public:
  // "*" as it is written; no number of a message.
  static constexpr std::uint32_t kStar = 0;

  // Ascending, disjoint, not adjacent. `*` is `largest`, and a range may be written either way round. With
  // `largest` 0 (an empty mailbox) a range that has a `*` is nothing.
  std::vector<NumberRange> resolve(std::uint32_t largest) const;
  // As resolve(), for sequence numbers: the part of it up to `largest`. kSyntax for a number beyond it that
  // is named outright (RFC 9051 9); `n:*` is never one.
  Result<std::vector<NumberRange>> resolve_sequence_numbers(std::uint32_t largest) const;

 private:
  friend Result<SequenceSet> parse_sequence_set(Scanner&);
  std::vector<NumberRange> ranges_;  // as written: first may be above last, each may be kStar
};

Result<SequenceSet> parse_sequence_set(Scanner& in);

// "1:3,5", for COPYUID and APPENDUID (RFC 4315); the numbers keep their order.
void append_number_set(std::string& out, const std::vector<std::uint32_t>& numbers);

}  // namespace gannet::imap
