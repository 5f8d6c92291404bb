#include "imap/commands/search_match.h"

#include <algorithm>

#include "base/unicode.h"
#include "imap/commands/commands.h"
#include "imap/parser/date.h"
#include "mime/address_text.h"
#include "mime/encoded_word.h"
#include "mime/message.h"
#include "mime/text.h"

namespace gannet::imap {
namespace {

using Kind = SearchKey::Kind;

bool contains(std::string_view text, std::string_view folded_needle) {
  if (folded_needle.empty()) return true;
  const auto folded = fold_case(text);
  return folded && folded->find(folded_needle) != std::string::npos;
}

bool in_ranges(const std::vector<NumberRange>& ranges, std::uint32_t number) {
  const auto after = std::ranges::upper_bound(ranges, number, {}, &NumberRange::first);
  return after != ranges.begin() && number <= std::prev(after)->last;
}

bool compare_day(Kind kind, std::int64_t day, std::int64_t wanted) {
  switch (kind) {
    case Kind::kBefore:
    case Kind::kSentBefore:
      return day < wanted;
    case Kind::kOn:
    case Kind::kSentOn:
      return day == wanted;
    default:
      return day >= wanted;
  }
}

}  // namespace

SearchCost cost_of(const SearchKey& key) {
  switch (key.kind) {
    case Kind::kAnd:
    case Kind::kOr:
    case Kind::kNot: {
      auto cost = SearchCost::kColumns;
      for (const auto& child : key.children) cost = std::max(cost, cost_of(child));
      return cost;
    }
    case Kind::kSentBefore:
    case Kind::kSentOn:
    case Kind::kSentSince:
    case Kind::kFrom:
    case Kind::kTo:
    case Kind::kCc:
    case Kind::kBcc:
    case Kind::kSubject:
      return SearchCost::kRecord;
    case Kind::kHeader:
      return equal_ignoring_ascii_case(key.name, "Message-ID") ? SearchCost::kRecord : SearchCost::kContent;
    case Kind::kBody:
    case Kind::kText:
      return SearchCost::kContent;
    default:
      return SearchCost::kColumns;
  }
}

void order_by_cost(SearchKey& key) {
  std::vector<SearchKey> ordered;
  std::vector<SearchCost> costs;
  for (auto& child : key.children) {
    order_by_cost(child);
    costs.push_back(cost_of(child));
  }
  for (const auto cost : {SearchCost::kColumns, SearchCost::kRecord, SearchCost::kContent}) {
    for (std::size_t i = 0; i < costs.size(); ++i) {
      if (costs[i] == cost) ordered.push_back(std::move(key.children[i]));
    }
  }
  key.children = std::move(ordered);
}

// Whether a field of the header section, of that name if one is given, holds the text.
bool fields_contain(std::string_view header, std::string_view name, std::string_view needle) {
  for (mime::HeaderReader reader(header, 0); reader.next();) {
    if (!name.empty() && !equal_ignoring_ascii_case(reader.header().name(header), name)) continue;
    if (contains(mime::decode_unstructured(reader.header().raw_value(header)), needle)) return true;
  }
  return false;
}

// One message, its record decoded and its content read at the first need.
class SearchMatcher::Message {
 public:
  Message(const mailbox::Entry& entry, const mailbox::MessageRecord& record, const Services& services)
      : entry_(entry), record_(record), services_(services) {}

  const mailbox::Entry& entry() const { return entry_; }

  Result<const mime::MessageSummary*> summary() {
    if (!summary_) summary_ = mime::decode_summary(record_.summary);
    if (!summary_) {
      remade_ = mime::encode_summary(*TRY(parsed()));
      summary_ = mime::decode_summary(remade_);
    }
    if (!summary_) return fail(mailbox::MailboxError::kCorrupt, "A message cannot be read");
    return &*summary_;
  }

  Result<const mime::ParsedMessage*> parsed() {
    if (!parsed_) {
      content_ = TRY(services_.accounts->content(record_));
      parsed_ = mime::parse(content_, services_.accounts->mime_limits());
    }
    return &*parsed_;
  }

  // RFC 9051 6.4.4: an empty text asks whether the field is there.
  Result<bool> header_contains(std::string_view name, std::string_view needle) {
    const auto parts = TRY(summary())->parts();
    if (parts.empty()) return false;
    const auto header =
        TRY(services_.headers->header(*services_.accounts, record_, parts.front().header.end));
    return fields_contain(*header, name, needle);
  }

  // Its text, the names of its attachments, and the headers of messages within it.
  Result<bool> body_contains(std::string_view needle) {
    const auto* message = TRY(parsed());
    for (const auto& part : message->parts) {
      if (part.kind == mime::PartKind::kText && contains(mime::text_of(*message, part), needle)) return true;
      if (contains(message->file_name(part), needle)) return true;
      const bool inner =
          part.parent != mime::kNoPart && message->parts[part.parent].kind == mime::PartKind::kMessage;
      if (inner && fields_contain(message->header_of(part), {}, needle)) return true;
    }
    return needle.empty();
  }

 private:
  const mailbox::Entry& entry_;
  const mailbox::MessageRecord& record_;
  const Services& services_;
  std::optional<mime::MessageSummary> summary_;
  std::optional<mime::ParsedMessage> parsed_;
  std::string remade_;
  std::string content_;
};

Result<SearchMatcher> SearchMatcher::prepare(const SearchKey& key, const Selected& selected,
                                             const mailbox::AccountView& view) {
  SearchMatcher matcher(key, selected.recent);
  TRY(matcher.prepare_key(key, selected, view));
  return matcher;
}

Result<void> SearchMatcher::prepare_key(const SearchKey& key, const Selected& selected,
                                        const mailbox::AccountView& view) {
  if (key.kind == Kind::kSequence || key.kind == Kind::kUid) {
    ranges_[&key] = TRY(message_ranges(selected, key.set, key.kind == Kind::kUid));
  } else if (key.kind == Kind::kKeyword) {
    keywords_[&key] = view.keyword_number(key.text);
  }
  for (const auto& child : key.children) TRY(prepare_key(child, selected, view));
  return {};
}

std::optional<bool> SearchMatcher::match_columns(const mailbox::Entry& entry) const {
  return columns(*key_, entry);
}

std::optional<bool> SearchMatcher::columns(const SearchKey& key, const mailbox::Entry& entry) const {
  switch (key.kind) {
    case Kind::kAll:
      return true;
    case Kind::kRecent:
      return recent_->has(entry.uid);
    case Kind::kNot: {
      const auto inner = columns(key.children.front(), entry);
      return inner ? std::optional(!*inner) : std::nullopt;
    }
    case Kind::kAnd:
    case Kind::kOr: {
      const bool decides = key.kind == Kind::kOr;
      bool known = true;
      for (const auto& child : key.children) {
        const auto answer = columns(child, entry);
        if (answer == decides) return decides;
        known = known && answer.has_value();
      }
      return known ? std::optional(!decides) : std::nullopt;
    }
    case Kind::kKeyword: {
      const auto number = keywords_.at(&key);
      return number && entry.keywords.has(*number);
    }
    case Kind::kSequence:
    case Kind::kUid:
      return in_ranges(ranges_.at(&key), entry.uid);
    case Kind::kLarger:
      return entry.size > static_cast<std::uint64_t>(key.number);
    case Kind::kSmaller:
      return entry.size < static_cast<std::uint64_t>(key.number);
    case Kind::kModseq:
      return entry.modseq >= static_cast<std::uint64_t>(key.number);
    case Kind::kBefore:
    case Kind::kOn:
    case Kind::kSince:
      return compare_day(key.kind, day_of(entry.received), key.number);
    default:
      return std::nullopt;
  }
}

Result<bool> SearchMatcher::match(const mailbox::Entry& entry, const mailbox::MessageRecord& record,
                                  const Services& services) const {
  Message message(entry, record, services);
  return evaluate(*key_, message);
}

Result<bool> SearchMatcher::evaluate(const SearchKey& key, Message& message) const {
  if (const auto known = columns(key, message.entry())) return *known;
  switch (key.kind) {
    case Kind::kNot:
      return !TRY(evaluate(key.children.front(), message));
    case Kind::kAnd:
    case Kind::kOr: {
      const bool decides = key.kind == Kind::kOr;
      for (const auto& child : key.children) {
        if (TRY(evaluate(child, message)) == decides) return decides;
      }
      return !decides;
    }
    case Kind::kSentBefore:
    case Kind::kSentOn:
    case Kind::kSentSince: {
      const auto& date = TRY(message.summary())->date;
      return date && compare_day(key.kind, date->local_day(), key.number);
    }
    case Kind::kFrom:
      return contains(mime::addresses_text(TRY(message.summary())->envelope.from), key.text);
    case Kind::kTo:
      return contains(mime::addresses_text(TRY(message.summary())->envelope.to), key.text);
    case Kind::kCc:
      return contains(mime::addresses_text(TRY(message.summary())->envelope.cc), key.text);
    case Kind::kBcc:
      return contains(mime::addresses_text(TRY(message.summary())->envelope.bcc), key.text);
    case Kind::kSubject:
      return contains(mime::decode_words(TRY(message.summary())->envelope.subject), key.text);
    case Kind::kHeader:
      if (cost_of(key) == SearchCost::kRecord) {
        const auto id = TRY(message.summary())->envelope.message_id;
        return !id.empty() && contains(id, key.text);
      }
      return message.header_contains(key.name, key.text);
    case Kind::kBody:
      return message.body_contains(key.text);
    case Kind::kText:
      if (TRY(message.header_contains({}, key.text))) return true;
      return message.body_contains(key.text);
    default:
      return false;
  }
}

}  // namespace gannet::imap
