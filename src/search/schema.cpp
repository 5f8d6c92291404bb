#include "search/schema.h"

#include "base/bytes.h"
#include "store/subspace.h"

namespace gannet::search {
namespace {
constexpr std::uint8_t kVersion = 1;
KeyWriter of_account(std::uint32_t account) {
  return KeyWriter(static_cast<std::uint8_t>(Subspace::kSearch)).u32(account);
}
std::uint32_t block_of(std::uint32_t document) {
  return document >> 16;
}
}  // namespace

std::string account_prefix(std::uint32_t account) {
  return of_account(account).take();
}
std::string words_prefix(std::uint32_t account, std::string_view start) {
  return of_account(account).u8('p').raw(start).take();
}
std::string word_prefix(std::uint32_t account, std::string_view word) {
  return of_account(account).u8('p').string(word).take();
}
std::string posting_key(std::uint32_t account, const Term& term, std::uint32_t document) {
  return of_account(account)
      .u8('p')
      .string(term.first)
      .u8(static_cast<std::uint8_t>(term.second))
      .u32(block_of(document))
      .take();
}
std::string document_key(std::uint32_t account, std::uint32_t document) {
  return of_account(account).u8('d').u32(document).take();
}
std::string indexed_prefix(std::uint32_t account) {
  return of_account(account).u8('a').take();
}
std::string indexed_key(std::uint32_t account, std::uint32_t document) {
  return of_account(account).u8('a').u32(block_of(document)).take();
}

PostingPlace posting_place(std::string_view key) {
  // The last five bytes: field, block.
  KeyReader in(key.substr(key.size() < 5 ? 0 : key.size() - 5));
  const auto field = static_cast<SearchField>(in.u8());
  return {.field = field, .block = in.u32()};
}

std::string encode_terms(const Terms& terms) {
  RecordWriter out(kVersion);
  for (const auto& [word, field] : terms) out.string(word).u8(static_cast<std::uint8_t>(field));
  return out.take();
}

Result<Terms> decode_terms(std::string_view stored) {
  RecordReader in(stored);
  const bool known = in.u8() == kVersion;
  Terms terms;
  while (in.ok() && in.remaining() > 0) {
    const std::string_view word = in.string();
    terms.emplace(word, static_cast<SearchField>(in.u8()));
  }
  if (!known || !in.ok())
    return fail(StoreError::kCorrupt, "the search index is damaged", "words of a document");
  return terms;
}

}  // namespace gannet::search
