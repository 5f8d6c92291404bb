#include "store/elasticsearch/index_definition.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <utility>

#include "store/elasticsearch/text.h"

namespace gannet::store::elasticsearch {
namespace {

namespace json = boost::json;

// What the engine calls Snowball's stemmers.
constexpr std::array kLanguages{
    std::pair<std::string_view, std::string_view>{"da", "Danish"},
    std::pair<std::string_view, std::string_view>{"de", "German"},
    std::pair<std::string_view, std::string_view>{"en", "English"},
    std::pair<std::string_view, std::string_view>{"es", "Spanish"},
    std::pair<std::string_view, std::string_view>{"fi", "Finnish"},
    std::pair<std::string_view, std::string_view>{"fr", "French"},
    std::pair<std::string_view, std::string_view>{"hu", "Hungarian"},
    std::pair<std::string_view, std::string_view>{"it", "Italian"},
    std::pair<std::string_view, std::string_view>{"nl", "Dutch"},
    std::pair<std::string_view, std::string_view>{"no", "Norwegian"},
    std::pair<std::string_view, std::string_view>{"pt", "Portuguese"},
    std::pair<std::string_view, std::string_view>{"ro", "Romanian"},
    std::pair<std::string_view, std::string_view>{"ru", "Russian"},
    std::pair<std::string_view, std::string_view>{"sv", "Swedish"},
    std::pair<std::string_view, std::string_view>{"tr", "Turkish"},
};

constexpr std::array kFields{
    SearchField::kSubject,   SearchField::kFrom, SearchField::kTo,     SearchField::kCc,
    SearchField::kBcc,       SearchField::kBody, SearchField::kHeader, SearchField::kAttachmentName,
    SearchField::kAttachment};

// One token a match, as group 1 of a look-ahead, so that tokens may overlap: a longest run of letters, digits and
// marks, or each two neighbours of a script without blanks and the last one of its run. See runs_of().
std::string token_expression() {
  const std::string grams =
      "\\p{IsHan}\\p{IsHiragana}\\p{IsKatakana}\\p{IsHangul}\\p{IsThai}\\p{IsLao}\\p{IsKhmer}\\p{IsMyanmar}"
      "\\u30fc";
  const std::string gram = "[" + grams + "&&[\\p{L}\\p{N}\\p{M}]]";
  const std::string word = "[\\p{L}\\p{N}\\p{M}&&[^" + grams + "]]";
  return fmt::format("(?=((?<!{0}){0}+|{1}{1}|{1}(?!{1})))", word, gram);
}

json::object analysis() {
  json::object filters{{"cut", {{"type", "truncate"}, {"length", kMaxWord}}}};
  json::object analyzers{{"words", {{"type", "custom"}, {"tokenizer", "runs"}, {"filter", {"cut"}}}}};
  for (const auto& [code, name] : kLanguages) {
    const std::string stem = fmt::format("stem_{}", code);
    filters[stem] = {{"type", "snowball"}, {"language", name}};
    analyzers[stem] = {{"type", "custom"}, {"tokenizer", "runs"}, {"filter", json::array{stem, "cut"}}};
  }
  return {{"tokenizer", {{"runs", {{"type", "pattern"}, {"pattern", token_expression()}, {"group", 1}}}}},
          {"filter", std::move(filters)},
          {"analyzer", std::move(analyzers)}};
}

json::object text_field(std::string_view analyzer, json::array copy_to = {}) {
  json::object field{{"type", "text"}, {"analyzer", analyzer}, {"norms", false}};
  if (analyzer != "words") field["index_options"] = "docs";
  if (!copy_to.empty()) field["copy_to"] = std::move(copy_to);
  return field;
}

json::object properties() {
  json::object out{
      {"account", {{"type", "long"}}}, {"document", {{"type", "long"}}}, {"any", text_field("words")}};
  for (const SearchField field : kFields)
    out[name_of(field)] =
        text_field("words", field == SearchField::kHeader ? json::array() : json::array{"any"});
  for (const auto& [code, name] : kLanguages) {
    const std::string analyzer = fmt::format("stem_{}", code), any = fmt::format("any_{}", code);
    out[any] = text_field(analyzer);
    for (const SearchField field : kFields)
      if (field != SearchField::kHeader)
        out[stem_field(field, code)] =
            text_field(analyzer, {json::string(name_of(field)), "any", json::string(any)});
  }
  return out;
}

}  // namespace

std::string alias_of(const IndexOptions& options) {
  return options.prefix + "messages";
}
std::string index_of(const IndexOptions& options) {
  return fmt::format("{}-{}", alias_of(options), kLayout);
}

json::object definition(const IndexOptions& options) {
  return {{"aliases", {{alias_of(options), json::object()}}},
          {"settings",
           {{"number_of_shards", options.shards},
            {"number_of_replicas", options.replicas},
            {"analysis", analysis()}}},
          {"mappings",
           {{"dynamic", "strict"},
            {"_meta", {{"gannet", kLayout}}},
            {"_source", {{"enabled", false}}},
            {"_routing", {{"required", true}}},
            {"properties", properties()}}}};
}

std::string_view name_of(SearchField field) {
  switch (field) {
    case SearchField::kSubject:
      return "subject";
    case SearchField::kFrom:
      return "from";
    case SearchField::kTo:
      return "to";
    case SearchField::kCc:
      return "cc";
    case SearchField::kBcc:
      return "bcc";
    case SearchField::kBody:
      return "body";
    case SearchField::kAttachmentName:
      return "attachment_name";
    case SearchField::kAttachment:
      return "attachment";
    case SearchField::kHeader:
      return "header";
    case SearchField::kAny:
      break;
  }
  return "any";
}

bool has_stems(std::string_view language) {
  return std::ranges::any_of(kLanguages, [&](const auto& known) { return known.first == language; });
}
std::string stem_field(SearchField field, std::string_view language) {
  return fmt::format("{}_{}", name_of(field), language);
}
std::string_view language_at(std::size_t index) {
  return kLanguages.at(index).first;
}
std::size_t language_count() {
  return kLanguages.size();
}

}  // namespace gannet::store::elasticsearch
