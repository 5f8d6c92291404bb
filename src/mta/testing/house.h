// For tests: everything that mail needs to come in, in a folder of its own: RocksDB, the internal directory
// with the domain demo.test, mailboxes, and listeners on free loopback ports.
//
//   alice@demo.test (also a.liddell@, postmaster@), bob@demo.test; small@demo.test has a quota of 6000 octets, of
//   which a message in its mailbox Archive takes 3000
//   team@demo.test is a list of alice and bob; mixed@ of alice and x@elsewhere.test; away@ of
//   x@elsewhere.test; old@ of bob, staff@ and gone@demo.test, dead@ of gone@ alone, who does not exist any more;
//   staff@demo.test is a group of alice and bob, empty@ one of nobody. Passwords are "secret". Mail for nobody of
//   catch.test goes to bob.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "directory/internal_directory.h"
#include "mailbox/accounts.h"
#include "mta/acceptance.h"
#include "mta/queue/queue.h"
#include "mta/queue/worker.h"
#include "mta/session_rules.h"
#include "mta/transport.h"
#include "net/testing/server.h"
#include "store/data_blob_store.h"
#include "store/rocksdb/rocksdb_store.h"
#include "store/testing/faulty_data_store.h"
#include "tests/contract/directory_harness.h"
#include "tests/contract/harness.h"

namespace gannet::mta::testing {

template <typename T>
T require(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().describe());
  return std::move(*result);
}
inline void require(Result<> result) {
  if (!result) throw std::runtime_error(result.error().describe());
}

class House {
 public:
  // `settings`: TOML, added to those that a test needs.
  // `file_system`: where RocksDB lives, if not in the folder. `stall_timeout`: see RocksDbOptions.
  explicit House(std::string settings = {}, std::shared_ptr<rocksdb::FileSystem> file_system = nullptr,
                 Duration stall_timeout = std::chrono::seconds(5))
      : settings_(std::move(settings)), file_system_(std::move(file_system)), stall_timeout_(stall_timeout) {
    open();
  }
  ~House() { close(); }

  void open() {
    stores = store::Stores();
    store::RocksDbOptions options;
    options.path = file_system_ ? "/db" : folder.path() + "/db";
    options.file_system = file_system_;
    options.write_buffer_size = 1 << 20;
    options.stall_timeout = stall_timeout_;
    options.resume_interval = std::chrono::milliseconds(20);
    faulty = std::make_shared<store::testing::FaultyDataStore>(require(store::open_rocksdb(options, clock)),
                                                               clock);
    stores.data = faulty;
    stores.blob = store::blob_store_over(stores.data);
    directory::InternalOptions known;
    known.known_version = std::make_shared<directory::KnownVersion>();
    directory = std::make_shared<directory::InternalDirectory>(
        std::move(known), stores.data,
        std::make_shared<directory::Logins>(directory::contract::quick_logins(), clock, random), clock,
        random);
    if (!populated_) populate();
    accounts = mailbox::make_accounts(stores, {}, clock, random);
    if (!filled_) fill_small();
    const std::string text =
        "server.hostname = \"mx.demo.test\"\n[session]\nrcpt.errors.wait = \"1ms\"\nauth.errors.wait = "
        "\"1ms\"\n" +
        settings_;
    config::LoadOptions fragment;
    fragment.fragment = true;
    Services services{
        workers, clock,    random, require(config::Config::load_text(text, "test.toml", fragment)),
        {},      accounts, stores, "test-node"};
    services.directories.standard = directory;
    services.directories.by_id["internal"] = directory;
    transport = require(Transport::create(std::move(services)));
  }
  void close() {
    servers_.clear();
    transport.reset();
    accounts.reset();
    directory.reset();
    stores = store::Stores();
    faulty.reset();
  }

  // A client of a listener of that name; "lmtp" speaks LMTP.
  net::testing::Peer connect(const std::string& listener = "smtp") {
    auto& server = servers_[listener];
    if (!server) {
      const auto protocol = listener == "lmtp" ? smtp::Protocol::kLmtp : smtp::Protocol::kSmtp;
      server = std::make_unique<net::testing::Server>(transport->protocol(listener, protocol),
                                                      net::testing::loopback_listener(listener));
    }
    return server->connect();
  }

  mailbox::AccountId account(std::string_view name) {
    auto found = require(directory->find(name));
    if (!found) throw std::runtime_error("no account " + std::string(name));
    return found->id;
  }
  // The messages in an INBOX, whole, in the order of their UIDs.
  std::vector<std::string> inbox(std::string_view name) {
    const auto id = account(name);
    const auto view = require(accounts->view(id));
    std::vector<mailbox::DocumentId> documents;
    {
      const auto lock = view->lock();
      const auto* inbox = view->find_mailbox("INBOX");
      view->for_each(inbox->id, 1, UINT32_MAX, [&](const mailbox::Entry& entry) {
        documents.push_back(entry.document);
        return true;
      });
    }
    std::vector<std::string> out;
    for (const auto& record : require(accounts->messages(id, documents)))
      out.push_back(require(accounts->content(*record)));
    return out;
  }
  void erase_inbox(std::string_view name) {
    const auto id = account(name);
    const auto view = require(accounts->view(id));
    mailbox::MailboxId inbox = 0;
    std::vector<mailbox::Uid> uids;
    {
      const auto lock = view->lock();
      inbox = view->find_mailbox("INBOX")->id;
      uids = view->uids(inbox);
    }
    const std::vector<std::string> deleted = {"\\Deleted"};
    require(accounts->set_keywords(id, inbox, uids, mailbox::KeywordAction::kAdd, deleted));
    require(accounts->expunge(id, inbox, std::nullopt));
  }
  // A message by the shortest way: what a session does at the end of DATA. The reply.
  smtp::Reply send(const std::string& sender, const std::vector<std::string>& recipients,
                   const std::string& message) {
    Envelope envelope;
    envelope.id = transport->queue().new_id();
    envelope.sender = sender;
    for (const std::string& address : recipients) {
      Recipient recipient;
      recipient.address = address;
      for (const auto& principal : require(directory->resolve(address, {})).accounts)
        recipient.targets.push_back({principal.id, principal.quota, address});
      envelope.recipients.push_back(std::move(recipient));
    }
    AcceptanceOptions options;
    options.hostname = "mx.demo.test";
    options.first_retry = transport->rules().retry().front();
    options.expire = transport->rules().expire();
    smtp::SessionInfo session;
    session.hello = "client.test";
    session.extended = true;
    return accept_message(transport->services(), transport->queue(), session, options, envelope, message)
        .replies.front();
  }
  // Works on the queue until nothing is due.
  void work() {
    while (transport->worker().run_due() != 0) {
    }
  }
  std::vector<Entry> queued() { return require(transport->queue().list(0, 100)); }

  store::contract::TemporaryDirectory folder;
  ManualClock clock;
  SystemRandom random;
  net::WorkerPool workers{{.threads = 4}};
  store::Stores stores;
  std::shared_ptr<store::testing::FaultyDataStore> faulty;  // stores.data
  std::shared_ptr<directory::InternalDirectory> directory;
  std::shared_ptr<mailbox::Accounts> accounts;
  std::shared_ptr<Transport> transport;

 private:
  void add(directory::Principal principal) {
    const bool person = principal.type == directory::PrincipalType::kIndividual;
    require(directory->create(std::move(principal),
                              person ? std::optional<std::string>("secret") : std::nullopt));
  }
  void populate() {
    using enum directory::PrincipalType;
    add({.type = kDomain, .name = "demo.test"});
    add({.name = "alice@demo.test",
         .emails = {"alice@demo.test", "a.liddell@demo.test", "postmaster@demo.test"}});
    add({.name = "bob@demo.test", .emails = {"bob@demo.test"}});
    add({.name = "small@demo.test", .emails = {"small@demo.test"}, .quota = 6000});
    add({.type = kDomain, .name = "catch.test", .catch_all = "bob@demo.test"});
    add({.type = kDomain, .name = "bare.test"});
    const auto list = [&](const std::string& name, std::vector<std::string> members) {
      add({.type = kList, .name = name, .emails = {name}, .members = std::move(members)});
    };
    list("team@demo.test", {"alice@demo.test", "bob@demo.test"});
    list("mixed@demo.test", {"alice@demo.test", "x@elsewhere.test"});
    list("away@demo.test", {"x@elsewhere.test"});
    list("tight@demo.test", {"alice@demo.test", "small@demo.test"});
    add({.type = kGroup, .name = "staff@demo.test", .members = {"alice@demo.test", "bob@demo.test"}});
    add({.type = kGroup, .name = "empty@demo.test"});
    add({.name = "gone@demo.test"});
    list("old@demo.test", {"gone@demo.test", "bob@demo.test", "staff@demo.test"});
    list("dead@demo.test", {"gone@demo.test"});
    require(directory->remove("gone@demo.test", kIndividual));
    populated_ = true;
  }

  void fill_small() {
    const std::string header = "Subject: old\r\n\r\n";
    const std::string message = header + std::string(3000 - header.size(), 'x');
    mailbox::Destination archive;
    archive.account = account("small@demo.test");
    archive.mailboxes = {require(accounts->create_mailbox(archive.account, "Archive")).id};
    const auto stored = require(accounts->store({message, clock.now()}, std::span(&archive, 1)));
    if (!stored.at(0).stored) throw std::runtime_error("small@demo.test is not filled");
    filled_ = true;
  }

  std::string settings_;
  std::shared_ptr<rocksdb::FileSystem> file_system_;
  Duration stall_timeout_;
  bool populated_ = false;
  bool filled_ = false;
  std::map<std::string, std::unique_ptr<net::testing::Server>> servers_;
};

}  // namespace gannet::mta::testing
