// A mailbox model over a real RocksDB store that lives in memory, for tests.
#pragma once

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "mailbox/accounts.h"
#include "store/blob_links.h"
#include "store/data_blob_store.h"
#include "store/rocksdb/rocksdb_store.h"
#include "store/subspace.h"
#include "store/testing/faulty_data_store.h"
#include "store/testing/power_loss.h"

namespace gannet::mailbox::testing {

inline std::string render(const Error& error) {
  return error.describe();
}

// The value of a Result; the test fails if there is none.
template <typename T>
T must(Result<T> result) {
  if (!result) {
    ADD_FAILURE() << result.error().describe();
    return T{};
  }
  return *std::move(result);
}
inline void must(const Result<void>& result) {
  if (!result) ADD_FAILURE() << result.error().describe();
}

struct MailOptions {
  std::string subject = "Hello";
  std::string id;  // without brackets; empty: none
  std::string references;
  std::string in_reply_to;
  std::string body = "Good morning.\r\n";
};
inline std::string mail(const MailOptions& options = {}) {
  std::string out =
      "From: Ann <ann@example.org>\r\nTo: bob@example.org\r\nSubject: " + options.subject + "\r\n";
  if (!options.id.empty()) out += "Message-ID: <" + options.id + ">\r\n";
  if (!options.references.empty()) out += "References: " + options.references + "\r\n";
  if (!options.in_reply_to.empty()) out += "In-Reply-To: " + options.in_reply_to + "\r\n";
  return out + "\r\n" + options.body;
}

inline AccountsOptions with_folders() {
  AccountsOptions options;
  options.folders = {{Role::kSent, "Sent Items"},
                     {Role::kTrash, "Deleted Items"},
                     {Role::kJunk, "Junk Mail"},
                     {Role::kDrafts, "Drafts"},
                     {Role::kArchive, "Archive", false}};
  return options;
}

// A machine with one store; restart() as after a crash, though nothing is lost here.
class World {
 public:
  explicit World(std::uint64_t seed = 1) : machine(seed), random(seed) { open(); }

  void open() {
    auto opened = store::open_rocksdb(
        {.path = "/db", .write_buffer_size = 8 << 20, .file_system = machine.file_system()}, clock);
    if (!opened) return (void)(ADD_FAILURE() << opened.error().describe());
    rocks = *opened;
    data = std::make_shared<store::testing::FaultyDataStore>(rocks, clock);
    blobs = store::blob_store_over(data);
  }
  void close() { blobs.reset(), data.reset(), rocks.reset(); }

  // Each is a node of its own.
  std::shared_ptr<Accounts> node(AccountsOptions options = with_folders()) {
    return make_accounts(
        {.data = data, .blob = blobs, .search = nullptr, .search_data = nullptr, .lookup = nullptr},
        std::move(options), clock, random);
  }

  store::testing::PowerLoss machine;
  ManualClock clock;
  SeededRandom random;
  std::shared_ptr<store::DataStore> rocks;
  std::shared_ptr<store::testing::FaultyDataStore> data;
  std::shared_ptr<store::BlobStore> blobs;
};

class MailboxTest : public ::testing::Test {
 protected:
  static constexpr AccountId kAnn = 7, kBob = 9;

  Stored deliver(const std::string& content, Destination destination) {
    auto stored = must(accounts->store({content, world.clock.now()}, std::span(&destination, 1)));
    if (stored.size() != 1) return {};
    return stored.front();
  }
  Stored deliver(const std::string& content = mail(), AccountId account = kAnn) {
    return deliver(content, Destination{.account = account});
  }
  Stored deliver_to(std::string_view mailbox, std::vector<std::string> keywords = {},
                    const std::string& content = mail()) {
    return deliver(content,
                   {.account = kAnn, .mailboxes = {id_of(mailbox)}, .keywords = std::move(keywords)});
  }
  MailboxId id_of(std::string_view path, AccountId account = kAnn) {
    const auto view = must(accounts->view(account));
    const auto lock = view->lock();
    const Mailbox* found = view->find_mailbox(path);
    return found ? found->id : 0;
  }
  Mailbox mailbox(std::string_view path, AccountId account = kAnn) {
    const auto view = must(accounts->view(account));
    const auto lock = view->lock();
    const Mailbox* found = view->find_mailbox(path);
    return found ? *found : Mailbox{};
  }
  std::vector<Uid> uids(std::string_view path) {
    const auto view = must(accounts->view(kAnn));
    const auto lock = view->lock();
    const Mailbox* found = view->find_mailbox(path);
    return found ? view->uids(found->id) : std::vector<Uid>{};
  }
  std::optional<Entry> entry(std::string_view path, Uid uid) {
    const MailboxId id = id_of(path);
    const auto view = must(accounts->view(kAnn));
    const auto lock = view->lock();
    return view->entry(id, uid);
  }
  std::vector<std::string> flags(std::string_view path, Uid uid) {
    const auto found = entry(path, uid);
    const auto view = must(accounts->view(kAnn));
    const auto lock = view->lock();
    std::vector<std::string> out;
    if (found)
      for (const auto number : found->keywords.numbers()) out.emplace_back(view->keyword_name(number));
    return out;
  }
  std::vector<std::string> paths(AccountId account = kAnn) {
    const auto view = must(accounts->view(account));
    const auto lock = view->lock();
    std::vector<std::string> out;
    for (const Mailbox* one : view->mailboxes()) out.push_back(one->path);
    return out;
  }
  std::uint64_t used() {
    const auto view = must(accounts->view(kAnn));
    const auto lock = view->lock();
    return view->quota_used();
  }
  KeywordOutcome flag(std::string_view path, std::vector<Uid> which, KeywordAction action,
                      std::vector<std::string> keywords, std::optional<Modseq> unless = std::nullopt) {
    return must(accounts->set_keywords(kAnn, id_of(path), which, action, keywords, unless));
  }
  // The message as a reader sees it.
  std::string text_of(DocumentId document, AccountId account = kAnn) {
    const auto records = must(accounts->messages(account, std::span(&document, 1)));
    if (records.size() != 1 || !records[0]) return "(gone)";
    return must(accounts->content(*records[0]));
  }
  std::size_t keys_of(store::Subspace subspace) {
    const std::string begin(1, static_cast<char>(subspace));
    return must(store::scan_all(*world.data, store::Range::prefix(begin))).size();
  }
  // Blobs that somebody uses.
  std::size_t linked_blobs() {
    std::size_t linked = 0;
    for (const auto& blob : must(world.blobs->list(std::nullopt, 1'000'000)))
      linked += must(store::is_linked(*world.data, blob));
    return linked;
  }

  World world;
  std::shared_ptr<Accounts> accounts = world.node();
};

}  // namespace gannet::mailbox::testing
