#include "base/unicode.h"

#include <unicode/bytestream.h>
#include <unicode/idna.h>
#include <unicode/normalizer2.h>
#include <unicode/stringpiece.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/usprep.h>
#include <unicode/utf8.h>

#include <algorithm>

#include "base/assert.h"

namespace gannet {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

icu::StringPiece piece(std::string_view text) {
  return {text.data(), static_cast<std::int32_t>(text.size())};
}

// Calls `visit` with each code point, negative for an ill-formed sequence, and where it ends.
template <typename Visit>
void for_each_code_point(std::string_view text, Visit visit) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  const auto size = static_cast<std::int64_t>(text.size());
  for (std::int64_t i = 0; i < size;) {
    const std::int64_t begin = i;
    UChar32 c;
    U8_NEXT(bytes, i, size, c);
    if (!visit(c, static_cast<std::size_t>(begin), static_cast<std::size_t>(i))) return;
  }
}

std::optional<std::string> normalize(const icu::Normalizer2* form, std::string_view text) {
  if (!is_utf8(text)) return std::nullopt;
  std::string out;
  icu::StringByteSink<std::string> sink(&out, static_cast<std::int32_t>(text.size()));
  UErrorCode status = U_ZERO_ERROR;
  form->normalizeUTF8(0, piece(text), sink, nullptr, status);
  if (U_FAILURE(status)) return std::nullopt;
  return out;
}

// Shared and immutable: ICU's IDNA objects may be used by any number of threads.
const icu::IDNA& idna() {
  static const icu::IDNA* const instance = [] {
    UErrorCode status = U_ZERO_ERROR;
    auto* made =
        icu::IDNA::createUTS46Instance(UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ |
                                           UIDNA_NONTRANSITIONAL_TO_ASCII | UIDNA_NONTRANSITIONAL_TO_UNICODE,
                                       status);
    GANNET_CHECK(U_SUCCESS(status) && made != nullptr);
    return made;
  }();
  return *instance;
}

bool plain_ascii_label(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

// Whether `domain`, in lower case, has none but ASCII labels of the right characters and lengths.
bool is_ascii_domain(std::string_view domain) {
  if (domain.empty() || domain.size() > 253) return false;
  std::size_t label = 0;
  for (const char c : domain) {
    if (c == '.') {
      if (label == 0) return false;
      label = 0;
    } else if (!plain_ascii_label(c) || ++label > 63) {
      return false;
    }
  }
  return label > 0;
}

bool has_encoded_label(std::string_view lower_domain) {
  return lower_domain.starts_with("xn--") || lower_domain.find(".xn--") != std::string_view::npos;
}

struct DomainForms {
  std::string ascii, unicode;
};

std::optional<DomainForms> domain_forms(std::string_view domain) {
  if (domain.empty() || domain.size() > 1024) return std::nullopt;
  if (is_ascii(domain)) {
    std::string lowered = to_lower_ascii(domain);
    if (!is_ascii_domain(lowered)) return std::nullopt;
    if (!has_encoded_label(lowered)) return DomainForms{lowered, lowered};
  } else if (!is_utf8(domain)) {
    return std::nullopt;
  }
  DomainForms forms;
  icu::StringByteSink<std::string> ascii_sink(&forms.ascii), unicode_sink(&forms.unicode);
  icu::IDNAInfo ascii_info, unicode_info;
  UErrorCode status = U_ZERO_ERROR;
  idna().nameToUnicodeUTF8(piece(domain), unicode_sink, unicode_info, status);
  if (U_FAILURE(status) || unicode_info.hasErrors()) return std::nullopt;
  idna().nameToASCII_UTF8(piece(forms.unicode), ascii_sink, ascii_info, status);
  if (U_FAILURE(status) || ascii_info.hasErrors() || !is_ascii_domain(forms.ascii)) return std::nullopt;
  return forms;
}

}  // namespace

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool is_utf8(std::string_view text) {
  bool valid = true;
  for_each_code_point(text, [&](UChar32 c, std::size_t, std::size_t) { return valid = c >= 0; });
  return valid;
}

std::string to_valid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for_each_code_point(text, [&](UChar32 c, std::size_t begin, std::size_t end) {
    out.append(c < 0 ? std::string_view("\xef\xbf\xbd") : text.substr(begin, end - begin));
    return true;
  });
  return out;
}

std::string to_lower_ascii(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), lower);
  return out;
}

bool equal_ignoring_ascii_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::optional<std::string> to_nfc(std::string_view text) {
  if (is_ascii(text)) return std::string(text);
  UErrorCode status = U_ZERO_ERROR;
  const auto* form = icu::Normalizer2::getNFCInstance(status);
  GANNET_CHECK(U_SUCCESS(status));
  return normalize(form, text);
}

std::optional<std::string> fold_case(std::string_view text) {
  if (is_ascii(text)) return to_lower_ascii(text);
  UErrorCode status = U_ZERO_ERROR;
  const auto* form = icu::Normalizer2::getNFKCCasefoldInstance(status);
  GANNET_CHECK(U_SUCCESS(status));
  return normalize(form, text);
}

std::optional<std::string> saslprep(std::string_view text) {
  if (!is_utf8(text) || text.size() > 64 * 1024) return std::nullopt;
  if (is_ascii(text)) {
    const bool clean = std::ranges::none_of(text, [](char c) { return c < ' ' || c == 0x7f; });
    return clean && !text.empty() ? std::optional(std::string(text)) : std::nullopt;
  }
  // A profile is shared and immutable, as the objects above.
  static const UStringPrepProfile* const profile = [] {
    UErrorCode status = U_ZERO_ERROR;
    auto* opened = usprep_openByType(USPREP_RFC4013_SASLPREP, &status);
    GANNET_CHECK(U_SUCCESS(status) && opened != nullptr);
    return opened;
  }();
  const auto source = icu::UnicodeString::fromUTF8(piece(text));
  // Compatibility forms grow by a factor of 18 at most.
  std::u16string prepared(static_cast<std::size_t>(source.length()) * 18 + 1, u'\0');
  UErrorCode status = U_ZERO_ERROR;
  const auto length =
      usprep_prepare(profile, source.getBuffer(), source.length(), prepared.data(),
                     static_cast<std::int32_t>(prepared.size()), USPREP_ALLOW_UNASSIGNED, nullptr, &status);
  if (U_FAILURE(status) || length <= 0) return std::nullopt;
  std::string out;
  icu::UnicodeString(false, prepared.data(), length).toUTF8String(out);
  return out;
}

bool has_unprintable(std::string_view text) {
  bool found = false;
  for_each_code_point(text, [&](UChar32 c, std::size_t, std::size_t) {
    found = c < 0 || c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 ||
            U_IS_UNICODE_NONCHAR(c) || u_hasBinaryProperty(c, UCHAR_BIDI_CONTROL);
    return !found;
  });
  return found;
}

std::optional<std::string> domain_to_unicode(std::string_view domain) {
  return domain_forms(domain).transform([](DomainForms&& forms) { return std::move(forms.unicode); });
}

std::optional<std::string> domain_to_ascii(std::string_view domain) {
  return domain_forms(domain).transform([](DomainForms&& forms) { return std::move(forms.ascii); });
}

}  // namespace gannet
