#include <array>

#include "base/unicode.h"
#include "imap/commands/commands.h"
#include "imap/mailbox_name.h"

namespace gannet::imap {
namespace {

// RFC 6154 3: "(USE (\Drafts))". A mailbox has one use; what cannot be given is refused whole.
Result<mailbox::Role> parse_use(Scanner& in) {
  using mailbox::Role;
  static constexpr std::array<std::pair<std::string_view, Role>, 6> kUses = {
      {{"Archive", Role::kArchive},
       {"Drafts", Role::kDrafts},
       {"Junk", Role::kJunk},
       {"Sent", Role::kSent},
       {"Trash", Role::kTrash},
       {"Important", Role::kImportant}}};
  TRY(in.expect('(', "a list in parentheses"));
  if (!in.skip_word("USE")) return in.expected("USE");
  TRY(in.space());
  TRY(in.expect('(', "a list of special uses in parentheses"));
  auto role = Role::kNone;
  bool unknown = false;
  if (!in.skip(')')) {
    do {
      TRY(in.expect('\\', "a special use such as \\Sent"));
      const auto word = TRY(in.atom("a special use after '\\'"));
      bool known = false;
      for (const auto& [name, use] : kUses) {
        if (!equal_ignoring_ascii_case(word, name)) continue;
        known = role == Role::kNone || role == use;
        role = use;
      }
      unknown = unknown || !known;
    } while (in.skip(' '));
    TRY(in.expect(')', "a space or ')' after a special use"));
  }
  TRY(in.expect(')', "')' after the special uses"));
  if (unknown) return fail(ImapError::kRefused, "That special use cannot be given to a mailbox");
  return role;
}

}  // namespace

// RFC 9051 6.3.4
ParsedTask parse_create(Arguments arguments) {
  auto& in = arguments.in;
  TRY(in.space());
  auto path = TRY(parse_mailbox(in));
  Result<mailbox::Role> role = mailbox::Role::kNone;
  if (in.skip(' ')) role = parse_use(in);
  if (!role && role.error().is(ImapError::kSyntax)) return std::unexpected(role.error());
  if (role) TRY(in.end());
  // A delimiter at the end only says that children will follow.
  if (path.size() > 1 && path.back() == kDelimiter) path.pop_back();
  return make_task([path = std::move(path), role](Session& session, std::string&) -> Result<Reply> {
    if (!role) return no(role.error().text(), "USEATTR");
    if (*role != mailbox::Role::kNone) {
      const auto view = TRY(session.accounts().view(session.account));
      const auto lock = view->lock();
      if (view->find_role(*role) != nullptr) return no("Another mailbox has this special use", "USEATTR");
    }
    TRY(session.accounts().create_mailbox(session.account, path, *role));
    return ok("CREATE completed");
  });
}

}  // namespace gannet::imap
