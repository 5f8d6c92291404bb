// Keys and records of the index in Subspace::kSearch. All numbers in keys are big-endian.
//
//   'f' account 0                              Head: which segments there are
//   'f' account 1 segment block                the documents of that block that this segment answers for: Roaring
//   'f' account 2 segment 't' term             the segment's terms, in pieces (blocks.h)
//   'f' account 2 segment 'p' term field doc   postings that are too long to stand beside their term, in pieces
//   'f' account 2 segment 'x' term field doc   positions for phrases, in pieces
//   's' 'j'                                    (Subspace::kSetting) the identity of this index: random
//
// `account`, `segment`, `doc` and `block` are 32 bits; a block is 65536 documents. A segment is written whole
// and never changes, apart from the documents that it answers for: a document that is indexed again, or
// removed, is taken out of these, and what is left of it goes when the segment is merged with others
// (merge.h). Each document is answered for by one segment at most. Every change of an account requires its
// Head to be the one from which it was made, so of two writers one meets a conflict and starts over.
// Segment numbers are never reused.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "store/errors.h"

namespace gannet::search {

enum class Section : std::uint8_t { kTerms = 't', kPostings = 'p', kPositions = 'x' };

std::string account_prefix(std::uint32_t account);
std::string head_key(std::uint32_t account);
std::string identity_key();
std::string live_prefix(std::uint32_t account, std::uint32_t segment);
std::string live_key(std::uint32_t account, std::uint32_t segment, std::uint32_t block);
std::uint32_t block_of_key(std::string_view live_key);
std::string segment_prefix(std::uint32_t account, std::uint32_t segment);
std::string section_prefix(std::uint32_t account, std::uint32_t segment, Section section);

inline constexpr std::uint32_t block_of(std::uint32_t document) {
  return document >> 16;
}

struct SegmentInfo {
  std::uint32_t id = 0;
  std::uint32_t live = 0;   // documents that it answers for
  std::uint32_t dead = 0;   // documents that it holds besides
  std::uint64_t bytes = 0;  // of its pieces

  bool operator==(const SegmentInfo&) const = default;
};

struct Head {
  std::uint32_t next_segment = 1;
  // A merge is writing this segment, or was when its process ended; 0 for none.
  std::uint32_t building = 0;
  std::vector<SegmentInfo> segments;
  std::vector<std::string> languages;  // whose stems there are: ISO 639-1, ascending

  bool operator==(const Head&) const = default;
};
std::string encode(const Head& head);
// kCorrupt for anything else.
Result<Head> decode_head(std::string_view record);

// --- terms: a byte for the kind, then the text, which holds no 0x00

namespace term {
inline constexpr char kWord = 'w';    // a word, folded
inline constexpr char kGram = 'g';    // two characters next to each other, or the last one of a row
inline constexpr char kStem = 's';    // language (2 bytes), stem; only where it is not the word itself
inline constexpr char kHeader = 'h';  // as kWord, of the field kHeader
inline constexpr char kHeaderGram = 'i';
// Of documents that hold more in the field than terms say: text beyond a limit, a word that was cut.
inline constexpr std::string_view kPartial = "!";
}  // namespace term

// The key of a posting or position entry; its terms compare as the terms themselves.
std::string entry_key(std::string_view term, std::uint8_t field, std::uint32_t document);
std::string entry_prefix(std::string_view term, std::uint8_t field);
void set_entry_key(std::string& key, std::string_view term, std::uint8_t field, std::uint32_t document);
struct EntryPlace {
  std::string_view term;
  std::uint8_t field = 0;
  std::uint32_t document = 0;
};
// Empty term for a key that is none.
EntryPlace place_of_entry(std::string_view key);

std::unexpected<Error> damaged(const char* what);

}  // namespace gannet::search
