// An mbox of any program, or a folder of them (Thunderbird's NAME.sbd folders are nesting). A message starts at a
// line "From " with a date in it, at the file's start or after an empty line; what a program forgot to quote is
// told and stays part of its message.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <charconv>
#include <chrono>
#include <fstream>
#include <map>

#include "cli/errors.h"
#include "cli/transfer/files.h"
#include "cli/transfer/format.h"
#include "cli/transfer/mbox_lines.h"

namespace gannet::cli {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

// No server takes one of this size; an import must not take the memory of a whole damaged file.
constexpr std::size_t kLargestMessage = 128 << 20;

std::string unescape(std::string_view name) {
  std::string out;
  while (!name.empty()) {
    if (name.starts_with("%25") || name.starts_with("%2e")) {
      out += name[2] == '5' ? '%' : '.';
      name.remove_prefix(3);
    } else {
      out += name.front();
      name.remove_prefix(1);
    }
  }
  return out;
}

std::string path_of(const fs::path& relative) {
  std::string out;
  for (const auto& part : relative) {
    std::string name = part;
    for (const char* ending : {".mbox", ".sbd"})
      if (name.ends_with(ending)) name.resize(name.size() - std::string_view(ending).size());
    out += (out.empty() ? "" : "/") + unescape(name);
  }
  return out;
}

bool starts_as_mbox(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  char start[5] = {};
  return in.read(start, sizeof start) && std::string_view(start, sizeof start) == "From ";
}

class MboxReader final : public MailReader {
 public:
  MboxReader(fs::path root, Warn warn) : root_(std::move(root)), warn_(std::move(warn)) {}

  Result<std::vector<MailboxFacts>> mailboxes() override {
    if (!fs::exists(root_)) return fail(CliError::kFile, root_.string() + " is not there.");
    std::vector<MailboxFacts> out;
    if (fs::is_regular_file(root_)) {
      const std::string name = path_of(root_.filename());
      out.push_back({.path = name == "mbox" ? "INBOX" : name, .place = {}});
    } else {
      if (fs::exists(root_ / "gannet-account.json")) {
        const std::string text = TRY(read_whole(root_ / "gannet-account.json"));
        boost::system::error_code error;
        const auto value = json::parse(text, error);
        if (error || !value.is_array())
          return fail(CliError::kFile,
                      (root_ / "gannet-account.json").string() + " is not what an export wrote.");
        for (const auto& one : value.get_array()) {
          out.push_back(TRY(mailbox_from(one)));
          const fs::path place(out.back().place);
          if (place.is_absolute() || std::ranges::find(place, fs::path("..")) != place.end())
            return fail(CliError::kFile, (root_ / "gannet-account.json").string() + ": \"" + place.string() +
                                             "\" is no file below it.");
        }
      }
      std::error_code error;
      std::vector<std::string> others;
      for (const auto& one : fs::recursive_directory_iterator(root_, error))
        if (const std::string place = one.path().lexically_relative(root_);
            one.is_regular_file() && starts_as_mbox(one.path()) &&
            std::ranges::find(out, place, &MailboxFacts::place) == out.end())
          others.push_back(place);
      if (error) return fail(CliError::kFile, root_.string() + " cannot be read: " + error.message() + ".");
      std::ranges::sort(others);
      for (const auto& place : others) out.push_back({.path = path_of(place), .place = place});
    }
    for (auto& facts : out) TRY(look_at_first(facts));
    if (out.empty()) return fail(CliError::kFile, "There is no mbox in " + root_.string() + ".");
    return out;
  }

  Result<void> open(const MailboxFacts& mailbox, const std::string& position) override {
    file_ = file_of(mailbox);
    in_ = std::ifstream(file_, std::ios::binary);
    if (!in_) return file_error("read", file_);
    first_ = first_uid_of_[mailbox.place];
    offset_ = 0;
    if (!position.empty()) std::from_chars(position.data(), position.data() + position.size(), offset_);
    in_.seekg(static_cast<std::streamoff>(offset_));
    from_.clear();
    return {};
  }
  Uid first_uid() const override { return first_; }

  Result<std::optional<ReadMessage>> next() override {
    std::string line;
    while (from_.empty() && get(line)) {
      if (line.starts_with("From "))
        from_ = line;
      else if (line.find_first_not_of("\r\n") != std::string::npos)
        warn_(fmt::format("{}: what stands at octet {} is in no message.", file_.string(),
                          offset_ - line.size()));
    }
    if (from_.empty()) return std::optional<ReadMessage>();
    ReadMessage out;
    const auto date = date_of_from_line(from_);
    if (!date)
      warn_(fmt::format("{}: \"{}\" has no date: the message gets today's.", file_.string(),
                        from_.substr(0, from_.find_first_of("\r\n"))));
    out.facts.received = date.value_or(std::chrono::duration_cast<std::chrono::milliseconds>(
                                           std::chrono::system_clock::now().time_since_epoch())
                                           .count());
    from_.clear();
    bool empty_before = false;
    std::uint64_t start = offset_;
    while (get(line)) {
      if (empty_before && line.starts_with("From ")) {
        if (date_of_from_line(line)) {
          from_ = line;
          break;
        }
        warn_(fmt::format("{}: a line that starts with \"From \" is not quoted, at octet {}.", file_.string(),
                          start));
      }
      start = offset_;
      std::string_view text = line;
      if (text.ends_with('\n')) text.remove_suffix(1);
      // Gannet's have LF line ends: a CR before one is the message's.
      if (!out.content.starts_with("X-Gannet-Size: ") && text.ends_with('\r')) text.remove_suffix(1);
      empty_before = text.empty();
      if (text.starts_with('>') && is_quotable(text)) text.remove_prefix(1);
      out.content += text;
      out.content += "\r\n";
      if (out.content.size() > kLargestMessage)
        return fail(CliError::kFile,
                    fmt::format("{}: there is no end of a message within {} MiB, at octet {}. The file is "
                                "damaged, or no mbox.",
                                file_.string(), kLargestMessage >> 20, start));
    }
    // The empty line before the next message is the mbox's.
    if (out.content.ends_with("\r\n\r\n")) out.content.resize(out.content.size() - 2);
    take_mbox_headers(out.content, out.facts);
    out.facts.size = out.content.size();
    out.position = std::to_string(from_.empty() ? offset_ : offset_ - from_.size());
    return std::optional(std::move(out));
  }

 private:
  fs::path file_of(const MailboxFacts& mailbox) const {
    return mailbox.place.empty() ? root_ : root_ / mailbox.place;
  }

  // With its line end, if it has one. A longer line than a message may be is given in pieces.
  bool get(std::string& line) {
    line.clear();
    auto& in = *in_.rdbuf();
    for (int c = in.sbumpc(); c != std::ifstream::traits_type::eof(); c = in.sbumpc()) {
      line += static_cast<char>(c);
      if (c == '\n' || line.size() > kLargestMessage) break;
    }
    offset_ += line.size();
    return !line.empty();
  }

  // UIDVALIDITY and next UID are in the first message's X-IMAPbase, as Dovecot and UW IMAP write it.
  Result<void> look_at_first(MailboxFacts& facts) {
    std::ifstream in(file_of(facts), std::ios::binary);
    std::string line;
    Uid first = 0;
    std::uint64_t lines = 0;
    while (std::getline(in, line) && ++lines < 1000) {
      if (line.ends_with('\r')) line.pop_back();
      if (line.empty()) break;
      for (const char* name : {"X-IMAPbase: ", "X-IMAP: "})
        if (line.starts_with(name)) {
          const char* at = line.data() + std::string_view(name).size();
          const auto [end, error] = std::from_chars(at, line.data() + line.size(), facts.uid_validity);
          if (error == std::errc() && end < line.data() + line.size())
            std::from_chars(end + 1, line.data() + line.size(), facts.uid_next);
        }
      if (line.starts_with("X-UID: ")) std::from_chars(line.data() + 7, line.data() + line.size(), first);
    }
    first_uid_of_[facts.place] = lines == 0 ? 1 : first;
    return {};
  }

  const fs::path root_;
  const Warn warn_;
  fs::path file_;
  std::ifstream in_;
  std::string from_;  // of the next message
  std::uint64_t offset_ = 0;
  Uid first_ = 0;
  std::map<std::string, Uid> first_uid_of_;
};

}  // namespace

Result<std::unique_ptr<MailReader>> make_mbox_reader(const fs::path& folder, Warn warn) {
  return std::make_unique<MboxReader>(folder, std::move(warn));
}

}  // namespace gannet::cli
