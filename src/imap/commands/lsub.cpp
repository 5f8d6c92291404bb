#include <set>

#include "imap/commands/list.h"
#include "imap/mailbox_name.h"
#include "imap/response/writer.h"

namespace gannet::imap {
namespace {

void append_lsub(std::string& out, std::string_view attributes, std::string_view path) {
  out += "* LSUB (";
  out += attributes;
  out += ") \"/\" ";
  append_mailbox(out, path);
  out += "\r\n";
}

}  // namespace

// RFC 3501 6.3.9
ParsedTask parse_lsub(Arguments arguments) {
  auto& in = arguments.in;
  TRY(in.space());
  const auto reference = TRY(in.astring("a reference name, mostly \"\""));
  TRY(in.space());
  const auto wanted = TRY(in.list_mailbox());
  auto pattern = TRY(join_pattern(reference, wanted));
  TRY(in.end());
  return make_task([pattern = std::move(pattern)](Session& session, std::string& out) -> Result<Reply> {
    const auto lost = TRY(session.accounts().lost_subscriptions(session.account));
    const auto view = TRY(session.accounts().view(session.account));
    const auto lock = view->lock();
    std::set<std::string, std::less<>> told;
    const auto tell = [&](const std::string& path, std::string_view attributes) {
      if (matches_pattern(pattern, path)) {
        if (told.insert(path).second) append_lsub(out, attributes, path);
        return;
      }
      // A pattern with `%` shows the level above a subscribed mailbox, as \Noselect if it is not subscribed
      // itself.
      for (auto end = path.rfind(kDelimiter); end != std::string::npos && end > 0;
           end = path.rfind(kDelimiter, end - 1)) {
        const auto above = path.substr(0, end);
        if (!matches_pattern(pattern, above)) continue;
        const auto* parent = view->find_mailbox(above);
        if (parent != nullptr && parent->subscribed) break;
        if (told.insert(above).second) append_lsub(out, "\\Noselect", above);
      }
    };
    for (const auto* mailbox : view->mailboxes())
      if (mailbox->subscribed) tell(mailbox->path, "");
    for (const auto& path : lost)
      if (view->find_mailbox(path) == nullptr) tell(path, "\\Noselect");
    return ok("LSUB completed");
  });
}

}  // namespace gannet::imap
