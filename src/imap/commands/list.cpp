#include "imap/commands/list.h"

#include <algorithm>
#include <unordered_set>

#include "base/unicode.h"
#include "imap/mailbox_name.h"
#include "imap/response/writer.h"

namespace gannet::imap {
namespace {

constexpr std::size_t kMaxPattern = 1024;
constexpr std::size_t kMaxPatterns = 50;

Result<void> parse_selection(Scanner& in, ListRequest& request) {
  if (in.skip(')')) return {};
  do {
    const auto word = TRY(in.atom("a selection option"));
    if (equal_ignoring_ascii_case(word, "SUBSCRIBED")) {
      request.select_subscribed = true;
    } else if (equal_ignoring_ascii_case(word, "SPECIAL-USE")) {
      request.select_special_use = true;
    } else if (equal_ignoring_ascii_case(word, "RECURSIVEMATCH")) {
      request.recursive_match = true;
    } else if (!equal_ignoring_ascii_case(word, "REMOTE")) {  // there are no remote mailboxes
      return fail(
          ImapError::kSyntax,
          "A selection option of LIST is not known; there are SUBSCRIBED SPECIAL-USE REMOTE RECURSIVEMATCH");
    }
  } while (in.skip(' '));
  TRY(in.expect(')', "a space or ')' after a selection option"));
  // RFC 5258 3.1
  if (request.recursive_match && !request.select_subscribed && !request.select_special_use) {
    return fail(ImapError::kSyntax, "RECURSIVEMATCH needs another selection option beside it");
  }
  return {};
}

Result<void> parse_return(Scanner& in, ListRequest& request) {
  if (!in.skip_word("RETURN")) return in.expected("RETURN");
  TRY(in.space());
  TRY(in.expect('(', "a list of return options in parentheses"));
  if (in.skip(')')) return {};
  do {
    const auto word = TRY(in.atom("a return option"));
    if (equal_ignoring_ascii_case(word, "SUBSCRIBED")) {
      request.return_subscribed = true;
    } else if (equal_ignoring_ascii_case(word, "STATUS")) {
      TRY(in.space());
      request.return_status = TRY(parse_status_items(in));
    } else if (!equal_ignoring_ascii_case(word, "CHILDREN") &&
               !equal_ignoring_ascii_case(word, "SPECIAL-USE")) {
      return fail(ImapError::kSyntax,
                  "A return option of LIST is not known; there are SUBSCRIBED CHILDREN SPECIAL-USE STATUS");
    }
  } while (in.skip(' '));
  return in.expect(')', "a space or ')' after a return option");
}

Result<void> parse_patterns(Scanner& in, std::string_view reference, ListRequest& request) {
  if (!in.skip('(')) {
    const auto pattern = TRY(in.list_mailbox());
    request.ask_delimiter = pattern.empty();
    request.patterns.push_back(TRY(join_pattern(reference, pattern)));
    return {};
  }
  do {
    if (request.patterns.size() == kMaxPatterns)
      return fail(ImapError::kSyntax, "LIST has too many patterns");
    const auto pattern = TRY(in.list_mailbox());
    request.patterns.push_back(TRY(join_pattern(reference, pattern)));
  } while (in.skip(' '));
  return in.expect(')', "a space or ')' after a pattern");
}

class Lister {
 public:
  Lister(const mailbox::AccountView& view, const ListRequest& request, const StatusFacts& facts,
         std::string& out)
      : view_(view), request_(request), facts_(facts), out_(out), mailboxes_(view.mailboxes()) {}

  void list() {
    for (const auto* mailbox : mailboxes_) {
      if (mailbox->parent != 0) parents_.insert(mailbox->parent);
    }
    if (request_.recursive_match) find_selected_ancestors();
    for (const auto* mailbox : mailboxes_) {
      const bool matches = std::ranges::any_of(request_.patterns, [&](const std::string& pattern) {
        return matches_pattern(pattern, mailbox->path);
      });
      const bool child_selected = ancestors_.contains(mailbox->id);
      if (matches && (is_selected(*mailbox) || child_selected)) append(*mailbox, child_selected);
    }
  }

  // RFC 5258 3.1: what is subscribed and no mailbox any more.
  void list_lost(const std::vector<std::string>& lost) {
    for (const auto& path : lost) {
      const bool matches = std::ranges::any_of(
          request_.patterns, [&](const std::string& pattern) { return matches_pattern(pattern, path); });
      if (!matches || view_.find_mailbox(path) != nullptr) continue;
      out_ += "* LIST (\\NonExistent \\Subscribed) \"/\" ";
      append_mailbox(out_, path);
      out_ += "\r\n";
    }
  }

 private:
  bool is_selected(const mailbox::Mailbox& mailbox) const {
    return (!request_.select_subscribed || mailbox.subscribed) &&
           (!request_.select_special_use || !special_use(mailbox.role).empty());
  }

  // RFC 5258 3.5: mailboxes below which one is selected are listed with CHILDINFO.
  void find_selected_ancestors() {
    for (auto at = mailboxes_.rbegin(); at != mailboxes_.rend(); ++at) {  // children before their parents
      if ((*at)->parent != 0 && (is_selected(**at) || ancestors_.contains((*at)->id)))
        ancestors_.insert((*at)->parent);
    }
  }

  void append(const mailbox::Mailbox& mailbox, bool child_selected) {
    out_ += "* LIST (";
    out_ += parents_.contains(mailbox.id) ? "\\HasChildren" : "\\HasNoChildren";
    if (const auto use = special_use(mailbox.role); !use.empty()) {
      out_ += ' ';
      out_ += use;
    }
    if (mailbox.subscribed && (request_.return_subscribed || request_.select_subscribed))
      out_ += " \\Subscribed";
    out_ += ") \"/\" ";
    append_mailbox(out_, mailbox.path);
    if (child_selected && request_.select_subscribed) out_ += " (CHILDINFO (\"SUBSCRIBED\"))";
    out_ += "\r\n";
    if (!request_.return_status.empty()) append_status(out_, view_, mailbox, request_.return_status, facts_);
  }

  const mailbox::AccountView& view_;
  const ListRequest& request_;
  const StatusFacts& facts_;
  std::string& out_;
  std::vector<const mailbox::Mailbox*> mailboxes_;
  std::unordered_set<mailbox::MailboxId> parents_;
  std::unordered_set<mailbox::MailboxId> ancestors_;
};

}  // namespace

Result<std::string> join_pattern(std::string_view reference, std::string_view pattern) {
  if (reference.size() + pattern.size() > kMaxPattern)
    return fail(ImapError::kSyntax, "The mailbox pattern is too long");
  const auto joined = decode_utf7(std::string(reference) + std::string(pattern));
  auto normal = joined ? to_nfc(*joined) : std::nullopt;
  if (!normal)
    return fail(ImapError::kSyntax, "The mailbox pattern is not in modified UTF-7 (RFC 3501 5.1.3)");
  return *std::move(normal);
}

std::string_view special_use(mailbox::Role role) {
  switch (role) {
    case mailbox::Role::kArchive:
      return "\\Archive";
    case mailbox::Role::kDrafts:
      return "\\Drafts";
    case mailbox::Role::kJunk:
      return "\\Junk";
    case mailbox::Role::kSent:
      return "\\Sent";
    case mailbox::Role::kTrash:
      return "\\Trash";
    case mailbox::Role::kImportant:
      return "\\Important";
    case mailbox::Role::kNone:
    case mailbox::Role::kInbox:
      break;
  }
  return {};
}

ParsedTask parse_list(Arguments arguments) {
  auto& in = arguments.in;
  ListRequest request;
  TRY(in.space());
  if (in.skip('(')) {
    TRY(parse_selection(in, request));
    TRY(in.space());
  }
  const auto reference = TRY(in.astring("a reference name, mostly \"\""));
  TRY(in.space());
  TRY(parse_patterns(in, reference, request));
  if (in.skip(' ')) TRY(parse_return(in, request));
  TRY(in.end());
  return make_task([request = std::move(request)](Session& session, std::string& out) -> Result<Reply> {
    if (request.ask_delimiter) {
      out += "* LIST (\\Noselect) \"/\" \"\"\r\n";
      return ok("LIST completed");
    }
    const auto view = TRY(session.accounts().view(session.account));
    std::vector<mailbox::MailboxId> ids;
    if (!request.return_status.empty()) {
      const auto lock = view->lock();
      for (const auto* mailbox : view->mailboxes()) ids.push_back(mailbox->id);
    }
    const auto facts = TRY(status_facts(session, request.return_status, ids));
    std::vector<std::string> lost;
    if (request.select_subscribed && !request.select_special_use)
      lost = TRY(session.accounts().lost_subscriptions(session.account));
    const auto lock = view->lock();
    Lister lister(*view, request, facts, out);
    lister.list();
    lister.list_lost(lost);
    return ok("LIST completed");
  });
}

}  // namespace gannet::imap
