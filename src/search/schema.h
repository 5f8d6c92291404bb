// Keys and records of Subspace::kSearch (data_search_store.h).
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "store/errors.h"
#include "store/search_store.h"

namespace gannet::search {

using namespace store;  // NOLINT

// A word in a field.
using Term = std::pair<std::string, SearchField>;
using Terms = std::set<Term>;

std::string account_prefix(std::uint32_t account);
// Every key of every word that begins with `start`.
std::string words_prefix(std::uint32_t account, std::string_view start);
// Every key of the one word.
std::string word_prefix(std::uint32_t account, std::string_view word);
std::string posting_key(std::uint32_t account, const Term& term, std::uint32_t document);
std::string document_key(std::uint32_t account, std::uint32_t document);
std::string indexed_prefix(std::uint32_t account);
std::string indexed_key(std::uint32_t account, std::uint32_t document);

// Which field and block a posting's key names; nothing for another key.
struct PostingPlace {
  SearchField field;
  std::uint32_t block;
};
PostingPlace posting_place(std::string_view key);

std::string encode_terms(const Terms& terms);
Result<Terms> decode_terms(std::string_view stored);

}  // namespace gannet::search
