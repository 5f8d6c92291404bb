// For tests: a whole IMAP server on a loopback port, with RocksDB in a folder of its own, and the accounts
// alice and bob, whose passwords are "secret".
#pragma once

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "directory/memory_directory.h"
#include "imap/listener.h"
#include "mailbox/accounts.h"
#include "net/testing/server.h"
#include "net/worker_pool.h"
#include "store/blob_links.h"
#include "store/data_blob_store.h"
#include "store/rocksdb/rocksdb_store.h"
#include "tests/contract/harness.h"

namespace gannet::imap::testing {

template <typename T>
T require(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().describe());
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

// Time, store, accounts and people: what a session needs besides its connection.
class Core {
 public:
  explicit Core(mailbox::AccountsOptions options = standard_folders()) {
    auto data = require(store::open_rocksdb({.path = folder_.path() + "/db"}, clock));
    stores = {data, store::reserving(store::blob_store_over(data), true, data, clock, random), nullptr, data,
              store::memory_lookup_store(1 << 20, clock)};
    accounts = mailbox::make_accounts(stores, std::move(options), clock, random);
    directory::MemoryOptions people;
    for (const auto* name : {"alice", "bob"}) {
      people.principals.push_back(
          {{.name = name, .emails = {std::string(name) + "@example.org"}}, {"{PLAIN}secret"}});
    }
    auto logins = std::make_shared<directory::Logins>(directory::LoginOptions{}, clock, random);
    directory = require(directory::MemoryDirectory::open(std::move(people), *data, logins, clock, random));
  }

  static mailbox::AccountsOptions standard_folders() {
    using mailbox::Role;
    mailbox::AccountsOptions options;
    options.folders = {
        {Role::kDrafts, "Drafts"}, {Role::kSent, "Sent"}, {Role::kTrash, "Trash"}, {Role::kJunk, "Junk"}};
    return options;
  }

  std::shared_ptr<const Services> services(Settings settings) const {
    return make_services(accounts, directory, clock, std::move(settings));
  }

  mailbox::AccountId account(std::string_view name) { return require(directory->find(name)).value().id; }

  // What an SMTP delivery does.
  void deliver(std::string_view name, std::string_view message, std::vector<std::string> keywords = {}) {
    mailbox::Destination destination;
    destination.account = account(name);
    destination.keywords = std::move(keywords);
    const auto stored = require(accounts->store({message, clock.now()}, std::span(&destination, 1)));
    if (!stored.at(0).stored) throw std::runtime_error("not delivered");
  }

  SystemClock clock;
  SystemRandom random;

 private:
  store::contract::TemporaryDirectory folder_;

 public:
  store::Stores stores;
  std::shared_ptr<mailbox::Accounts> accounts;
  std::shared_ptr<directory::Directory> directory;
};

inline Settings plain_text() {
  Settings settings;
  settings.allow_plain_text = true;
  settings.server_version = "1.0";
  return settings;
}

class Server {
 public:
  explicit Server(Settings settings = plain_text(),
                  net::WorkerPoolOptions pool = {.threads = 4, .queue_limit = 256},
                  mailbox::AccountsOptions options = Core::standard_folders())
      : core(std::move(options)),
        workers(pool),
        edge(make_protocol(core.services(std::move(settings)), workers)) {}

  net::testing::Peer connect() { return edge.connect(); }
  // Past the greeting and the login.
  net::testing::Peer connect_as(std::string_view name) {
    auto peer = connect();
    peer.read_line();
    peer.ask("login LOGIN " + std::string(name) + " secret");
    return peer;
  }

  Core core;
  net::WorkerPool workers;
  net::testing::Server edge;
};

}  // namespace gannet::imap::testing
