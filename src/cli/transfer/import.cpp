// gannet account import: files into frames of the API.
//
// The journal has a line for each answered request: mailbox, position in the files, and the mailbox's next UID.
// A run that starts again sends what comes after the last line, and with it that UID: what a request without an
// answer stored all the same is found by the server, and not stored twice.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>
#include <boost/json/value_to.hpp>
#include <iostream>
#include <map>

#include "cli/errors.h"
#include "cli/transfer/commands.h"
#include "cli/transfer/files.h"
#include "cli/transfer/format.h"

namespace gannet::cli {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

// A request ends at whichever it meets first; a message that is larger goes alone.
constexpr std::size_t kBatchBytes = 4 << 20;
constexpr std::size_t kBatchMessages = 500;

struct Counts {
  std::uint64_t mailboxes = 0, stored = 0, present = 0, refused = 0, unreadable = 0;
};

// How far a mailbox is.
struct Progress {
  std::string position;
  std::uint32_t uid_validity = 0;
  Uid since = 0;
  bool keeps = false;
  bool started = false;
};

class Importer {
 public:
  Importer(ApiClient client, const TransferArguments& arguments, MailReader& reader, Counts& counts)
      : client_(std::move(client)),
        arguments_(arguments),
        base_("/api/account/" + percent_encode(arguments.account) + "/mailboxes"),
        reader_(reader),
        counts_(counts) {}

  Result<void> open_journal(const fs::path& file) {
    journal_file_ = file;
    journal_ = TRY(Journal::open(file, [&](std::string_view line) -> Result<void> {
      boost::system::error_code error;
      const auto value = json::parse(line, error);
      if (error || !value.is_object())
        return fail(CliError::kFile,
                    file.string() + " is no journal of an import. Name another by --journal.");
      const auto& fields = value.get_object();
      auto& progress = progress_[json::value_to<std::string>(fields.at("mailbox"))];
      progress = {.position = json::value_to<std::string>(fields.at("position")),
                  .uid_validity = fields.at("uidValidity").to_number<std::uint32_t>(),
                  .since = fields.at("since").to_number<Uid>(),
                  .keeps = fields.at("keeps").as_bool(),
                  .started = true};
      return {};
    }));
    return {};
  }

  Result<void> import(const MailboxFacts& facts) {
    std::string target = facts.path;
    if (!arguments_.into.empty()) target = arguments_.into + "/" + target;
    Progress& progress = progress_[target];
    TRY(reader_.open(facts, progress.position));
    const auto mailbox = TRY(prepare(facts, target, progress));
    const std::string path = fmt::format("{}/{}/messages", base_, mailbox.id);
    for (bool more = true; more;) more = TRY(send_batch(path, target, progress));
    // UIDs that were given out and are gone stay gone.
    if (progress.keeps && facts.uid_next > progress.since) TRY(put(facts, target, facts.uid_next));
    ++counts_.mailboxes;
    return {};
  }

 private:
  Result<json::value> put(const MailboxFacts& facts, const std::string& target, Uid first) {
    json::object body{{"path", target}, {"subscribed", facts.subscribed}};
    if (arguments_.into.empty()) body.emplace("role", facts.role == "inbox" ? "" : facts.role);
    if (facts.uid_validity != 0 && first != 0) {
      body.emplace("uidValidity", facts.uid_validity);
      body.emplace("firstUid", first);
      if (progress_[target].started) body.emplace("continues", true);
    }
    const json::value value(std::move(body));
    return client_.call("PUT", base_, &value);
  }

  // The mailbox as it is to be; whether it keeps UIDs is settled once.
  Result<MailboxFacts> prepare(const MailboxFacts& facts, const std::string& target, Progress& progress) {
    Uid first = reader_.first_uid();
    if (progress.started) first = progress.keeps ? progress.since : 0;
    const auto answer = TRY(put(facts, target, first));
    const auto mailbox = TRY(mailbox_from(answer));
    if (progress.started) {
      if (mailbox.uid_validity == progress.uid_validity && mailbox.uid_next >= progress.since) return mailbox;
      return fail(
          CliError::kFile,
          fmt::format("{} tells of an earlier import, but {} is another mailbox now. Remove the file to "
                      "import everything again.",
                      journal_file_.string(), target));
    }
    const auto* keeps = answer.as_object().if_contains("keepsUids");
    progress = {.position = {},
                .uid_validity = mailbox.uid_validity,
                .since = mailbox.uid_next,
                .keeps = keeps && keeps->is_bool() && keeps->get_bool(),
                .started = true};
    // Before the first message goes: a run that starts again must know what the mailbox had before.
    TRY(note(target, progress));
    if (!progress.keeps && facts.uid_validity != 0 && first != 0)
      std::cerr << "gannet: " << target
                << " has given out UIDs of its own: its messages get new ones, and clients load them anew.\n";
    return mailbox;
  }

  Result<void> note(const std::string& target, const Progress& progress) {
    journal_->add(json::serialize(json::object{{"mailbox", target},
                                               {"position", progress.position},
                                               {"uidValidity", progress.uid_validity},
                                               {"since", progress.since},
                                               {"keeps", progress.keeps}}));
    return journal_->commit();
  }

  Result<bool> send_batch(const std::string& path, const std::string& target, Progress& progress) {
    std::string body, position;
    std::vector<std::string> names;
    bool more = true;
    while (body.size() < kBatchBytes && names.size() < kBatchMessages) {
      auto message = TRY(reader_.next());
      if (!message) {
        more = false;
        break;
      }
      json::object head{{"received", message->facts.received}, {"length", message->content.size()}};
      if (progress.keeps && message->facts.uid != 0) head.emplace("uid", message->facts.uid);
      head.emplace("keywords", json::value_from(message->facts.keywords));
      body += json::serialize(head);
      body += '\n';
      body += message->content;
      position = message->position;
      names.push_back(position);
    }
    if (names.empty()) return false;
    const auto answer = TRY(client_.upload(fmt::format("{}?since={}", path, progress.since), body));
    const auto& results = answer.as_object().at("messages").as_array();
    std::string stopped;
    Uid known = progress.since;  // what lies from there on may be told as present
    for (std::size_t i = 0; i < results.size() && i < names.size(); ++i) {
      const auto state = json::value_to<std::string>(results[i].at("state"));
      if (state == "stored") {
        ++counts_.stored;
        known = std::max(known, results[i].at("uid").to_number<Uid>() + 1);
      } else if (state == "present") {
        ++counts_.present;
      } else {
        const auto reason = json::value_to<std::string>(results[i].at("reason"));
        if (state != "refused") {
          stopped = target + ": " + reason + ".";
          if (state == "overQuota")
            stopped += " gannet account update " + arguments_.account +
                       " --quota SIZE makes room; the import continues when it is started again.";
          position = i == 0 ? progress.position : names[i - 1];
          break;
        }
        ++counts_.refused;
        std::cerr << "gannet: " << target << ", message at " << names[i] << " was refused: " << reason
                  << "\n";
      }
    }
    progress.position = position;
    // What it stopped at may have been stored all the same, and is looked for then.
    progress.since = stopped.empty() ? answer.at("uidNext").to_number<Uid>() : known;
    TRY(note(target, progress));
    if (!stopped.empty()) return fail(CliError::kServer, stopped);
    return more;
  }

  ApiClient client_;
  const TransferArguments& arguments_;
  const std::string base_;
  MailReader& reader_;
  Counts& counts_;
  fs::path journal_file_;
  std::optional<Journal> journal_;
  std::map<std::string, Progress> progress_;
};

Result<std::unique_ptr<MailReader>> make_reader(const TransferArguments& arguments, Warn warn) {
  if (arguments.format == "mbox") return make_mbox_reader(arguments.folder, std::move(warn));
  if (arguments.format == "json") return make_json_reader(arguments.folder, std::move(warn));
  return make_maildir_reader(arguments.folder, std::move(warn));
}

}  // namespace

Result<void> run_account_import(const TransferArguments& arguments) {
  auto client = TRY(ApiClient::connect(arguments.login));
  return import_account(std::move(client), arguments,
                        [&](Warn warn) { return make_reader(arguments, std::move(warn)); });
}

Result<void> import_account(ApiClient client, const TransferArguments& arguments, const MakeReader& make) {
  Counts counts;
  auto reader = TRY(make([&](const std::string& what) {
    ++counts.unreadable;
    std::cerr << "gannet: " << what << "\n";
  }));
  const auto mailboxes = TRY(reader->mailboxes());
  Importer importer(std::move(client), arguments, *reader, counts);
  fs::path beside = arguments.folder;  // a single mbox, or a folder
  if (fs::is_regular_file(beside)) beside = fs::absolute(beside).parent_path();
  TRY(importer.open_journal(!arguments.journal.empty()
                                ? fs::path(arguments.journal)
                                : beside / ("gannet-import-" + percent_encode(arguments.account))));
  for (const auto& mailbox : mailboxes) TRY(importer.import(mailbox));
  if (arguments.json)
    std::cout << json::serialize(json::object{{"mailboxes", counts.mailboxes},
                                              {"stored", counts.stored},
                                              {"present", counts.present},
                                              {"refused", counts.refused},
                                              {"unreadable", counts.unreadable}})
              << "\n";
  else
    std::cout << fmt::format(
        "Imported {} messages into {} mailboxes of {}; {} were there already, {} were refused, {} could not "
        "be "
        "read.\n",
        counts.stored, counts.mailboxes, arguments.account, counts.present, counts.refused,
        counts.unreadable);
  return {};
}

}  // namespace gannet::cli
