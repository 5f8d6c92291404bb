// The account's head: its counters, and the bytes that count against the quota.
#include <fmt/format.h>

#include <algorithm>

#include "fsck/account_state.h"
#include "fsck/scan.h"

namespace gannet::fsck {
namespace {

template <typename T>
void at_least(const Context& context, AccountState& account, std::string_view what,
              T mailbox::Head::* counter, T least) {
  if (account.head_lost) account.new_head.*counter = std::max(account.new_head.*counter, least);
  if (account.head_lost || account.head.*counter >= least) return;
  account.problem(context.options, "account.counters",
                  fmt::format("the next {} is {}, but {} is in use", what, account.head.*counter, least - 1),
                  [&] { account.new_head.*counter = std::max(account.new_head.*counter, least); });
}

}  // namespace

Result<void> read_outline(const Context& context, store::Reader& reader, AccountState& account) {
  const auto id = account.id;
  account.head_record = TRY(reader.get(mailbox::head_key(id)));
  if (account.head_record) {
    if (auto head = mailbox::decode_head(*account.head_record))
      account.head = *head;
    else
      account.head_lost = true;
  } else {
    account.head_lost = true;
  }
  TRY(for_each(context, reader, store::Range::prefix(mailbox::mailbox_prefix(id)),
               [&](const store::KeyValue& item) -> Result<void> {
                 const auto number = mailbox::number_of_key(item.key);
                 // One that cannot be read is as good as none: check_mailboxes() makes it anew.
                 if (auto box = mailbox::decode_mailbox(number, item.value))
                   account.mailboxes.emplace(number, *std::move(box));
                 return {};
               }));
  TRY(for_each(context, reader, store::Range::prefix(mailbox::keyword_prefix(id)),
               [&](const store::KeyValue& item) -> Result<void> {
                 if (auto name = mailbox::decode_keyword_name(item.value))
                   account.keywords.emplace(mailbox::number_of_key(item.key), *std::move(name));
                 return {};
               }));
  account.new_head = account.head;
  account.new_head.modseq += 1;
  return {};
}

Result<void> check_head(const Context& context, store::Reader&, AccountState& account) {
  std::uint64_t used = 0;
  mailbox::DocumentId last = 0;
  for (const auto& [document, brief] : account.messages) {
    last = std::max(last, document);
    if (brief.has_state) used += brief.size;
  }
  std::uint32_t validity = 0;
  for (const auto& [number, box] : account.mailboxes) validity = std::max(validity, box.uid_validity);
  at_least(context, account, "message number", &mailbox::Head::next_document, last + 1);
  if (!account.mailboxes.empty())
    at_least(context, account, "mailbox number", &mailbox::Head::next_mailbox,
             account.mailboxes.rbegin()->first + 1);
  if (account.head_lost) {
    account.new_head.used = used;
    account.new_head.last_uid_validity = std::max(account.new_head.last_uid_validity, validity);
    return {};
  }
  if (validity > account.head.last_uid_validity)
    account.problem(
        context.options, "account.counters",
        fmt::format("a mailbox has the UIDVALIDITY {}, above the last one given, {}", validity,
                    account.head.last_uid_validity),
        [&] { account.new_head.last_uid_validity = std::max(account.new_head.last_uid_validity, validity); });
  // `used` counts what check_places() has put back, so does new_head.
  if (account.new_head.used != used)
    account.problem(context.options, "account.quota",
                    fmt::format("{} bytes are counted, the messages have {}", account.new_head.used, used),
                    [&] { account.new_head.used = used; });
  return {};
}

}  // namespace gannet::fsck
