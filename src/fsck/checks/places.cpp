// Messages and their states, both ways: a message without a state is in no mailbox, and gets back into INBOX;
// a state without a message shows what nobody can read.
#include <fmt/format.h>

#include "fsck/account_state.h"

namespace gannet::fsck {
namespace {

using mailbox::Mailbox;

// INBOX as the repair leaves it; 0 for none.
mailbox::MailboxId inbox_of(const AccountState& account) {
  for (const auto* list : {&account.changed, &account.mailboxes})
    for (const auto& [id, box] : *list)
      if (box.role == mailbox::Role::kInbox) return id;
  return 0;
}

void put_into_inbox(const Context& context, AccountState& account, mailbox::DocumentId document,
                    const Brief& brief) {
  Mailbox& inbox = account.edit(inbox_of(account));
  mailbox::MessageState state{.document = document,
                              .thread = brief.record_thread,
                              .size = brief.record_size,
                              .received = brief.received,
                              .keywords = {},
                              .places = {}};
  state.places.push_back(
      {inbox.id, inbox.uid_next++, account.modseq(), to_unix_ms(context.clock.now()), false});
  inbox.messages += 1;
  inbox.unseen += 1;
  inbox.bytes += state.size;
  inbox.highest_modseq = account.modseq();
  account.new_head.used += state.size;
  account.states.insert_or_assign(document, std::move(state));
}

}  // namespace

Result<void> check_places(const Context& context, store::Reader&, AccountState& account) {
  for (auto& [document, brief] : account.messages) {
    if (brief.has_state && !brief.has_record)
      account.lost("message.record",
                   fmt::format("message {} is in a mailbox, but what it was is gone", document));
    if (brief.has_state && brief.has_record && brief.size != brief.record_size)
      account.lost("message.size", fmt::format("message {} has {} bytes for some and {} for others", document,
                                               brief.size, brief.record_size));
    if (brief.has_state || !brief.has_record) continue;
    // Made by check_mailboxes() in this round, unless that was full.
    if (context.options.repair && inbox_of(account) == 0) continue;
    account.problem(context.options, "message.state", fmt::format("message {} is in no mailbox", document),
                    [&] {
                      put_into_inbox(context, account, document, brief);
                      brief.has_state = true;
                      brief.size = brief.record_size;
                      brief.thread = brief.record_thread;
                    });
  }
  return {};
}

}  // namespace gannet::fsck
