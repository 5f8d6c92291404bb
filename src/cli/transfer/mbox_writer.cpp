// mbox in its mboxrd form: a line that starts with "From ", after any number of '>', has one '>' more. A file a
// mailbox, LF line ends; the journal beside it says how long the file is after each message.
#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>

#include "cli/errors.h"
#include "cli/transfer/files.h"
#include "cli/transfer/format.h"
#include "cli/transfer/mbox_lines.h"

namespace gannet::cli {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

// What is looked at before a line is known to start with "From ", or not.
constexpr std::size_t kStart = 4096;

// "Work/Projects" is Work/Projects.mbox: '%', a first dot and an ending that would name a file are written as %XX.
std::string file_of(std::string_view path) {
  std::string out;
  while (true) {
    const auto slash = path.find('/');
    std::string component(path.substr(0, slash));
    for (std::size_t at = 0; (at = component.find('%', at)) != std::string::npos; at += 3)
      component.replace(at, 1, "%25");
    if (component.starts_with('.')) component.replace(0, 1, "%2e");
    if (component.ends_with(".mbox")) component.replace(component.size() - 5, 1, "%2e");
    out += component;
    if (slash == std::string_view::npos) return out + ".mbox";
    out += '/';
    path.remove_prefix(slash + 1);
  }
}

class MboxWriter final : public MailWriter {
 public:
  explicit MboxWriter(fs::path root) : root_(std::move(root)) {}

  Result<Uid> open(const MailboxFacts& mailbox) override {
    mailbox_ = mailbox;
    const fs::path file = root_ / file_of(mailbox.path);
    TRY(make_folders(file.parent_path()));
    fs::path journal = file;
    journal += ".journal";
    const std::string head = fmt::format("{} {}", mailbox.uid_validity, mailbox.path);
    Uid last = 0;
    std::uint64_t length = 0;
    bool first = true;
    journal_ = TRY(Journal::open(journal, [&](std::string_view line) -> Result<void> {
      if (std::exchange(first, false)) {
        if (line == head) return {};
        return fail(CliError::kFile, journal.string() + " is of another mailbox than " + mailbox_.path +
                                         " is now. Export into an empty folder.");
      }
      const auto space = std::min(line.find(' '), line.size());
      std::from_chars(line.data(), line.data() + space, last);
      if (space < line.size()) std::from_chars(line.data() + space + 1, line.data() + line.size(), length);
      return {};
    }));
    if (first) journal_->add(head);
    file_ = TRY(OutputFile::create(file, length));
    return last;
  }

  Result<void> begin(const MessageFacts& message) override {
    message_ = message;
    start_.clear();
    at_start_ = true;
    held_ = false;
    last_ = '\n';
    const std::string base =
        file_.size() == 0 ? fmt::format("{} {}", mailbox_.uid_validity, mailbox_.uid_next) : std::string();
    return file_.write("From MAILER-DAEMON " + mbox_date(message.received) + "\n" +
                       mbox_headers(message, base));
  }

  Result<void> write(std::string_view piece) override {
    for (const char c : piece) {
      if (std::exchange(held_, false) && c != '\n') TRY(put('\r'));
      if (c == '\r')
        held_ = true;
      else
        TRY(put(c));
    }
    return {};
  }

  Result<void> end() override {
    if (std::exchange(held_, false)) TRY(put('\r'));
    TRY(flush_start());
    if (last_ != '\n') TRY(file_.write("\n"));
    TRY(file_.write("\n"));
    journal_->add(fmt::format("{} {}", message_.uid, file_.size()));
    return {};
  }

  Result<void> checkpoint() override {
    TRY(file_.sync());
    return journal_->commit();
  }
  Result<void> close() override {
    TRY(checkpoint());
    return file_.close();
  }
  Result<void> finish(const std::vector<MailboxFacts>& mailboxes) override {
    json::array facts;
    for (auto mailbox : mailboxes) {
      mailbox.place = file_of(mailbox.path);
      facts.push_back(to_json(mailbox));
    }
    return write_whole(root_ / "gannet-account.json", json::serialize(facts) + "\n");
  }

 private:
  Result<void> put(char c) {
    last_ = c;
    if (at_start_) {
      start_ += c;
      if (c == '\n' || start_.size() >= kStart) {
        TRY(flush_start());
        at_start_ = c == '\n';
      }
      return {};
    }
    at_start_ = c == '\n';
    return file_.write({&c, 1});
  }
  Result<void> flush_start() {
    if (is_quotable(start_)) TRY(file_.write(">"));
    TRY(file_.write(start_));
    start_.clear();
    return {};
  }

  const fs::path root_;
  MailboxFacts mailbox_;
  MessageFacts message_;
  OutputFile file_;
  std::optional<Journal> journal_;
  std::string start_;  // of a line, as far as it came
  bool at_start_ = true, held_ = false;
  char last_ = '\n';
};

}  // namespace

Result<std::unique_ptr<MailWriter>> make_mbox_writer(const fs::path& folder) {
  TRY(make_folders(folder));
  return std::make_unique<MboxWriter>(folder);
}

}  // namespace gannet::cli
