// gannet account export: frames of the API into files.
#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <iostream>

#include "cli/errors.h"
#include "cli/transfer/commands.h"
#include "cli/transfer/format.h"

namespace gannet::cli {
namespace {

namespace json = boost::json;

struct Counts {
  std::uint64_t mailboxes = 0, messages = 0, bytes = 0, damaged = 0;
};

// Takes the answers of the API apart as they come, and hands messages on piece by piece.
class FrameSink {
 public:
  FrameSink(MailWriter& writer, Uid after, Counts& counts)
      : writer_(writer), after_(after), counts_(counts) {}

  Result<void> take(std::string_view piece) {
    while (!piece.empty()) {
      if (left_ > 0) {
        const auto some = piece.substr(0, std::min<std::uint64_t>(left_, piece.size()));
        TRY(writer_.write(some));
        left_ -= some.size();
        offset_ += some.size();
        piece.remove_prefix(some.size());
        if (left_ == 0) TRY(end_piece());
        continue;
      }
      const auto end = piece.find('\n');
      line_ += piece.substr(0, end);
      if (line_.size() > (1 << 20)) return bad();
      if (end == std::string_view::npos) return {};
      piece.remove_prefix(end + 1);
      TRY(take_line());
      line_.clear();
    }
    return {};
  }

  // Where the next request starts.
  Uid after() const { return after_; }
  std::uint64_t offset() const { return offset_; }
  // Set by the last line of an answer; without it the answer was cut.
  bool complete() const { return complete_; }
  bool more() const { return more_; }
  void start_answer() { complete_ = false; }

 private:
  static std::unexpected<Error> bad() {
    return fail(CliError::kServer, "The server's answer is no list of messages.");
  }

  Result<void> take_line() {
    boost::system::error_code error;
    const auto value = json::parse(line_, error);
    const auto* head = error ? nullptr : value.if_object();
    if (!head) return bad();
    if (const auto* more = head->if_contains("more"); more && more->is_bool()) {
      more_ = more->get_bool();
      complete_ = true;
      return {};
    }
    const auto number = [&](const char* name) -> std::int64_t {
      const auto* found = head->if_contains(name);
      return found && found->is_number() ? found->to_number<std::int64_t>() : 0;
    };
    const auto uid = static_cast<Uid>(number("uid"));
    if (uid <= after_) return bad();
    if (const auto* why = head->if_contains("error")) {
      std::cerr << "gannet: message " << uid << " is left out: " << json::serialize(*why) << "\n";
      ++counts_.damaged;
      after_ = uid;
      return {};
    }
    if (offset_ == 0) {
      message_ = {.uid = uid,
                  .received = number("received"),
                  .keywords = {},
                  .size = static_cast<std::uint64_t>(number("size"))};
      if (const auto* keywords = head->if_contains("keywords"); keywords && keywords->is_array())
        for (const auto& keyword : keywords->get_array())
          if (keyword.is_string()) message_.keywords.emplace_back(keyword.get_string());
      TRY(writer_.begin(message_));
    } else if (uid != message_.uid || static_cast<std::uint64_t>(number("offset")) != offset_) {
      return fail(CliError::kServer,
                  fmt::format("Message {} went while it was read. Start the export again: it continues.",
                              message_.uid));
    }
    left_ = static_cast<std::uint64_t>(number("length"));
    return left_ == 0 ? end_piece() : Result<void>();
  }

  Result<void> end_piece() {
    if (offset_ < message_.size) return {};  // the next answer goes on with it
    TRY(writer_.end());
    after_ = message_.uid;
    offset_ = 0;
    ++counts_.messages;
    counts_.bytes += message_.size;
    return {};
  }

  MailWriter& writer_;
  Uid after_;
  Counts& counts_;
  MessageFacts message_;
  std::string line_;
  std::uint64_t left_ = 0, offset_ = 0;
  bool more_ = false, complete_ = false;
};

Result<void> export_mailbox(ApiClient& client, const std::string& base, const MailboxFacts& mailbox,
                            MailWriter& writer, Counts& counts) {
  FrameSink sink(writer, TRY(writer.open(mailbox)), counts);
  do {
    sink.start_answer();
    const std::string path = fmt::format("{}/mailboxes/{}/messages?after={}&offset={}&max-bytes={}", base,
                                         mailbox.id, sink.after(), sink.offset(), 4 << 20);
    TRY(client.download(path, [&](std::string_view piece) { return sink.take(piece); }));
    if (!sink.complete())
      return fail(CliError::kServer, "The server's answer was cut. Start the export again: it continues.");
    TRY(writer.checkpoint());
  } while (sink.more());
  return writer.close();
}

Result<std::unique_ptr<MailWriter>> make_writer(const TransferArguments& arguments) {
  if (arguments.format == "mbox") return make_mbox_writer(arguments.folder);
  if (arguments.format == "json") return make_json_writer(arguments.folder);
  return make_maildir_writer(arguments.folder);
}

}  // namespace

Result<void> run_account_export(const TransferArguments& arguments) {
  auto client = TRY(ApiClient::connect(arguments.login));
  const std::string base = "/api/account/" + percent_encode(arguments.account);
  std::vector<MailboxFacts> mailboxes;
  const auto listed = TRY(client.call("GET", base + "/mailboxes"));
  if (!listed.is_array()) return fail(CliError::kServer, "The server lists no mailboxes.");
  for (const auto& one : listed.get_array()) mailboxes.push_back(TRY(mailbox_from(one)));
  auto writer = TRY(make_writer(arguments));
  Counts counts;
  for (const auto& mailbox : mailboxes) {
    TRY(export_mailbox(client, base, mailbox, *writer, counts));
    ++counts.mailboxes;
  }
  TRY(writer->finish(mailboxes));
  if (arguments.json)
    std::cout << json::serialize(json::object{{"mailboxes", counts.mailboxes},
                                              {"messages", counts.messages},
                                              {"bytes", counts.bytes},
                                              {"damaged", counts.damaged}})
              << "\n";
  else
    std::cout << fmt::format("Exported {} messages ({} bytes) of {} mailboxes to {}.\n", counts.messages,
                             counts.bytes, counts.mailboxes, arguments.folder);
  if (counts.damaged > 0)
    return fail(CliError::kServer, fmt::format("{} damaged messages are left out.", counts.damaged));
  return {};
}

}  // namespace gannet::cli
