// The change log: every commit above its floor and none below, nothing of the future; and the expunged UIDs.
//
// A log with a gap is started anew: whoever asks for older changes is told to look at everything, as after the
// log was cut.
#include <fmt/format.h>

#include "fsck/account_state.h"
#include "fsck/scan.h"
#include "mailbox/change.h"

namespace gannet::fsck {
namespace {

using mailbox::Modseq;

std::uint16_t part_of(std::string_view key) {
  const auto n = key.size();
  return static_cast<std::uint16_t>(static_cast<std::uint8_t>(key[n - 2]) << 8 |
                                    static_cast<std::uint8_t>(key[n - 1]));
}

// Nothing for a log that is whole.
Result<std::string> look_at_changes(const Context& context, store::Reader& reader,
                                    const AccountState& account) {
  std::string wrong;
  Modseq at = account.head.log_floor;
  std::uint16_t next_part = 0;
  const store::Range range{.begin = mailbox::change_key(account.id, 0),
                           .end = mailbox::change_end(account.id)};
  TRY(for_each(context, reader, range, [&](const store::KeyValue& item) -> Result<void> {
    if (!wrong.empty()) return {};
    const Modseq modseq = mailbox::modseq_of_key(item.key);
    const auto part = part_of(item.key);
    mailbox::Change change;
    if (modseq <= account.head.log_floor)
      wrong = fmt::format("it holds change {}, below its floor {}", modseq, account.head.log_floor);
    else if (modseq > account.head.modseq)
      wrong = fmt::format("it holds change {}, above the account's modseq {}", modseq, account.head.modseq);
    else if (!(modseq == at && part == next_part) && !(modseq == at + 1 && part == 0))
      wrong = fmt::format("change {} is missing or not whole", modseq == at ? at : at + 1);
    else if (!mailbox::decode_change_part(item.value, change))
      wrong = fmt::format("change {} cannot be read", modseq);
    next_part = static_cast<std::uint16_t>(part + 1);
    at = modseq;
    return {};
  }));
  if (wrong.empty() && at != account.head.modseq) wrong = fmt::format("change {} is missing", at + 1);
  return wrong;
}

Result<std::string> look_at_expunged(const Context& context, store::Reader& reader,
                                     const AccountState& account) {
  std::string wrong;
  std::uint64_t keys = 0;
  const store::Range range{.begin = mailbox::expunged_key(account.id, 0),
                           .end = mailbox::expunged_end(account.id)};
  TRY(for_each(context, reader, range, [&](const store::KeyValue& item) -> Result<void> {
    ++keys;
    const Modseq modseq = mailbox::modseq_of_key(item.key);
    std::vector<mailbox::Uid> uids;
    if (modseq <= account.head.expunged_floor || modseq > account.head.modseq)
      wrong = fmt::format("they hold change {}, outside of what they cover", modseq);
    else if (!mailbox::decode_expunged_part(item.value, 1, uids))
      wrong = fmt::format("those of change {} cannot be read", modseq);
    return {};
  }));
  if (wrong.empty() && keys != account.head.expunged_keys)
    wrong =
        fmt::format("there are {} records of them, the account counts {}", keys, account.head.expunged_keys);
  return wrong;
}

}  // namespace

Result<void> check_change_log(const Context& context, store::Reader& reader, AccountState& account) {
  const auto forget_expunged = [&] {
    account.batch.clear_range(mailbox::expunged_key(account.id, 0), mailbox::expunged_end(account.id));
    account.new_head.expunged_floor = account.modseq();
    account.new_head.expunged_keys = 0;
  };
  if (account.head_lost) {
    forget_expunged();
    return {};
  }
  // That the log is started anew is what every repair does.
  if (const auto wrong = TRY(look_at_changes(context, reader, account)); !wrong.empty())
    account.problem(context.options, "changes.log", "the change log is not whole: " + wrong, [] {});
  if (const auto wrong = TRY(look_at_expunged(context, reader, account)); !wrong.empty())
    account.problem(context.options, "changes.expunged", "the expunged UIDs are not whole: " + wrong,
                    forget_expunged);
  return {};
}

}  // namespace gannet::fsck
