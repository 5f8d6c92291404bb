#include "cli/restore_account.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value_from.hpp>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <iostream>
#include <optional>

#include "backup/restore.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/random.h"
#include "cli/errors.h"
#include "cli/transfer/files.h"
#include "cli/transfer/format.h"
#include "directory/schema.h"
#include "mailbox/accounts.h"
#include "mailbox/role_names.h"
#include "mailbox/schema.h"
#include "store/blob_links.h"
#include "store/data_blob_store.h"
#include "store/rocksdb/rocksdb_store.h"

namespace gannet::cli {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using store::Subspace;

constexpr std::size_t kMessagesAtOnce = 200;

// A folder that goes with it.
class ScratchFolder {
 public:
  static Result<ScratchFolder> create() {
    std::error_code error;
    std::string name = (fs::temp_directory_path(error) / "gannet-restore-XXXXXX").string();
    if (error || ::mkdtemp(name.data()) == nullptr)
      return fail(CliError::kFile, name + " cannot be made: TMPDIR names another place for temporary files.");
    return ScratchFolder(name);
  }
  ScratchFolder(ScratchFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  ~ScratchFolder() {
    std::error_code error;
    if (!path_.empty()) fs::remove_all(path_, error);
  }
  const fs::path& path() const { return path_; }

 private:
  explicit ScratchFolder(fs::path path) : path_(std::move(path)) {}
  fs::path path_;
};

// As the backup's directory has it.
Result<directory::StoredPrincipal> find_principal(const RestoreAccountArguments& arguments,
                                                  const std::string& name) {
  std::optional<directory::StoredPrincipal> found;
  const std::string wanted = directory::principal_key(name);
  TRY(backup::read_records(arguments.folder, arguments.snapshot, Subspace::kDirectory,
                           [&](std::string_view key, std::string_view value) -> Result<void> {
                             if (key == wanted) found = TRY(directory::decode_principal(name, value));
                             return {};
                           }));
  if (!found || found->principal.id == 0)
    return fail(CliError::kUsage, "The backup has no account " + name + " of its own directory.");
  return std::move(*found);
}

// The account's own records.
bool is_of(mailbox::AccountId account, std::string_view key) {
  switch (key.empty() ? Subspace{} : static_cast<Subspace>(key.front())) {
    case Subspace::kAccount:
    case Subspace::kMessage:
    case Subspace::kState:
    case Subspace::kChange:
    case Subspace::kThread: {
      KeyReader in(key);
      in.u8();
      return in.u32() == account && in.ok();
    }
    case Subspace::kBlobLink: {
      const auto link = store::read_blob_link_key(key);
      const std::string owner = mailbox::blob_owner(account, 0);
      return link && link->kind == store::BlobLinkKey::Kind::kLink &&
             link->owner.starts_with(std::string_view(owner).substr(0, owner.size() - 4));
    }
    default:
      return false;
  }
}

class BackupReader final : public MailReader {
 public:
  BackupReader(std::shared_ptr<mailbox::Accounts> accounts, mailbox::AccountId account, Warn warn)
      : accounts_(std::move(accounts)), account_(account), warn_(std::move(warn)) {}

  Result<std::vector<MailboxFacts>> mailboxes() override {
    view_ = TRY(accounts_->view(account_));
    const auto lock = view_->lock();
    std::vector<MailboxFacts> out;
    for (const auto* mailbox : view_->mailboxes())
      out.push_back({.id = mailbox->id,
                     .path = mailbox->path,
                     .role = std::string(mailbox::role_text(mailbox->role)),
                     .subscribed = mailbox->subscribed,
                     .uid_validity = mailbox->uid_validity,
                     .uid_next = mailbox->uid_next,
                     .messages = mailbox->messages,
                     .place = {}});
    return out;
  }

  // Positions are UIDs.
  Result<void> open(const MailboxFacts& mailbox, const std::string& position) override {
    mailbox_ = mailbox.id;
    path_ = mailbox.path;
    after_ = position.empty() ? 0 : static_cast<Uid>(std::stoul(position));
    waiting_.clear();
    const auto lock = view_->lock();
    const auto uids = view_->uids(mailbox_);
    first_ = uids.empty() ? 1 : uids.front();
    return {};
  }
  Uid first_uid() const override { return first_; }

  Result<std::optional<ReadMessage>> next() override {
    for (;;) {
      if (waiting_.empty()) TRY(read_more());
      if (waiting_.empty()) return std::optional<ReadMessage>();
      auto [facts, document] = std::move(waiting_.front());
      waiting_.pop_front();
      after_ = facts.uid;
      const auto record = TRY(accounts_->messages(account_, std::span(&document, 1))).front();
      auto content = record ? accounts_->content(*record)
                            : Result<std::string>(fail(CliError::kFile, "the backup has no record of it"));
      if (!content) {
        warn_(path_ + ", UID " + std::to_string(facts.uid) + ": " + content.error().text() +
              ". It is left out.");
        continue;
      }
      return std::optional(ReadMessage{
          .facts = std::move(facts), .content = std::move(*content), .position = std::to_string(after_)});
    }
  }

 private:
  Result<void> read_more() {
    if (after_ == UINT32_MAX) return {};
    const auto lock = view_->lock();
    view_->for_each(mailbox_, after_ + 1, UINT32_MAX, [&](const mailbox::Entry& entry) {
      MessageFacts facts{
          .uid = entry.uid, .received = to_unix_ms(entry.received), .keywords = {}, .size = entry.size};
      for (const auto number : entry.keywords.numbers())
        facts.keywords.emplace_back(view_->keyword_name(number));
      waiting_.emplace_back(std::move(facts), entry.document);
      return waiting_.size() < kMessagesAtOnce;
    });
    return {};
  }

  const std::shared_ptr<mailbox::Accounts> accounts_;
  const mailbox::AccountId account_;
  const Warn warn_;
  std::shared_ptr<const mailbox::AccountView> view_;
  mailbox::MailboxId mailbox_ = 0;
  std::string path_;
  Uid after_ = 0, first_ = 0;
  std::deque<std::pair<MessageFacts, mailbox::DocumentId>> waiting_;
};

// As it was in the backup, with its password; and its domain, where that is missing.
Result<void> make_account(ApiClient& client, const directory::StoredPrincipal& stored) {
  const auto& principal = stored.principal;
  if (client.call("GET", "/api/principal/" + percent_encode(principal.name) + "?type=individual")) return {};
  if (client.call("GET", "/api/principal/" + percent_encode(principal.name) + "?type=group")) return {};
  for (const auto& email : principal.emails) {
    const std::string domain = email.substr(email.rfind('@') + 1);
    if (client.call("GET", "/api/principal/" + percent_encode(domain) + "?type=domain")) continue;
    const json::value body(json::object{{"type", "domain"}, {"name", domain}});
    TRY(client.call("POST", "/api/principal", &body));
  }
  json::object body{{"type", directory::to_string(principal.type)},
                    {"name", principal.name},
                    {"description", principal.description},
                    {"emails", json::value_from(principal.emails)},
                    {"quota", principal.quota}};
  if (!stored.secrets.empty()) body["secrets"] = json::array{json::value(stored.secrets.front())};
  const json::value value(std::move(body));
  TRY(client.call("POST", "/api/principal", &value));
  std::cerr << "gannet: the server had no " << principal.name << ": it is made as the backup has it.\n";
  return {};
}

}  // namespace

Result<void> restore_account(const RestoreAccountArguments& arguments) {
  SystemClock clock;
  SystemRandom random;
  const auto name = directory::normalize_login(arguments.account);
  if (!name) return fail(CliError::kUsage, "--account \"" + arguments.account + "\" cannot be a login.");
  const auto stored = TRY(find_principal(arguments, *name));
  const auto account = stored.principal.id;
  auto client = TRY(ApiClient::connect(arguments.login));
  const auto scratch = TRY(ScratchFolder::create());
  store::Stores stores;
  stores.data = TRY(store::open_rocksdb({.path = (scratch.path() / "db").string()}, clock));
  stores.blob = store::blob_store_over(stores.data);
  stores.search_data = stores.data;
  stores.lookup = store::memory_lookup_store(1 << 20, clock);
  TRY(backup::restore_some(arguments.folder, arguments.snapshot, stores,
                           [account](std::string_view key) { return is_of(account, key); }));
  TRY(make_account(client, stored));
  TransferArguments transfer;
  transfer.json = arguments.json;
  transfer.account = *name;
  transfer.into = arguments.into;
  transfer.journal =
      arguments.journal.empty() ? "gannet-restore-" + percent_encode(*name) : arguments.journal;
  return import_account(std::move(client), transfer, [&](Warn warn) -> Result<std::unique_ptr<MailReader>> {
    return std::make_unique<BackupReader>(mailbox::make_accounts(stores, {}, clock, random), account,
                                          std::move(warn));
  });
}

}  // namespace gannet::cli
