#include <algorithm>

#include "imap/commands/commands.h"
#include "imap/commands/search_match.h"
#include "imap/commands/search_narrow.h"
#include "imap/parser/search_keys.h"
#include "imap/response/writer.h"
#include "observe/log.h"

namespace gannet::imap {
namespace {

// Messages that one step looks at: so long it keeps a worker from others.
constexpr std::size_t kRecords = 256;
constexpr std::size_t kContents = 32;
// Fewer messages are looked at faster than the index is asked.
constexpr std::size_t kWorthNarrowing = 16;

// SEARCH and UID SEARCH (RFC 9051 6.4.4, RFC 3501 6.4.4), by looking at each message.
class Search final : public Task {
 public:
  Search(SearchRequest request, bool by_uid) : request_(std::move(request)), by_uid_(by_uid) {
    order_by_cost(request_.key);
  }

  Updates updates() const override { return by_uid_ ? Updates::kAll : Updates::kWithoutExpunge; }
  bool uid() const override { return by_uid_; }

  std::optional<Reply> step(Session& session, std::string& out) override {
    auto reply = work(session, out);
    return reply ? *std::move(reply) : reply_to(reply.error());
  }

 private:
  Result<std::optional<Reply>> work(Session& session, std::string& out) {
    if (!matcher_) {
      TRY(match_columns(session));
      narrow(session);
    } else {
      TRY(match_records(session));
    }
    if (next_ < open_.size()) return std::optional<Reply>();
    append_result(*session.selected, out);
    return ok("SEARCH completed");
  }

  // What flags, sizes and dates decide is decided at once; the rest waits in open_.
  Result<void> match_columns(Session& session) {
    const auto& selected = *session.selected;
    const auto view = TRY(session.accounts().view(session.account));
    const auto lock = view->lock();
    matcher_ = TRY(SearchMatcher::prepare(request_.key, selected, *view));
    view->for_each(selected.mailbox, 1, selected.uids.last(), [&](const mailbox::Entry& entry) {
      const auto answer = matcher_->match_columns(entry);
      if (!answer) {
        open_.push_back(entry);
      } else if (*answer) {
        found_.push_back(entry.uid);
      }
      return true;
    });
    return {};
  }

  // Leaves out those that the index rules out. A failing index is no reason not to search.
  void narrow(Session& session) {
    if (!session.services->finder || open_.size() < kWorthNarrowing) return;
    const auto query = narrowing_query(request_.key);
    if (!query) return;
    const auto candidates = session.services->finder->candidates(session.account, *query);
    if (!candidates) {
      observe::warn("imap.search-not-narrowed",
                    {{"account", session.account}, {"error", candidates.error()}});
      return;
    }
    std::erase_if(open_, [&](const mailbox::Entry& entry) { return !(*candidates)(entry.document); });
  }

  Result<void> match_records(Session& session) {
    const auto limit = cost_of(request_.key) == SearchCost::kContent ? kContents : kRecords;
    const auto count = std::min(limit, open_.size() - next_);
    std::vector<mailbox::DocumentId> documents;
    for (std::size_t i = 0; i < count; ++i) documents.push_back(open_[next_ + i].document);
    const auto records =
        TRY(session.services->records->messages(session.accounts(), session.account, documents));
    for (std::size_t i = 0; i < count; ++i) {
      if (!records[i]) continue;
      const auto& entry = open_[next_ + i];
      const auto matches = matcher_->match(entry, *records[i], *session.services);
      // A message that went meanwhile is no error.
      if (!matches && !matches.error().is(mailbox::MailboxError::kNotFound))
        return std::unexpected(matches.error());
      if (matches && *matches) found_.push_back(entry.uid);
    }
    next_ += count;
    return {};
  }

  void append_result(const Selected& selected, std::string& out) {
    std::ranges::sort(found_);
    out += "* SEARCH";
    for (const auto uid : found_) {
      out += ' ';
      append_number(out, by_uid_ ? uid : selected.uids.sequence(uid));
    }
    out += "\r\n";
  }

  SearchRequest request_;
  bool by_uid_;
  std::optional<SearchMatcher> matcher_;
  std::vector<mailbox::Entry> open_;  // not decided by columns
  std::size_t next_ = 0;
  std::vector<mailbox::Uid> found_;
};

}  // namespace

ParsedTask parse_search(Arguments arguments) {
  TRY(arguments.in.space());
  auto request = TRY(parse_search_request(arguments.in));
  return std::make_unique<Search>(std::move(request), arguments.uid);
}

}  // namespace gannet::imap
