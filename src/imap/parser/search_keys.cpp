#include "imap/parser/search_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/unicode.h"
#include "imap/parser/date.h"
#include "mime/charset.h"

namespace gannet::imap {
namespace {

using Kind = SearchKey::Kind;

constexpr int kMaxDepth = 50;
constexpr std::size_t kMaxKeys = 1000;

struct Named {
  std::string_view word;
  Kind kind;
  std::string_view keyword = {};  // of flags
  bool negated = false;
};

constexpr Named kFlagKeys[] = {
    {"ANSWERED", Kind::kKeyword, "\\Answered"},
    {"DELETED", Kind::kKeyword, "\\Deleted"},
    {"DRAFT", Kind::kKeyword, "\\Draft"},
    {"FLAGGED", Kind::kKeyword, "\\Flagged"},
    {"SEEN", Kind::kKeyword, "\\Seen"},
    {"UNANSWERED", Kind::kKeyword, "\\Answered", true},
    {"UNDELETED", Kind::kKeyword, "\\Deleted", true},
    {"UNDRAFT", Kind::kKeyword, "\\Draft", true},
    {"UNFLAGGED", Kind::kKeyword, "\\Flagged", true},
    {"UNSEEN", Kind::kKeyword, "\\Seen", true},
    {"ALL", Kind::kAll},
    {"RECENT", Kind::kRecent},
    {"OLD", Kind::kRecent, {}, true},
};
constexpr Named kTextKeys[] = {
    {"BCC", Kind::kBcc},   {"BODY", Kind::kBody},       {"CC", Kind::kCc}, {"FROM", Kind::kFrom},
    {"TEXT", Kind::kText}, {"SUBJECT", Kind::kSubject}, {"TO", Kind::kTo},
};
constexpr Named kDateKeys[] = {
    {"BEFORE", Kind::kBefore},         {"ON", Kind::kOn},         {"SINCE", Kind::kSince},
    {"SENTBEFORE", Kind::kSentBefore}, {"SENTON", Kind::kSentOn}, {"SENTSINCE", Kind::kSentSince},
};

const Named* find(std::span<const Named> table, std::string_view word) {
  const auto found =
      std::ranges::find_if(table, [&](const Named& n) { return equal_ignoring_ascii_case(n.word, word); });
  return found == table.end() ? nullptr : &*found;
}

SearchKey negate(SearchKey key) {
  SearchKey result;
  result.kind = Kind::kNot;
  result.children.push_back(std::move(key));
  return result;
}

// RFC 3501 6.4.4: NEW is RECENT UNSEEN.
SearchKey new_messages() {
  SearchKey seen;
  seen.kind = Kind::kKeyword;
  seen.text = "\\Seen";
  SearchKey both;
  both.kind = Kind::kAnd;
  both.children.resize(1);
  both.children.front().kind = Kind::kRecent;
  both.children.push_back(negate(std::move(seen)));
  return both;
}

class Parser {
 public:
  explicit Parser(Scanner& in) : in_(in) {}

  Result<SearchRequest> parse() {
    if (in_.skip_word("CHARSET")) {
      TRY(in_.space());
      charset_ = std::string(TRY(in_.astring("a charset")));
      if (!mime::charset_known(charset_)) {
        return fail(ImapError::kBadCharset, "The charset of the search is not known");
      }
      TRY(in_.space());
    }
    SearchRequest request;
    request.key = TRY(parse_list(0));
    TRY(in_.end());
    return request;
  }

 private:
  // Keys with a space between them: all must hold.
  Result<SearchKey> parse_list(int depth) {
    SearchKey all;
    all.kind = Kind::kAnd;
    do {
      all.children.push_back(TRY(parse_key(depth)));
    } while (in_.skip(' '));
    if (all.children.size() == 1) return std::move(all.children.front());
    return all;
  }

  Result<SearchKey> parse_key(int depth) {
    if (depth > kMaxDepth)
      return fail(ImapError::kSyntax, fmt::format("SEARCH nests deeper than {}", kMaxDepth));
    if (++count_ > kMaxKeys)
      return fail(ImapError::kSyntax, fmt::format("SEARCH has more than {} keys", kMaxKeys));
    if (in_.skip('(')) {
      auto list = TRY(parse_list(depth + 1));
      TRY(in_.expect(')', "a space or ')' after a search key"));
      return list;
    }
    if (in_.peek() == '*' || (in_.peek() >= '0' && in_.peek() <= '9')) return parse_set(Kind::kSequence);
    return parse_named(TRY(in_.atom("a search key")), depth);
  }

  Result<SearchKey> parse_named(std::string_view word, int depth) {
    SearchKey key;
    if (const auto* named = find(kFlagKeys, word)) {
      key.kind = named->kind;
      key.text = named->keyword;
      return named->negated ? negate(std::move(key)) : key;
    }
    if (equal_ignoring_ascii_case(word, "NEW")) return new_messages();
    const auto is = [&](std::string_view name) { return equal_ignoring_ascii_case(word, name); };
    const auto* text = find(kTextKeys, word);
    const auto* date = find(kDateKeys, word);
    const bool keyword = is("KEYWORD"), unkeyword = is("UNKEYWORD"), larger = is("LARGER"),
               smaller = is("SMALLER");
    if (!text && !date && !keyword && !unkeyword && !larger && !smaller && !is("NOT") && !is("OR") &&
        !is("UID") && !is("HEADER") && !is("MODSEQ")) {
      return in_.expected("a known search key before this");
    }
    TRY(in_.space());
    if (is("NOT")) return negate(TRY(parse_key(depth + 1)));
    if (is("UID")) return parse_set(Kind::kUid);
    if (is("OR")) {
      key.kind = Kind::kOr;
      key.children.push_back(TRY(parse_key(depth + 1)));
      TRY(in_.space());
      key.children.push_back(TRY(parse_key(depth + 1)));
    } else if (text) {
      key.kind = text->kind;
      key.text = TRY(parse_text());
    } else if (date) {
      key.kind = date->kind;
      key.number = TRY(parse_date(in_));
    } else if (keyword || unkeyword) {
      key.kind = Kind::kKeyword;
      key.text = std::string(TRY(in_.atom("a keyword")));
      if (unkeyword) return negate(std::move(key));
    } else if (larger || smaller) {
      key.kind = larger ? Kind::kLarger : Kind::kSmaller;
      key.number = static_cast<std::int64_t>(TRY(in_.number64("a size in octets")));
    } else if (is("MODSEQ")) {
      return parse_modseq();
    } else {
      key.kind = Kind::kHeader;
      key.name = std::string(TRY(in_.astring("the name of a header field")));
      TRY(in_.space());
      key.text = TRY(parse_text());
    }
    return key;
  }

  Result<SearchKey> parse_set(Kind kind) {
    SearchKey key;
    key.kind = kind;
    key.set = TRY(parse_sequence_set(in_));
    return key;
  }

  // RFC 7162 3.1.5: MODSEQ [entry-name entry-type] mod-sequence-valzer; all entries share one mod-sequence
  // here.
  Result<SearchKey> parse_modseq() {
    if (in_.peek() == '"') {
      TRY(in_.string("the name of a metadata entry"));
      TRY(in_.space());
      TRY(in_.atom("'priv', 'shared' or 'all'"));
      TRY(in_.space());
    }
    SearchKey key;
    key.kind = Kind::kModseq;
    key.number = static_cast<std::int64_t>(TRY(in_.number64("a mod-sequence")));
    return key;
  }

  Result<std::string> parse_text() {
    const auto raw = TRY(in_.astring("a text to search for"));
    const auto utf8 = charset_.empty() ? mime::to_utf8(raw) : mime::to_utf8(raw, charset_);
    return fold_case(utf8).value_or(std::string());
  }

  Scanner& in_;
  std::string charset_;
  std::size_t count_ = 0;
};

}  // namespace

bool SearchKey::has(Kind wanted) const {
  return kind == wanted ||
         std::ranges::any_of(children, [&](const SearchKey& child) { return child.has(wanted); });
}

Result<SearchRequest> parse_search_request(Scanner& in) {
  return Parser(in).parse();
}

}  // namespace gannet::imap
