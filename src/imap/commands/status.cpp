#include "imap/commands/status.h"

#include <algorithm>
#include <array>

#include "base/unicode.h"
#include "imap/mailbox_name.h"
#include "imap/response/writer.h"

namespace gannet::imap {
namespace {

constexpr std::array<std::pair<std::string_view, StatusItem>, 8> kItems = {{
    {"MESSAGES", StatusItem::kMessages},
    {"RECENT", StatusItem::kRecent},
    {"UIDNEXT", StatusItem::kUidNext},
    {"UIDVALIDITY", StatusItem::kUidValidity},
    {"UNSEEN", StatusItem::kUnseen},
    {"DELETED", StatusItem::kDeleted},
    {"SIZE", StatusItem::kSize},
    {"APPENDLIMIT", StatusItem::kAppendLimit},
}};

std::uint64_t count_deleted(const mailbox::AccountView& view, mailbox::MailboxId id) {
  std::uint64_t count = 0;
  view.for_each(id, 1, UINT32_MAX, [&](const mailbox::Entry& entry) {
    count += entry.keywords.has(mailbox::KeywordSet::kDeleted) ? 1 : 0;
    return true;
  });
  return count;
}

std::uint64_t count_recent(const mailbox::AccountView& view, mailbox::MailboxId id,
                           const StatusFacts& facts) {
  const auto first = facts.first_recent.find(id);
  std::uint64_t count = 0;
  view.for_each(id, first == facts.first_recent.end() ? 1 : first->second, UINT32_MAX,
                [&](const mailbox::Entry&) {
                  ++count;
                  return true;
                });
  return count;
}

std::uint64_t value_of(StatusItem item, const mailbox::AccountView& view, const mailbox::Mailbox& mailbox,
                       const StatusFacts& facts) {
  switch (item) {
    case StatusItem::kMessages:
      return mailbox.messages;
    case StatusItem::kRecent:
      return count_recent(view, mailbox.id, facts);
    case StatusItem::kUidNext:
      return mailbox.uid_next;
    case StatusItem::kUidValidity:
      return mailbox.uid_validity;
    case StatusItem::kUnseen:
      return mailbox.unseen;
    case StatusItem::kDeleted:
      return count_deleted(view, mailbox.id);
    case StatusItem::kSize:
      return mailbox.bytes;
    case StatusItem::kAppendLimit:
      return facts.max_message_size;
  }
  return 0;
}

}  // namespace

Result<std::vector<StatusItem>> parse_status_items(Scanner& in) {
  TRY(in.expect('(', "a list of STATUS items in parentheses"));
  std::vector<StatusItem> items;
  do {
    const auto word = TRY(in.atom("a STATUS item"));
    const auto found = std::ranges::find_if(
        kItems, [&](const auto& item) { return equal_ignoring_ascii_case(item.first, word); });
    if (found == kItems.end()) {
      return fail(
          ImapError::kSyntax,
          "A STATUS item is not known; there are MESSAGES RECENT UIDNEXT UIDVALIDITY UNSEEN DELETED SIZE "
          "APPENDLIMIT");
    }
    if (std::ranges::find(items, found->second) == items.end()) items.push_back(found->second);
  } while (in.skip(' '));
  TRY(in.expect(')', "a space or ')' after a STATUS item"));
  return items;
}

Result<StatusFacts> status_facts(Session& session, const std::vector<StatusItem>& items,
                                 std::span<const mailbox::MailboxId> mailboxes) {
  StatusFacts facts;
  facts.max_message_size = session.settings().max_message_size;
  if (std::ranges::find(items, StatusItem::kRecent) == items.end()) return facts;
  const auto first = TRY(session.accounts().first_recent(session.account, mailboxes));
  for (std::size_t i = 0; i < mailboxes.size(); ++i) facts.first_recent[mailboxes[i]] = first[i];
  return facts;
}

void append_status(std::string& out, const mailbox::AccountView& view, const mailbox::Mailbox& mailbox,
                   const std::vector<StatusItem>& items, const StatusFacts& facts) {
  out += "* STATUS ";
  append_mailbox(out, mailbox.path);
  out += " (";
  for (const auto item : items) {
    out += kItems[static_cast<std::size_t>(item)].first;
    out += ' ';
    append_number(out, value_of(item, view, mailbox, facts));
    out += ' ';
  }
  out.back() = ')';
  out += "\r\n";
}

ParsedTask parse_status(Arguments arguments) {
  auto& in = arguments.in;
  TRY(in.space());
  auto path = TRY(parse_mailbox(in));
  TRY(in.space());
  auto items = TRY(parse_status_items(in));
  TRY(in.end());
  return make_task([path = std::move(path), items = std::move(items)](Session& session,
                                                                      std::string& out) -> Result<Reply> {
    const auto view = TRY(session.accounts().view(session.account));
    mailbox::MailboxId id = 0;
    {
      const auto lock = view->lock();
      const auto* mailbox = view->find_mailbox(path);
      id = mailbox == nullptr ? 0 : mailbox->id;
    }
    const auto facts = TRY(status_facts(session, items, std::span(&id, 1)));
    const auto lock = view->lock();
    const auto* mailbox = view->find_mailbox(id);
    if (mailbox == nullptr) return no("There is no such mailbox", "NONEXISTENT");
    append_status(out, *view, *mailbox, items, facts);
    return ok("STATUS completed");
  });
}

}  // namespace gannet::imap
