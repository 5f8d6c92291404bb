#include "imap/commands/head.h"

#include "base/unicode.h"

namespace gannet::imap {

Result<Head> parse_head(Scanner& in) {
  Head head;
  head.tag = std::string(TRY(in.tag()));
  TRY(in.space());
  auto name = TRY(in.atom("a command"));
  if (equal_ignoring_ascii_case(name, "UID")) {
    head.uid = true;
    TRY(in.space());
    name = TRY(in.atom("a command after UID"));
  }
  head.spec = find_command(name, head.uid);
  return head;
}

std::optional<Reply> wrong_state(const Head& head, State state) {
  if (head.spec == nullptr)
    return bad(head.uid ? "There is no such UID command" : "There is no such command");
  const std::string name(head.spec->name);
  switch (head.spec->when) {
    case When::kNotAuthenticated:
      if (state != State::kNotAuthenticated) return bad(name + " is for before the login");
      break;
    case When::kAuthenticated:
      if (state == State::kNotAuthenticated) return bad(name + " needs a login first");
      break;
    case When::kSelected:
      if (state == State::kNotAuthenticated) return bad(name + " needs a login first");
      if (state != State::kSelected) return bad(name + " needs a mailbox: SELECT one first");
      break;
    case When::kAlways:
      break;
  }
  return std::nullopt;
}

}  // namespace gannet::imap
