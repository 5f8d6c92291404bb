// The account's table of keywords: numbers without a gap, no name twice.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/unicode.h"
#include "fsck/account_state.h"

namespace gannet::fsck {

Result<void> check_keywords(const Context& context, store::Reader&, AccountState& account) {
  constexpr std::uint32_t kFirst = mailbox::KeywordSet::kFirstNamed;
  const std::uint32_t above = account.keywords.empty() ? kFirst : account.keywords.rbegin()->first + 1;
  const std::uint32_t next = account.head_lost ? above : std::max(account.head.next_keyword, above);
  if (account.head_lost) account.new_head.next_keyword = next;
  if (!account.head_lost && above > account.head.next_keyword)
    account.problem(
        context.options, "keyword.next",
        fmt::format("the next keyword is {}, but {} has a name", account.head.next_keyword, above - 1),
        [&] { account.new_head.next_keyword = above; });
  std::set<std::string> names;
  for (std::uint32_t number = kFirst; number < next; ++number) {
    const auto found = account.keywords.find(number);
    const auto rename = [&account, number] {
      account.batch.set(mailbox::keyword_key(account.id, number),
                        mailbox::encode_keyword_name(fmt::format("lost-keyword-{}", number)));
    };
    if (found == account.keywords.end())
      account.problem(context.options, "keyword.name",
                      fmt::format("keyword {} has lost its name: it becomes lost-keyword-{}", number, number),
                      rename);
    else if (!names.insert(to_lower_ascii(found->second)).second)
      account.problem(context.options, "keyword.name",
                      fmt::format("two keywords have the name {}: the second becomes lost-keyword-{}",
                                  found->second, number),
                      rename);
  }
  return {};
}

}  // namespace gannet::fsck
