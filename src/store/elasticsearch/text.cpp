#include "store/elasticsearch/text.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <array>
#include <cstdint>

#include "base/letters.h"
#include "base/unicode.h"

namespace gannet::store::elasticsearch {
namespace {

bool is_word(UChar32 c) {
  return (U_GET_GC_MASK(c) & (U_GC_L_MASK | U_GC_N_MASK | U_GC_M_MASK)) != 0;
}

bool is_gram(UChar32 c) {
  return is_word(c) && is_gram_script(static_cast<char32_t>(c));
}

void append(std::string& out, UChar32 c) {
  std::array<std::uint8_t, 4> bytes{};
  std::int32_t size = 0;
  U8_APPEND_UNSAFE(bytes.data(), size, c);
  out.append(reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(size));
}

std::vector<UChar32> characters(std::string_view text) {
  std::vector<UChar32> out;
  const auto size = static_cast<std::int64_t>(text.size());
  for (std::int64_t at = 0; at < size;) {
    UChar32 c = -1;
    U8_NEXT(text.data(), at, size, c);
    out.push_back(c < 0 ? 0xfffd : c);
  }
  return out;
}

}  // namespace

std::string folded(std::string_view text) {
  if (is_ascii(text)) return to_lower_ascii(text);
  auto lower = fold_case(text);
  if (!lower) lower = fold_case(to_valid_utf8(text)).value_or("");
  std::string out;
  out.reserve(lower->size());
  for (const UChar32 c : characters(*lower)) {
    if (c < 0x80)
      out.push_back(static_cast<char>(c));
    else if (!is_left_out(static_cast<char32_t>(c)))
      append(out, static_cast<UChar32>(without_accents(static_cast<char32_t>(c))));
  }
  return out;
}

std::vector<Run> runs_of(std::string_view folded) {
  const auto text = characters(folded);
  std::vector<Run> runs;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    Run run{.grams = is_gram(text[at]), .at_begin = at == 0, .pieces = {}};
    if (run.grams) {
      while (at < text.size() && is_gram(text[at])) ++at;
      run.single = at - begin == 1;
      for (std::size_t i = begin; i + 1 < at || i == begin; ++i) {
        std::string piece;
        append(piece, text[i]);
        if (i + 1 < at) append(piece, text[i + 1]);
        run.pieces.push_back(std::move(piece));
      }
    } else if (is_word(text[at])) {
      std::string word;
      std::size_t units = 0;
      for (; at < text.size() && is_word(text[at]) && !is_gram(text[at]); ++at) {
        units += static_cast<std::size_t>(U16_LENGTH(text[at]));
        if (units <= kMaxWord)
          append(word, text[at]);
        else
          run.cut = true;
      }
      run.pieces.push_back(std::move(word));
    } else {
      ++at;
      continue;
    }
    run.at_end = at == text.size();
    runs.push_back(std::move(run));
  }
  return runs;
}

}  // namespace gannet::store::elasticsearch
