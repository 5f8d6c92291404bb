// The commands, one file each; this is their table.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "imap/parser/scanner.h"
#include "imap/parser/sequence_set.h"
#include "imap/session.h"

namespace gannet::imap {

// What a command is parsed from. `in` stands right after the command's name. What a Task keeps may point into
// the command's text, which lives as long as the task.
struct Arguments {
  Scanner& in;
  Session& session;
  bool uid = false;  // UID FETCH and its like
};
using ParsedTask = Result<std::unique_ptr<Task>>;

// Commands that talk to the connection themselves; the session's coroutine runs them.
enum class Special : std::uint8_t { kNone, kStartTls, kAuthenticate, kIdle };

// RFC 9051 6: in which states a command may come.
enum class When : std::uint8_t { kAlways, kNotAuthenticated, kAuthenticated /* or selected */, kSelected };

struct CommandSpec {
  std::string_view name;
  When when = When::kAlways;
  ParsedTask (*parse)(Arguments) = nullptr;  // null for the special ones
  bool blocks = true;                        // its task asks the core, so it runs on a worker
  bool with_uid = false;                     // there is a UID form
  Special special = Special::kNone;
};
// In any case; null if there is none.
const CommandSpec* find_command(std::string_view name, bool uid);

ParsedTask parse_append(Arguments arguments);
ParsedTask parse_capability(Arguments arguments);
ParsedTask parse_check(Arguments arguments);
ParsedTask parse_close(Arguments arguments);
ParsedTask parse_copy(Arguments arguments);
ParsedTask parse_create(Arguments arguments);
ParsedTask parse_delete(Arguments arguments);
ParsedTask parse_examine(Arguments arguments);
ParsedTask parse_expunge(Arguments arguments);
ParsedTask parse_fetch(Arguments arguments);
ParsedTask parse_id(Arguments arguments);
ParsedTask parse_list(Arguments arguments);
ParsedTask parse_login(Arguments arguments);
ParsedTask parse_logout(Arguments arguments);
ParsedTask parse_lsub(Arguments arguments);
ParsedTask parse_move(Arguments arguments);
ParsedTask parse_namespace(Arguments arguments);
ParsedTask parse_noop(Arguments arguments);
ParsedTask parse_rename(Arguments arguments);
ParsedTask parse_search(Arguments arguments);
ParsedTask parse_select(Arguments arguments);
ParsedTask parse_status(Arguments arguments);
ParsedTask parse_store(Arguments arguments);
ParsedTask parse_subscribe(Arguments arguments);
ParsedTask parse_unselect(Arguments arguments);
ParsedTask parse_unsubscribe(Arguments arguments);

// What CAPABILITY says in the session's state, without "CAPABILITY" (RFC 9051 7.2.2).
std::string capabilities(const Session& session);
// Logs in, or answers NO and counts the failure. For LOGIN and AUTHENTICATE.
Reply log_in(Session& session, directory::Credentials credentials);
// The same with what the directory has said. `login`: as the client gave it.
// How somebody tried; the login is empty before it is known.
struct LoginAttempt {
  std::string login, mechanism;
};
Reply finish_login(Session& session, const LoginAttempt& attempt, Result<directory::AuthOutcome> outcome);

// A task of one step that `work` does: Reply(Session&, std::string& out), or Result<Reply>.
template <typename F>
std::unique_ptr<Task> make_task(F work, Updates updates = Updates::kAll) {
  class Single final : public Task {
   public:
    Single(F f, Updates u) : work_(std::move(f)), updates_(u) {}
    std::optional<Reply> step(Session& session, std::string& out) override {
      Result<Reply> reply = work_(session, out);
      return reply ? *std::move(reply) : reply_to(reply.error());
    }
    Updates updates() const override { return updates_; }

   private:
    F work_;
    Updates updates_;
  };
  return std::make_unique<Single>(std::move(work), updates);
}

// The UIDs that a set names, as ranges; UIDs in them that the session does not know are not meant.
Result<std::vector<NumberRange>> message_ranges(const Selected& selected, const SequenceSet& set, bool uid);
// Those of them that are there, ascending. A lock is held.
std::vector<mailbox::Uid> present_uids(const mailbox::AccountView& view, const Selected& selected,
                                       const std::vector<NumberRange>& ranges);
// How many of the session's messages the ranges name.
std::uint32_t count_messages(const Selected& selected, const std::vector<NumberRange>& ranges);

}  // namespace gannet::imap
