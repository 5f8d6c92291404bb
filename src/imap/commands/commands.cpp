#include "imap/commands/commands.h"

#include <algorithm>

#include "base/unicode.h"

namespace gannet::imap {
namespace {

constexpr CommandSpec kCommands[] = {
    {.name = "APPEND", .when = When::kAuthenticated, .parse = parse_append},
    {.name = "AUTHENTICATE", .when = When::kNotAuthenticated, .special = Special::kAuthenticate},
    {.name = "CAPABILITY", .parse = parse_capability, .blocks = false},
    {.name = "CHECK", .when = When::kSelected, .parse = parse_check},
    {.name = "CLOSE", .when = When::kSelected, .parse = parse_close},
    {.name = "COPY", .when = When::kSelected, .parse = parse_copy, .with_uid = true},
    {.name = "CREATE", .when = When::kAuthenticated, .parse = parse_create},
    {.name = "DELETE", .when = When::kAuthenticated, .parse = parse_delete},
    {.name = "EXAMINE", .when = When::kAuthenticated, .parse = parse_examine},
    {.name = "EXPUNGE", .when = When::kSelected, .parse = parse_expunge, .with_uid = true},
    {.name = "FETCH", .when = When::kSelected, .parse = parse_fetch, .with_uid = true},
    {.name = "ID", .parse = parse_id, .blocks = false},
    {.name = "IDLE", .when = When::kAuthenticated, .special = Special::kIdle},
    {.name = "LIST", .when = When::kAuthenticated, .parse = parse_list},
    {.name = "LOGIN", .when = When::kNotAuthenticated, .parse = parse_login},
    {.name = "LOGOUT", .parse = parse_logout, .blocks = false},
    {.name = "LSUB", .when = When::kAuthenticated, .parse = parse_lsub},
    {.name = "MOVE", .when = When::kSelected, .parse = parse_move, .with_uid = true},
    {.name = "NAMESPACE", .when = When::kAuthenticated, .parse = parse_namespace, .blocks = false},
    {.name = "NOOP", .parse = parse_noop},
    {.name = "RENAME", .when = When::kAuthenticated, .parse = parse_rename},
    {.name = "SEARCH", .when = When::kSelected, .parse = parse_search, .with_uid = true},
    {.name = "SELECT", .when = When::kAuthenticated, .parse = parse_select},
    {.name = "STARTTLS", .when = When::kNotAuthenticated, .special = Special::kStartTls},
    {.name = "STATUS", .when = When::kAuthenticated, .parse = parse_status},
    {.name = "STORE", .when = When::kSelected, .parse = parse_store, .with_uid = true},
    {.name = "SUBSCRIBE", .when = When::kAuthenticated, .parse = parse_subscribe},
    {.name = "UNSELECT", .when = When::kSelected, .parse = parse_unselect},
    {.name = "UNSUBSCRIBE", .when = When::kAuthenticated, .parse = parse_unsubscribe},
};

}  // namespace

const CommandSpec* find_command(std::string_view name, bool uid) {
  const auto found = std::ranges::find_if(kCommands, [&](const CommandSpec& spec) {
    return equal_ignoring_ascii_case(spec.name, name) && (!uid || spec.with_uid);
  });
  return found == std::end(kCommands) ? nullptr : found;
}

Result<std::vector<NumberRange>> message_ranges(const Selected& selected, const SequenceSet& set, bool uid) {
  const auto& uids = selected.uids;
  std::vector<NumberRange> ranges;
  if (uid) {
    for (const auto& range : set.resolve(uids.last())) {
      if (range.first <= uids.last()) ranges.push_back({range.first, std::min(range.last, uids.last())});
    }
    return ranges;
  }
  ranges = TRY(set.resolve_sequence_numbers(uids.size()));
  for (auto& range : ranges) range = {uids.uid(range.first), uids.uid(range.last)};
  return ranges;
}

std::vector<mailbox::Uid> present_uids(const mailbox::AccountView& view, const Selected& selected,
                                       const std::vector<NumberRange>& ranges) {
  std::vector<mailbox::Uid> uids;
  for (const auto& range : ranges) {
    view.for_each(selected.mailbox, range.first, range.last, [&](const mailbox::Entry& entry) {
      uids.push_back(entry.uid);
      return true;
    });
  }
  return uids;
}

std::uint32_t count_messages(const Selected& selected, const std::vector<NumberRange>& ranges) {
  std::uint32_t count = 0;
  for (const auto& range : ranges) {
    const auto up_to =
        range.last >= selected.uids.last() ? selected.uids.size() : selected.uids.count_below(range.last + 1);
    count += up_to - selected.uids.count_below(range.first);
  }
  return count;
}

}  // namespace gannet::imap
