#include "store/elasticsearch/query.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <span>

#include "store/elasticsearch/index_definition.h"
#include "store/elasticsearch/text.h"

namespace gannet::store::elasticsearch {
namespace {

namespace json = boost::json;
using Kind = SearchQuery::Kind;

constexpr int kMaxDepth = 16;
constexpr std::size_t kMaxClauses = 1000;

json::object match_all() {
  return {{"match_all", json::object()}};
}
json::object match_none() {
  return {{"match_none", json::object()}};
}
json::object all_of(json::array conditions) {
  if (conditions.empty()) return match_all();
  if (conditions.size() == 1) return std::move(conditions[0].as_object());
  return {{"bool", {{"filter", std::move(conditions)}}}};
}
json::object any_of(json::array conditions) {
  if (conditions.empty()) return match_none();
  if (conditions.size() == 1) return std::move(conditions[0].as_object());
  return {{"bool", {{"should", std::move(conditions)}, {"minimum_should_match", 1}}}};
}

class Builder {
 public:
  Result<json::object> build(const SearchQuery& query, int depth, bool below_not) {
    if (depth > kMaxDepth) return fail(StoreError::kInvalid, "the search is nested too deeply");
    const bool branch = query.kind == Kind::kAnd || query.kind == Kind::kOr || query.kind == Kind::kNot;
    if (!branch && !query.children.empty()) return malformed();
    if (query.kind == Kind::kNot && query.children.size() != 1) return malformed();
    if (query.kind == Kind::kSubstring && below_not) return malformed();
    switch (query.kind) {
      case Kind::kAll:
        return match_all();
      case Kind::kNot:
        return json::object{
            {"bool", {{"must_not", json::array{TRY(build(query.children[0], depth + 1, true))}}}}};
      case Kind::kAnd:
      case Kind::kOr: {
        json::array all;
        for (const auto& child : query.children) all.emplace_back(TRY(build(child, depth + 1, below_not)));
        return query.kind == Kind::kAnd ? all_of(std::move(all)) : any_of(std::move(all));
      }
      default:
        return leaf(query);
    }
  }

 private:
  static std::unexpected<Error> malformed() { return fail(StoreError::kInvalid, "the search is malformed"); }

  Result<json::object> leaf(const SearchQuery& query) {
    const std::string text = folded(query.text);
    const auto runs = runs_of(text);
    if (runs.empty()) return match_all();  // nothing that could narrow
    json::array conditions;
    if (query.kind == Kind::kSubstring) {
      parts(runs, query.field, conditions);
    } else if (query.kind == Kind::kPhrase && query.field != SearchField::kHeader &&
               std::ranges::none_of(runs, &Run::grams)) {
      conditions.emplace_back(phrase(runs, query.field));
    } else {
      for (std::size_t i = 0; i < runs.size() && clauses_ <= kMaxClauses; ++i) {
        const bool open = query.kind == Kind::kPrefix && i + 1 == runs.size();
        conditions.emplace_back(runs[i].grams ? grams(runs[i], query.field) : word(runs[i], query, open));
      }
    }
    if (clauses_ > kMaxClauses) return fail(StoreError::kInvalid, "the search has too many words");
    return all_of(std::move(conditions));
  }

  json::object one(std::string_view kind, std::string_view field, std::string_view text) {
    ++clauses_;
    return {{kind, {{field, text}}}};
  }

  json::object word(const Run& run, const SearchQuery& query, bool open) {
    const std::string& text = run.pieces.front();
    const std::string_view field = name_of(query.field);
    if (open) return one("prefix", field, text);
    json::array forms{one("term", field, text)};
    if (query.kind == Kind::kPhrase || query.field == SearchField::kHeader) return any_of(std::move(forms));
    for (std::size_t i = 0; i < language_count(); ++i)
      if (query.language.empty() || query.language == language_at(i))
        forms.emplace_back(one("match", stem_field(query.field, language_at(i)), text));
    return any_of(std::move(forms));
  }

  json::object grams(const Run& run, SearchField field) {
    if (run.single) return one("prefix", name_of(field), run.pieces.front());
    return phrase({&run, 1}, field);
  }

  // The pieces are words already: they are parted at blanks only.
  json::object phrase(std::span<const Run> runs, SearchField field) {
    std::string text;
    for (const Run& run : runs) {
      for (const auto& piece : run.pieces) text += (text.empty() ? "" : " ") + piece;
      clauses_ += run.pieces.size();
    }
    return {{"match_phrase", {{name_of(field), {{"query", text}, {"analyzer", "whitespace"}}}}}};
  }

  // A part of a text has the text's words, its first and its last apart, which may be parts of words.
  void parts(std::span<const Run> runs, SearchField field, json::array& out) {
    const std::string_view name = name_of(field);
    for (const Run& run : runs) {
      if (run.grams && !run.single)
        for (const auto& piece : run.pieces) out.emplace_back(one("term", name, piece));
      else if (run.grams)
        out.emplace_back(one("prefix", name, run.pieces.front()));
      else if (!run.cut && !run.at_begin)
        out.emplace_back(one(run.at_end ? "prefix" : "term", name, run.pieces.front()));
    }
    // What may begin within a word takes a walk over all words: only where nothing else narrows.
    if (!out.empty() || runs.front().cut) return;
    const Run& run = runs.front();
    out.emplace_back(one("wildcard", name, fmt::format("*{}{}", run.pieces.front(), run.at_end ? "*" : "")));
  }

  std::size_t clauses_ = 0;
};

}  // namespace

Result<json::object> query_of(const SearchQuery& query) {
  return Builder().build(query, 0, false);
}

}  // namespace gannet::store::elasticsearch
