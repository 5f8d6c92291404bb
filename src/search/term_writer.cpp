#include "search/term_writer.h"

#include <algorithm>

#include "search/postings.h"
#include "search/varint.h"

namespace gannet::search {
namespace {

// Postings of this size or less stand beside their term.
constexpr std::size_t kInline = 100;
constexpr std::size_t kPositionsEntry = 8 << 10;

}  // namespace

PieceWriter& TermWriter::writer(Section section) {
  return writers_[section == Section::kTerms ? 0 : section == Section::kPostings ? 1 : 2];
}

std::size_t TermWriter::bytes() const {
  std::size_t out = 0;
  for (const auto& writer : writers_) out += writer.bytes();
  return out;
}

void TermWriter::add_documents(std::string_view term, std::uint8_t field,
                               std::span<const std::uint32_t> documents) {
  documents_.clear();
  append_documents(documents_, documents);
  if (documents_.size() <= kInline) return append_field(value_, field, documents_);
  append_field_apart(value_, field);
  // By block, so that no entry is too long.
  const bool one_block = block_of(documents.front()) == block_of(documents.back());
  while (!documents.empty()) {
    const auto block = block_of(documents.front());
    const auto end = one_block ? documents.end() : std::ranges::find_if(documents, [&](std::uint32_t one) {
      return block_of(one) != block;
    });
    const auto some = documents.first(static_cast<std::size_t>(end - documents.begin()));
    if (!one_block) {
      documents_.clear();
      append_documents(documents_, some);
    }
    set_entry_key(key_, term, field, some.front());
    writer(Section::kPostings).add(key_, documents_);
    documents = documents.subspan(some.size());
  }
}

void TermWriter::end_term(std::string_view term) {
  if (!value_.empty()) writer(Section::kTerms).add(term, value_);
  value_.clear();
}

void TermWriter::add_positions(std::string_view term, std::uint8_t field, std::uint32_t document,
                               std::string_view packed) {
  if (!entry_.empty() && entry_.size() + packed.size() > kPositionsEntry) end_positions();
  if (entry_.empty()) {
    set_entry_key(entry_key_, term, field, document);
    before_ = document;
  }
  append_varint(entry_, document - before_);
  append_string(entry_, packed);
  before_ = document;
}

void TermWriter::end_positions() {
  if (!entry_.empty()) writer(Section::kPositions).add(entry_key_, entry_);
  entry_.clear();
}

}  // namespace gannet::search
