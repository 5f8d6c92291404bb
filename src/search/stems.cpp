#include "search/stems.h"

#include <cld2/public/compact_lang_det.h>
#include <libstemmer.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/unicode.h"
#include "mime/charset.h"
#include "search/words.h"

namespace gannet::search {
namespace {

constexpr std::array<std::string_view, 28> kLanguages = {
    "ar", "ca", "da", "de", "el", "en", "es", "eu", "fi", "fr", "ga", "hi", "hu", "hy",
    "id", "it", "lt", "nb", "ne", "nl", "nn", "no", "pt", "ro", "ru", "sr", "sv", "tr"};

// Enough of a text to know its language by.
constexpr std::size_t kSample = 400;
// Below, cld2 guesses.
constexpr int kLeast = 20;

struct Free {
  void operator()(sb_stemmer* stemmer) const { sb_stemmer_delete(stemmer); }
};
using Stemmer = std::unique_ptr<sb_stemmer, Free>;

// A stemmer is for one thread.
sb_stemmer* stemmer_of(std::string_view language) {
  thread_local std::array<Stemmer, kLanguages.size()> stemmers;
  const auto found = std::ranges::lower_bound(kLanguages, language);
  if (found == kLanguages.end() || *found != language) return nullptr;
  auto& stemmer = stemmers[static_cast<std::size_t>(found - kLanguages.begin())];
  if (!stemmer) {
    // libstemmer knows ISO 639 codes, but only one of Norwegian's three.
    const std::string name(language == "nb" || language == "nn" ? std::string_view("no") : language);
    stemmer.reset(sb_stemmer_new(name.c_str(), "UTF_8"));
  }
  return stemmer.get();
}

}  // namespace

bool has_stems(std::string_view language) {
  return std::ranges::binary_search(kLanguages, language);
}

std::span<const std::string_view> stem_languages() {
  return kLanguages;
}

std::string stem(std::string_view language, std::string_view folded_word) {
  sb_stemmer* const stemmer = stemmer_of(language);
  if (!stemmer) return without_marks(folded_word);
  const auto* stemmed = sb_stemmer_stem(stemmer, reinterpret_cast<const sb_symbol*>(folded_word.data()),
                                        static_cast<int>(folded_word.size()));
  if (!stemmed) return without_marks(folded_word);
  const std::string_view text(reinterpret_cast<const char*>(stemmed),
                              static_cast<std::size_t>(sb_stemmer_length(stemmer)));
  return text.empty() ? without_marks(folded_word) : without_marks(text);
}

std::string detect_language(std::string_view text) {
  const std::string_view sample = mime::utf8_prefix(text, kSample);
  if (!is_utf8(sample)) return {};
  std::array<CLD2::Language, 3> languages;
  std::array<int, 3> percents;
  int bytes = 0;
  bool reliable = false;
  const auto found = CLD2::DetectLanguageSummary(sample.data(), static_cast<int>(sample.size()), true,
                                                 languages.data(), percents.data(), &bytes, &reliable);
  if (!reliable || bytes < kLeast || found == CLD2::UNKNOWN_LANGUAGE) return {};
  const std::string_view code = CLD2::LanguageCode(found);
  if (code == "iw") return "he";
  return code.size() == 2 ? std::string(code) : std::string(code.substr(0, 2));
}

}  // namespace gannet::search
