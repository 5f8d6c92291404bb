// A Maildir++ of any program: Dovecot's files give UIDs and keywords where there are any; cur/ and new/ what
// there is.
#include <sys/stat.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <unordered_map>

#include "cli/errors.h"
#include "cli/transfer/files.h"
#include "cli/transfer/format.h"
#include "cli/transfer/maildir_names.h"
#include "cli/transfer/text.h"

namespace gannet::cli {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

// Of a file in cur/ or new/.
struct Found {
  Uid uid = UINT32_MAX;  // none: after all others
  Uid given = 0;         // for one that has none yet: as Dovecot would give it; 0 where UIDs are not known
  bool is_new = false;
  std::string name;

  std::pair<Uid, std::string_view> key() const {
    return {uid, std::string_view(name).substr(0, name.find(':'))};
  }
};

struct UidList {
  std::uint32_t validity = 0;
  Uid next = 0;
  std::unordered_map<std::string, Uid> uids;  // by base name
};

template <typename T>
T number_in(std::string_view text) {
  T out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

class MaildirReader final : public MailReader {
 public:
  MaildirReader(fs::path root, Warn warn) : root_(std::move(root)), warn_(std::move(warn)) {}

  Result<std::vector<MailboxFacts>> mailboxes() override {
    std::vector<MailboxFacts> out, known;
    if (fs::exists(root_ / "gannet-account.json")) known = TRY(exported());
    std::vector<std::string> folders;
    if (fs::is_directory(root_ / "cur")) folders.emplace_back();
    std::error_code error;
    for (const auto& one : fs::directory_iterator(root_, error))
      if (const std::string name = one.path().filename();
          name.starts_with('.') && fs::is_directory(one.path() / "cur"))
        folders.push_back(name);
    if (error) return fail(CliError::kFile, root_.string() + " cannot be read: " + error.message() + ".");
    if (folders.empty())
      return fail(CliError::kFile, root_.string() + " is no Maildir: there is no folder cur in it.");
    std::ranges::sort(folders);
    const auto subscribed = TRY(subscriptions());
    for (const auto& folder : folders) {
      MailboxFacts facts{.place = folder};
      if (const auto old = std::ranges::find(known, folder, &MailboxFacts::place); old != known.end()) {
        facts = *old;
      } else if (auto path = path_of_maildir_folder(folder)) {
        facts.path = *path;
      } else {
        warn_(folder + " is no name of a Maildir++ folder: it is left out.");
        continue;
      }
      facts.id = 0;
      const std::string name = folder.empty() ? "INBOX" : folder.substr(1);
      facts.subscribed = std::ranges::find(subscribed, name) != subscribed.end();
      TRY(read_uidlist(folder, &facts, nullptr));
      out.push_back(std::move(facts));
    }
    return out;
  }

  Result<void> open(const MailboxFacts& mailbox, const std::string& position) override {
    folder_ = root_ / mailbox.place;
    files_.clear();
    at_ = 0;
    UidList list;
    TRY(read_uidlist(mailbox.place, nullptr, &list));
    TRY(read_keywords());
    TRY(read_rest());
    for (const char* part : {"cur", "new"}) {
      std::error_code error;
      for (const auto& one : fs::directory_iterator(folder_ / part, error)) {
        Found found{.is_new = std::string_view(part) == "new", .name = one.path().filename()};
        if (found.name.starts_with('.')) continue;
        if (const auto uid = list.uids.find(std::string(found.key().second)); uid != list.uids.end())
          found.uid = uid->second;
        files_.push_back(std::move(found));
      }
    }
    std::ranges::sort(files_, [](const Found& a, const Found& b) { return a.key() < b.key(); });
    Uid fresh = list.next;
    for (auto& found : files_)
      if (found.uid == UINT32_MAX && fresh != 0 && fresh != UINT32_MAX) found.given = fresh++;
    first_ = files_.empty() ? 1 : uid_of(files_.front());
    if (position.empty()) return {};
    const auto space = position.find(' ');
    const std::pair<Uid, std::string_view> done{number_in<Uid>(position),
                                                std::string_view(position).substr(space + 1)};
    const auto next = std::ranges::upper_bound(files_, done, {}, &Found::key);
    at_ = static_cast<std::size_t>(next - files_.begin());
    return {};
  }

  Uid first_uid() const override { return first_; }

  Result<std::optional<ReadMessage>> next() override {
    while (at_ < files_.size()) {
      const Found& found = files_[at_++];
      auto message = read(found);
      if (!message) {
        warn_(message.error().text() + " It is left out.");
        continue;
      }
      return std::optional(*std::move(message));
    }
    return std::optional<ReadMessage>();
  }

 private:
  static Uid uid_of(const Found& found) { return found.uid == UINT32_MAX ? found.given : found.uid; }

  Result<std::vector<MailboxFacts>> exported() {
    const std::string text = TRY(read_whole(root_ / "gannet-account.json"));
    boost::system::error_code error;
    const auto value = json::parse(text, error);
    if (error || !value.is_array())
      return fail(CliError::kFile,
                  (root_ / "gannet-account.json").string() + " is not what an export wrote.");
    std::vector<MailboxFacts> out;
    for (const auto& one : value.get_array()) out.push_back(TRY(mailbox_from(one)));
    return out;
  }

  // Names as folders have them, without the first dot: Dovecot's versions 1 and 2 of the file.
  Result<std::vector<std::string>> subscriptions() {
    std::vector<std::string> out;
    std::ifstream in(root_ / "subscriptions");
    bool second = false;
    for (std::string line; std::getline(in, line);) {
      if (line.starts_with("V\t")) {
        second = true;
        continue;
      }
      if (line.empty()) continue;
      if (second) std::ranges::replace(line, '\t', '.');
      out.push_back(std::move(line));
    }
    return out;
  }

  Result<void> read_uidlist(const std::string& folder, MailboxFacts* facts, UidList* list) {
    const fs::path file = root_ / folder / "dovecot-uidlist";
    std::ifstream in(file);
    std::string line;
    if (!std::getline(in, line)) return {};
    std::uint32_t validity = 0;
    Uid next = 0;
    if (line.starts_with("3 ")) {
      for (std::string_view rest = line; !rest.empty();) {
        const auto space = std::min(rest.find(' '), rest.size());
        const auto word = rest.substr(0, space);
        if (word.starts_with('V')) validity = number_in<std::uint32_t>(word.substr(1));
        if (word.starts_with('N')) next = number_in<Uid>(word.substr(1));
        rest.remove_prefix(std::min(space + 1, rest.size()));
      }
    } else if (line.starts_with("1 ")) {  // "1 VALIDITY NEXT"
      validity = number_in<std::uint32_t>(std::string_view(line).substr(2));
      next = number_in<Uid>(std::string_view(line).substr(std::min(line.find(' ', 2) + 1, line.size())));
    }
    if (validity == 0) {
      warn_(file.string() + " is not as Dovecot writes it: its UIDs are not kept.");
      return {};
    }
    if (facts) facts->uid_validity = validity, facts->uid_next = next;
    if (!list) return {};
    list->validity = validity;
    while (std::getline(in, line)) {
      auto name = line.find(" :");
      name = name == std::string::npos ? line.find(' ') + 1 : name + 2;
      const Uid uid = number_in<Uid>(line);
      if (uid == 0 || uid == UINT32_MAX || name == 0 || name >= line.size()) {
        warn_(file.string() + ": \"" + line + "\" is no UID and name.");
        continue;
      }
      list->uids.insert_or_assign(line.substr(name, line.find(':', name) - name), uid);
    }
    return {};
  }

  Result<void> read_keywords() {
    keywords_.clear();
    std::ifstream in(folder_ / "dovecot-keywords");
    for (std::string line; std::getline(in, line);) {
      const auto space = line.find(' ');
      const auto index = number_in<std::size_t>(line);
      if (space == std::string::npos || index >= 26) continue;
      if (keywords_.size() <= index) keywords_.resize(index + 1);
      keywords_[index] = line.substr(space + 1);
    }
    return {};
  }

  // Keywords that found no letter when Gannet wrote it.
  Result<void> read_rest() {
    rest_.clear();
    std::ifstream in(folder_ / "gannet-export");
    for (std::string line; std::getline(in, line);) {
      const auto list = line.find(" [");
      const auto name = line.find(' ');
      if (list == std::string::npos || list == name) continue;
      boost::system::error_code error;
      const auto value = json::parse(std::string_view(line).substr(list + 1), error);
      if (!error && value.is_array())
        for (const auto& keyword : value.get_array())
          if (keyword.is_string())
            rest_[line.substr(name + 1, list - name - 1)].emplace_back(keyword.get_string());
    }
    return {};
  }

  Result<ReadMessage> read(const Found& found) {
    const fs::path file = folder_ / (found.is_new ? "new" : "cur") / found.name;
    const auto name = parse_maildir_name(found.name);
    struct stat status{};
    if (::stat(file.c_str(), &status) != 0) return file_error("read", file);
    ReadMessage out;
    out.content = TRY(read_message(file, name.size && name.size == name.wire_size));
    if (out.content.empty()) return fail(CliError::kFile, file.string() + " is empty.");
    out.facts.uid = uid_of(found);
    out.facts.received =
        static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1000 + status.st_mtim.tv_nsec / 1'000'000;
    out.facts.keywords = keywords_of_flags(name.flags, keywords_);
    if (const auto more = rest_.find(std::string(name.base)); more != rest_.end())
      out.facts.keywords.insert(out.facts.keywords.end(), more->second.begin(), more->second.end());
    out.facts.size = out.content.size();
    out.position = std::to_string(found.uid) + " " + std::string(found.key().second);
    return out;
  }

  const fs::path root_;
  const Warn warn_;
  fs::path folder_;
  std::vector<Found> files_;
  std::size_t at_ = 0;
  Uid first_ = 0;
  std::vector<std::string> keywords_;
  std::unordered_map<std::string, std::vector<std::string>> rest_;
};

}  // namespace

Result<std::unique_ptr<MailReader>> make_maildir_reader(const fs::path& folder, Warn warn) {
  return std::make_unique<MaildirReader>(folder, std::move(warn));
}

}  // namespace gannet::cli
