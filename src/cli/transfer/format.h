// An account in files: what the formats have in common, for the commands that write and read them.
//
// Both ways are streams in bounded memory, mailbox by mailbox, and may be cut at any moment: a writer tells
// after checkpoint() what it has for good, a reader can go on from a position that it named before.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/transfer/commands.h"
#include "mailbox/types.h"

namespace gannet::cli {

using mailbox::Uid;

struct MailboxFacts {
  std::uint32_t id = 0;  // the server's; 0 when read from files
  std::string path;      // UTF-8, '/' between components
  std::string role;      // "sent", ...; empty for none
  bool subscribed = false;
  std::uint32_t uid_validity = 0;  // 0: not known
  Uid uid_next = 0;                // 0: not known
  std::uint64_t messages = 0;
  std::string place;  // where its files are, as the format names it
};
boost::json::object to_json(const MailboxFacts& mailbox);
Result<MailboxFacts> mailbox_from(const boost::json::value& value);

struct MessageFacts {
  Uid uid = 0;                // 0: not known
  std::int64_t received = 0;  // ms since 1970
  std::vector<std::string> keywords;
  std::uint64_t size = 0;
};

class MailWriter {
 public:
  virtual ~MailWriter() = default;
  // The highest UID that the files have of this mailbox; 0 for none.
  virtual Result<Uid> open(const MailboxFacts& mailbox) = 0;
  // One message: begin, pieces, end.
  virtual Result<void> begin(const MessageFacts& message) = 0;
  virtual Result<void> write(std::string_view piece) = 0;
  virtual Result<void> end() = 0;
  // What has ended is safe from now on.
  virtual Result<void> checkpoint() = 0;
  // The mailbox is complete.
  virtual Result<void> close() = 0;
  // All are.
  virtual Result<void> finish(const std::vector<MailboxFacts>& mailboxes) = 0;
};

struct ReadMessage {
  MessageFacts facts;
  std::string content;   // CRLF line ends
  std::string position;  // after this message
};

class MailReader {
 public:
  virtual ~MailReader() = default;
  virtual Result<std::vector<MailboxFacts>> mailboxes() = 0;
  // Ascending UIDs as far as they are known. `position` as a ReadMessage had it; empty: from the start.
  virtual Result<void> open(const MailboxFacts& mailbox, const std::string& position) = 0;
  // The lowest UID of the mailbox; 0 where UIDs are not known, 1 for an empty one.
  virtual Uid first_uid() const = 0;
  virtual Result<std::optional<ReadMessage>> next() = 0;
};

// Told of what could not be read as it should.
using Warn = std::function<void(const std::string& what)>;

Result<std::unique_ptr<MailWriter>> make_maildir_writer(const std::filesystem::path& folder);
Result<std::unique_ptr<MailWriter>> make_mbox_writer(const std::filesystem::path& folder);
Result<std::unique_ptr<MailWriter>> make_json_writer(const std::filesystem::path& folder);
// An mbox may be one file, too.
Result<std::unique_ptr<MailReader>> make_mbox_reader(const std::filesystem::path& folder, Warn warn);
Result<std::unique_ptr<MailReader>> make_json_reader(const std::filesystem::path& folder, Warn warn);
Result<std::unique_ptr<MailReader>> make_maildir_reader(const std::filesystem::path& folder, Warn warn);

// From whatever the reader reads, into the account of a running server; says what it did.
using MakeReader = std::function<Result<std::unique_ptr<MailReader>>(Warn warn)>;
Result<void> import_account(ApiClient client, const TransferArguments& arguments, const MakeReader& make);

}  // namespace gannet::cli
