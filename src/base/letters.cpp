#include "base/letters.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>

#include "base/assert.h"

namespace gannet {

bool is_left_out(char32_t character) {
  const auto c = static_cast<UChar32>(character);
  if ((U_GET_GC_MASK(c) & U_GC_MN_MASK) == 0) return false;
  const auto combining = u_getCombiningClass(c);
  return combining >= 200 || (combining >= 10 && combining <= 36);
}

bool is_gram_script(char32_t character) {
  const auto c = static_cast<UChar32>(character);
  // The sound mark of Japanese belongs to two scripts, and so to none.
  if (c == 0x30fc) return true;
  UErrorCode status = U_ZERO_ERROR;
  switch (uscript_getScript(c, &status)) {
    case USCRIPT_HAN:
    case USCRIPT_HIRAGANA:
    case USCRIPT_KATAKANA:
    case USCRIPT_HANGUL:
    case USCRIPT_THAI:
    case USCRIPT_LAO:
    case USCRIPT_KHMER:
    case USCRIPT_MYANMAR:
      return true;
    default:
      return false;
  }
}

char32_t without_accents(char32_t character) {
  const auto c = static_cast<UChar32>(character);
  static const icu::Normalizer2* const form = [] {
    UErrorCode status = U_ZERO_ERROR;
    const auto* found = icu::Normalizer2::getNFDInstance(status);
    GANNET_CHECK(U_SUCCESS(status));
    return found;
  }();
  icu::UnicodeString parts;
  if (!form->getDecomposition(c, parts)) return character;
  UChar32 base = 0;
  for (std::int32_t i = 0; i < parts.length();) {
    const UChar32 part = parts.char32At(i);
    i += U16_LENGTH(part);
    if (is_left_out(static_cast<char32_t>(part))) continue;
    if (base != 0) return character;
    base = part;
  }
  return base == 0 ? character : static_cast<char32_t>(base);
}

}  // namespace gannet
