#include <algorithm>

#include "imap/commands/commands.h"
#include "imap/parser/flags.h"
#include "imap/response/flag_lists.h"
#include "imap/response/writer.h"

namespace gannet::imap {
namespace {

// Messages of one commit.
constexpr std::size_t kBatch = 5000;

// RFC 9051 6.4.6
class Store final : public Task {
 public:
  SequenceSet set;
  mailbox::KeywordAction action = mailbox::KeywordAction::kReplace;
  bool silent = false;
  bool by_uid = false;
  std::vector<std::string> flags;

  bool uid() const override { return by_uid; }
  Updates updates() const override { return by_uid ? Updates::kAll : Updates::kWithoutExpunge; }
  std::vector<Shown> take_shown() override { return std::move(shown_); }

  std::optional<Reply> step(Session& session, std::string& out) override {
    auto reply = work(session, out);
    return reply ? *std::move(reply) : reply_to(reply.error());
  }

 private:
  Result<std::optional<Reply>> work(Session& session, std::string& out) {
    auto& selected = *session.selected;
    if (!started_) {
      if (selected.read_only) return no("The mailbox is open for reading only (EXAMINE)", "READ-ONLY");
      TRY(start(session, out));
    }
    const auto count = std::min(kBatch, uids_.size() - done_);
    const std::span batch(uids_.data() + done_, count);
    done_ += count;
    if (!batch.empty()) {
      const auto outcome =
          TRY(session.accounts().set_keywords(session.account, selected.mailbox, batch, action, flags));
      for (const auto& entry : outcome.changed) shown_.push_back({entry.uid, entry.modseq});
      if (!silent) TRY(tell(session, batch, out));
    }
    if (done_ < uids_.size()) return std::optional<Reply>();
    if (missing_ && !by_uid) return no("Some of these messages are gone", "EXPUNGEISSUED");
    return ok("STORE completed");
  }

  Result<void> start(Session& session, std::string& out) {
    started_ = true;
    const auto ranges = TRY(message_ranges(*session.selected, set, by_uid));
    // What other sessions did to these messages is told first, so that .SILENT hides nobody else's changes.
    if (silent) {
      TRY(sync(session.accounts(), session.account, *session.selected,
               {.expunge = false, .uid = by_uid, .shown = {}}, out));
    }
    const auto view = TRY(session.accounts().view(session.account));
    const auto lock = view->lock();
    uids_ = present_uids(*view, *session.selected, ranges);
    missing_ = uids_.size() != count_messages(*session.selected, ranges);
    return {};
  }

  // The flags as they are now, of every message that was named and not only of those that changed.
  Result<void> tell(Session& session, std::span<const mailbox::Uid> batch, std::string& out) {
    auto& selected = *session.selected;
    const auto view = TRY(session.accounts().view(session.account));
    const auto lock = view->lock();
    announce_keywords(*view, selected, out);
    FlagLists lists;
    auto wanted = batch.begin();
    view->for_each(selected.mailbox, batch.front(), batch.back(), [&](const mailbox::Entry& entry) {
      while (wanted != batch.end() && *wanted < entry.uid) ++wanted;
      if (wanted == batch.end() || *wanted != entry.uid) return true;
      out += "* ";
      append_number(out, selected.uids.sequence(entry.uid));
      out += " FETCH (";
      if (by_uid) {
        out += "UID ";
        append_number(out, entry.uid);
        out += ' ';
      }
      out += "FLAGS ";
      out += lists.of(*view, entry.keywords, selected.recent.has(entry.uid));
      out += ")\r\n";
      told_.push_back({entry.uid, entry.modseq});
      return true;
    });
    merge_told();
    return {};
  }

  void merge_told() {
    std::vector<Shown> all;
    std::ranges::merge(shown_, told_, std::back_inserter(all), {}, &Shown::uid, &Shown::uid);
    shown_.clear();
    for (const auto& entry : all) {
      if (!shown_.empty() && shown_.back().uid == entry.uid) {
        shown_.back().modseq = std::max(shown_.back().modseq, entry.modseq);
      } else {
        shown_.push_back(entry);
      }
    }
    told_.clear();
  }

  bool started_ = false;
  bool missing_ = false;
  std::size_t done_ = 0;
  std::vector<mailbox::Uid> uids_;
  std::vector<Shown> shown_;
  std::vector<Shown> told_;
};

}  // namespace

ParsedTask parse_store(Arguments arguments) {
  auto& in = arguments.in;
  auto task = std::make_unique<Store>();
  task->by_uid = arguments.uid;
  TRY(in.space());
  task->set = TRY(parse_sequence_set(in));
  TRY(in.space());
  if (in.skip('+')) {
    task->action = mailbox::KeywordAction::kAdd;
  } else if (in.skip('-')) {
    task->action = mailbox::KeywordAction::kRemove;
  }
  task->silent = in.skip_word("FLAGS.SILENT");
  if (!task->silent && !in.skip_word("FLAGS")) {
    return in.expected("FLAGS, +FLAGS or -FLAGS, perhaps followed by .SILENT");
  }
  TRY(in.space());
  task->flags = TRY(parse_store_flags(in));
  return task;
}

}  // namespace gannet::imap
