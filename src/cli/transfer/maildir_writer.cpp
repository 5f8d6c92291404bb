// Maildir++ that Dovecot takes over as it is: dovecot-uidlist has UIDVALIDITY and UIDs, dovecot-keywords the
// letters of keywords, subscriptions what is subscribed. Messages keep their CRLF line ends, so that they come
// back octet by octet.
//
// States of a message: in tmp/ (nobody reads it there) -> in cur/ under a name made of its UID -> in the
// folder's journal. A kill between the last two leaves a file that the next run takes away and writes again.
#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>
#include <cerrno>
#include <charconv>

#include "base/encoding.h"
#include "base/hash.h"
#include "cli/errors.h"
#include "cli/transfer/files.h"
#include "cli/transfer/format.h"
#include "cli/transfer/maildir_names.h"

namespace gannet::cli {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr std::string_view kJournal = "gannet-export";
constexpr std::string_view kMark = ".gannet,";

// The UID in a name of our own; 0 for another's.
Uid uid_of(std::string_view name) {
  const auto at = name.find(".M");
  if (at == std::string_view::npos || !name.contains(kMark)) return 0;
  Uid out = 0;
  std::from_chars(name.data() + at + 2, name.data() + name.size(), out);
  return out;
}

class MaildirWriter final : public MailWriter {
 public:
  explicit MaildirWriter(fs::path root) : root_(std::move(root)) {}

  Result<Uid> open(const MailboxFacts& mailbox) override {
    mailbox_ = mailbox;
    folder_ = root_ / maildir_folder(mailbox.path);
    keywords_.clear();
    last_ = 0;
    for (const char* part : {"cur", "new", "tmp"}) TRY(make_folders(folder_ / part));
    if (folder_ != root_) TRY(write_whole(folder_ / "maildirfolder", ""));
    const fs::path journal = folder_ / kJournal;
    bool first = true;
    journal_ = TRY(Journal::open(journal, [&](std::string_view line) -> Result<void> {
      if (std::exchange(first, false)) return check_head(line, journal);
      std::from_chars(line.data(), line.data() + line.size(), last_);
      return {};
    }));
    if (first) journal_->add(fmt::format("{} {}", mailbox.uid_validity, mailbox.path));
    TRY(load_keywords());
    TRY(drop_unfinished());
    return last_;
  }

  Result<void> begin(const MessageFacts& message) override {
    message_ = message;
    temporary_ = folder_ / "tmp" / fmt::format("{}.gannet", message.uid);
    file_ = TRY(OutputFile::create(temporary_));
    return {};
  }
  Result<void> write(std::string_view piece) override { return file_.write(piece); }

  Result<void> end() override {
    const std::uint64_t size = file_.size();
    TRY(file_.set_time(message_.received));
    TRY(file_.close());
    const auto flags = maildir_flags(message_.keywords, keywords_);
    const std::string base = fmt::format("{}.M{}V{}{}S={},W={}", message_.received / 1000, message_.uid,
                                         mailbox_.uid_validity, kMark, size, size);
    const fs::path target = folder_ / "cur" / (base + ":2," + flags.letters);
    if (::rename(temporary_.c_str(), target.c_str()) != 0) return file_error("written", target);
    std::string line = fmt::format("{} {}", message_.uid, base);
    if (!flags.rest.empty()) line += " " + json::serialize(json::value_from(flags.rest));
    journal_->add(line);
    return {};
  }

  Result<void> checkpoint() override {
    std::string text;
    for (std::size_t i = 0; i < keywords_.size(); ++i) text += fmt::format("{} {}\n", i, keywords_[i]);
    if (!text.empty()) TRY(write_whole(folder_ / "dovecot-keywords", text));
    TRY(sync_file_system(folder_));
    return journal_->commit();
  }

  Result<void> close() override {
    TRY(checkpoint());
    const fs::path next = folder_ / "dovecot-uidlist.new";
    auto list = TRY(OutputFile::create(next));
    // G: the mailbox's GUID, here of what names it.
    const std::string guid = fmt::format("{} {}", mailbox_.uid_validity, mailbox_.path);
    const auto digest = sha256(guid);
    TRY(list.write(fmt::format("3 V{} N{} G{}\n", mailbox_.uid_validity, mailbox_.uid_next,
                               hex_encode({reinterpret_cast<const char*>(digest.data()), 16}))));
    bool first = true;
    TRY(Journal::open(folder_ / kJournal, [&](std::string_view line) -> Result<void> {
      if (std::exchange(first, false)) return {};
      const auto space = line.find(' ');
      const auto rest = line.substr(space + 1);
      return list.write(fmt::format("{} :{}\n", line.substr(0, space), rest.substr(0, rest.find(' '))));
    }));
    TRY(list.sync());
    TRY(list.close());
    const fs::path target = folder_ / "dovecot-uidlist";
    if (::rename(next.c_str(), target.c_str()) != 0) return file_error("written", target);
    return {};
  }

  Result<void> finish(const std::vector<MailboxFacts>& mailboxes) override {
    std::string subscriptions;
    json::array facts;
    for (auto mailbox : mailboxes) {
      mailbox.place = maildir_folder(mailbox.path);
      if (mailbox.subscribed)
        subscriptions += (mailbox.place.empty() ? "INBOX" : mailbox.place.substr(1)) + "\n";
      facts.push_back(to_json(mailbox));
    }
    TRY(write_whole(root_ / "subscriptions", subscriptions));
    return write_whole(root_ / "gannet-account.json", json::serialize(facts) + "\n");
  }

 private:
  Result<void> check_head(std::string_view line, const fs::path& journal) const {
    if (line == fmt::format("{} {}", mailbox_.uid_validity, mailbox_.path)) return {};
    return fail(CliError::kFile, journal.string() + " is of another mailbox than " + mailbox_.path +
                                     " is now (its UIDVALIDITY changed). Export into an empty folder.");
  }

  Result<void> load_keywords() {
    const fs::path file = folder_ / "dovecot-keywords";
    if (!fs::exists(file)) return {};
    const std::string text = TRY(read_whole(file));
    for (std::string_view rest = text; !rest.empty();) {
      const auto end = std::min(rest.find('\n'), rest.size() - 1);
      const auto line = rest.substr(0, end);
      if (const auto space = line.find(' '); space != std::string_view::npos)
        keywords_.emplace_back(line.substr(space + 1));
      rest.remove_prefix(end + 1);
    }
    return {};
  }

  // Files of messages that the journal does not have.
  Result<void> drop_unfinished() {
    std::error_code error;
    for (const char* part : {"cur", "tmp"})
      for (const auto& one : fs::directory_iterator(folder_ / part, error)) {
        const std::string name = one.path().filename();
        if (std::string_view(part) == "tmp" ? name.ends_with(".gannet") : uid_of(name) > last_)
          fs::remove(one.path(), error);
      }
    if (error) return fail(CliError::kFile, folder_.string() + " cannot be read: " + error.message() + ".");
    return {};
  }

  const fs::path root_;
  fs::path folder_, temporary_;
  MailboxFacts mailbox_;
  MessageFacts message_;
  OutputFile file_;
  std::optional<Journal> journal_;
  std::vector<std::string> keywords_;
  Uid last_ = 0;
};

}  // namespace

Result<std::unique_ptr<MailWriter>> make_maildir_writer(const fs::path& folder) {
  TRY(make_folders(folder));
  return std::make_unique<MaildirWriter>(folder);
}

}  // namespace gannet::cli
