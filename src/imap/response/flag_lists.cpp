#include "imap/response/flag_lists.h"

namespace gannet::imap {
namespace {

std::string render(const mailbox::AccountView& view, const mailbox::KeywordSet& keywords, bool recent) {
  std::string list = recent ? "(\\Recent" : "(";
  for (const auto number : keywords.numbers()) {
    if (list.size() > 1) list += ' ';
    list += view.keyword_name(number);
  }
  list += ')';
  return list;
}

// Sets of flags are few; a mailbox in which they are not must not make the cache grow without end.
constexpr std::size_t kMaxCached = 4096;

}  // namespace

std::string_view FlagLists::of(const mailbox::AccountView& view, const mailbox::KeywordSet& keywords,
                               bool recent) {
  if (!keywords.high_empty()) return uncached_ = render(view, keywords, recent);
  if (last_ != nullptr && last_low_ == keywords.low() && last_recent_ == recent) return *last_;
  auto& cache = recent ? recent_ : plain_;
  if (cache.size() >= kMaxCached) cache.clear();
  const auto [at, fresh] = cache.try_emplace(keywords.low());
  if (fresh) at->second = render(view, keywords, recent);
  last_low_ = keywords.low();
  last_recent_ = recent;
  last_ = &at->second;
  return *last_;
}

std::string all_flags(const mailbox::AccountView& view, bool permanent) {
  std::string list = "(\\Answered \\Flagged \\Deleted \\Seen \\Draft";
  for (const auto& name : view.keyword_names()) {
    if (name.starts_with('\\')) continue;
    list += ' ';
    list += name;
  }
  list += permanent ? " \\*)" : ")";
  return list;
}

}  // namespace gannet::imap
