// What the tests of external directories share.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "directory/directory.h"
#include "directory/login.h"
#include "directory/scram.h"
#include "store/rocksdb/rocksdb_store.h"
#include "tests/contract/directory_harness.h"
#include "tests/contract/harness.h"

namespace gannet::testing {

class ExternalDirectoryTest : public ::testing::Test {
 protected:
  ExternalDirectoryTest() {
    auto opened = store::open_rocksdb({.path = folder_.path() + "/db", .write_buffer_size = 1 << 20}, clock_);
    EXPECT_TRUE(opened) << opened.error().describe();
    data_ = *std::move(opened);
  }

  std::shared_ptr<directory::Logins> logins() {
    return std::make_shared<directory::Logins>(directory::contract::quick_logins(), clock_, random_);
  }

  // The name of who gets in, or the reason.
  std::string login(const std::string& login, const std::string& password) {
    const auto outcome = directory_->authenticate(
        {.login = login, .password = password, .authorize_as = {}, .remote_ip = {}, .protocol = "imap"});
    if (!outcome) return outcome.error().describe();
    return outcome->principal ? outcome->principal->name : std::string(to_string(outcome->failure));
  }

  // Whom the directory takes for the one who has proved `password` by SCRAM; empty where the proof is none.
  std::string scram(const std::string& login, const std::string& password) {
    const directory::Credentials credentials{
        .login = login, .password = {}, .authorize_as = {}, .remote_ip = {}, .protocol = "imap"};
    const auto secrets = directory_->scram_secrets(credentials);
    if (!secrets) return secrets.error().describe();
    const auto derived = directory::derive_scram(password, secrets->salt, secrets->iterations);
    for (const auto& entry : secrets->entries)
      if (derived && entry.keys == derived->keys) {
        const auto outcome = directory_->admit(credentials);
        if (!outcome) return outcome.error().describe();
        return outcome->principal ? outcome->principal->name : std::string(to_string(outcome->failure));
      }
    return {};
  }

  // Waits until it is true, for some seconds.
  template <typename Condition>
  static bool soon(const Condition& condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return true;
  }

  store::contract::TemporaryDirectory folder_;
  SystemClock clock_;
  SystemRandom random_;
  std::shared_ptr<store::DataStore> data_;
  std::shared_ptr<directory::Directory> directory_;
};

}  // namespace gannet::testing
