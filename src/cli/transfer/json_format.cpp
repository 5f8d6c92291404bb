// JSON: mailboxes.json names all; a folder a mailbox, with a line of JSON a message in messages.jsonl and the
// message itself beside it, as UID.eml. The lines are the journal: one is written once its message is safe.
#include <fmt/chrono.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>
#include <boost/json/value_to.hpp>
#include <charconv>
#include <fstream>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/hash.h"
#include "cli/errors.h"
#include "cli/transfer/files.h"
#include "cli/transfer/format.h"
#include "cli/transfer/text.h"

namespace gannet::cli {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr const char* kLines = "messages.jsonl";

std::string hex_of(const Sha256Digest& digest) {
  return hex_encode({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

// A line of messages.jsonl.
struct Line {
  MessageFacts facts;
  std::string sha256;
};

std::optional<Line> parse_line(std::string_view text) {
  boost::system::error_code error;
  const auto value = json::parse(text, error);
  if (error || !value.is_object()) return std::nullopt;
  const auto& fields = value.get_object();
  const auto *uid = fields.if_contains("uid"), *received = fields.if_contains("receivedMs"),
             *sum = fields.if_contains("sha256"), *keywords = fields.if_contains("keywords");
  if (!uid || !received || !received->is_number() || !sum || !sum->is_string()) return std::nullopt;
  Line out;
  out.facts.uid = uid->to_number<Uid>(error);
  if (error || out.facts.uid == 0) return std::nullopt;
  out.facts.received = received->to_number<std::int64_t>(error);
  out.sha256 = sum->get_string();
  if (keywords && keywords->is_array())
    for (const auto& keyword : keywords->get_array())
      if (keyword.is_string()) out.facts.keywords.emplace_back(keyword.get_string());
  return out;
}

class JsonWriter final : public MailWriter {
 public:
  explicit JsonWriter(fs::path root) : root_(std::move(root)) {}

  Result<Uid> open(const MailboxFacts& mailbox) override {
    folder_ = root_ / std::to_string(mailbox.id);
    TRY(make_folders(folder_));
    const std::string head = fmt::format("{} {}\n", mailbox.uid_validity, mailbox.path);
    const fs::path file = folder_ / "mailbox";
    if (!fs::exists(file))
      TRY(write_whole(file, head));
    else if (TRY(read_whole(file)) != head)
      return fail(CliError::kFile, folder_.string() + " is of another mailbox than " + mailbox.path +
                                       " is now. Export into an empty folder.");
    Uid last = 0;
    journal_ = TRY(Journal::open(folder_ / kLines, [&](std::string_view line) -> Result<void> {
      if (const auto parsed = parse_line(line)) last = parsed->facts.uid;
      return {};
    }));
    return last;
  }

  Result<void> begin(const MessageFacts& message) override {
    message_ = message;
    file_ = TRY(OutputFile::create(folder_ / fmt::format("{}.eml", message.uid)));
    return {};
  }
  Result<void> write(std::string_view piece) override {
    sum_.update(piece);
    return file_.write(piece);
  }
  Result<void> end() override {
    const std::uint64_t size = file_.size();
    TRY(file_.set_time(message_.received));
    TRY(file_.close());
    journal_->add(json::serialize(
        json::object{{"uid", message_.uid},
                     {"received", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", from_unix_ms(message_.received))},
                     {"receivedMs", message_.received},
                     {"keywords", json::value_from(message_.keywords)},
                     {"size", size},
                     {"sha256", hex_of(sum_.finish())},
                     {"file", fmt::format("{}.eml", message_.uid)}}));
    return {};
  }
  Result<void> checkpoint() override {
    TRY(sync_file_system(folder_));
    return journal_->commit();
  }
  Result<void> close() override { return checkpoint(); }
  Result<void> finish(const std::vector<MailboxFacts>& mailboxes) override {
    json::array facts;
    for (auto mailbox : mailboxes) {
      mailbox.place = std::to_string(mailbox.id);
      facts.push_back(to_json(mailbox));
    }
    return write_whole(root_ / "mailboxes.json", json::serialize(facts) + "\n");
  }

 private:
  const fs::path root_;
  fs::path folder_;
  MessageFacts message_;
  OutputFile file_;
  Sha256 sum_;
  std::optional<Journal> journal_;
};

class JsonReader final : public MailReader {
 public:
  JsonReader(fs::path root, Warn warn) : root_(std::move(root)), warn_(std::move(warn)) {}

  Result<std::vector<MailboxFacts>> mailboxes() override {
    const fs::path file = root_ / "mailboxes.json";
    const std::string text = TRY(read_whole(file));
    boost::system::error_code error;
    const auto value = json::parse(text, error);
    if (error || !value.is_array()) return fail(CliError::kFile, file.string() + " is no list of mailboxes.");
    std::vector<MailboxFacts> out;
    for (const auto& one : value.get_array()) {
      auto facts = TRY(mailbox_from(one));
      const fs::path place(facts.place);
      if (facts.place.empty() || place.has_parent_path() || facts.place == "..")
        return fail(CliError::kFile, file.string() + ": \"" + facts.place + "\" is no folder beside it.");
      out.push_back(std::move(facts));
    }
    return out;
  }

  Result<void> open(const MailboxFacts& mailbox, const std::string& position) override {
    folder_ = root_ / mailbox.place;
    in_ = std::ifstream(folder_ / kLines, std::ios::binary);
    number_ = 0;
    first_ = 1;
    std::string line;
    // Positions are numbers of lines.
    std::uint64_t done = 0;
    std::from_chars(position.data(), position.data() + position.size(), done);
    if (std::getline(in_, line))
      if (const auto parsed = parse_line(line)) first_ = parsed->facts.uid;
    in_.clear();
    in_.seekg(0);
    while (number_ < done && std::getline(in_, line)) ++number_;
    return {};
  }
  Uid first_uid() const override { return first_; }

  Result<std::optional<ReadMessage>> next() override {
    for (std::string line; std::getline(in_, line);) {
      ++number_;
      const auto parsed = parse_line(line);
      if (!parsed) {
        warn_(
            fmt::format("{}, line {} is no message: it is left out.", (folder_ / kLines).string(), number_));
        continue;
      }
      const fs::path file = folder_ / fmt::format("{}.eml", parsed->facts.uid);
      auto content = read_message(file, true);
      if (!content) {
        warn_(content.error().text() + " It is left out.");
        continue;
      }
      if (hex_of(sha256(*content)) != parsed->sha256)
        warn_(file.string() + " is not what was exported (its SHA-256 differs). It is taken as it is.");
      ReadMessage out{
          .facts = parsed->facts, .content = *std::move(content), .position = std::to_string(number_)};
      out.facts.size = out.content.size();
      return std::optional(std::move(out));
    }
    return std::optional<ReadMessage>();
  }

 private:
  const fs::path root_;
  const Warn warn_;
  fs::path folder_;
  std::ifstream in_;
  std::uint64_t number_ = 0;
  Uid first_ = 0;
};

}  // namespace

Result<std::unique_ptr<MailWriter>> make_json_writer(const fs::path& folder) {
  TRY(make_folders(folder));
  return std::make_unique<JsonWriter>(folder);
}

Result<std::unique_ptr<MailReader>> make_json_reader(const fs::path& folder, Warn warn) {
  return std::make_unique<JsonReader>(folder, std::move(warn));
}

}  // namespace gannet::cli
