#include "login/exchange.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/hash.h"
#include "directory/internal_directory.h"
#include "store/rocksdb/rocksdb_store.h"
#include "tests/contract/directory_harness.h"
#include "tests/contract/harness.h"

namespace gannet::login {
namespace {

using directory::AuthFailure;
using directory::derive_scram;

const std::vector<std::string> kAll = {"SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "EXTERNAL", "PLAIN", "LOGIN"};

// The client's side of SCRAM, as far as a test needs it.
struct ScramClient {
  std::string login, password;
  std::string header = "n,,";
  std::string binding;  // data
  std::string first() const { return header + bare(); }
  std::string bare() const { return "n=" + login + ",r=clientnonce"; }
  std::string last(const std::string& server_first) {
    const auto field = [&](char name) {
      const auto at = server_first.find(std::string(",") + name + "=") + 3;
      return server_first.substr(at, server_first.find(',', at) - at);
    };
    const std::string nonce = server_first.substr(2, server_first.find(',') - 2);
    const auto salt = *base64_decode(field('s'));
    const auto iterations = static_cast<std::uint32_t>(std::stoul(field('i')));
    const std::string without = "c=" + base64_encode(header + binding) + ",r=" + nonce;
    auth_message = bare() + "," + server_first + "," + without;
    const auto verifier = *derive_scram(password, salt, iterations);
    server_key = verifier.keys.server_key;
    // ClientKey is not kept by a verifier: the client has the password.
    return without + ",p=" + base64_encode(proof(salt, iterations, verifier.keys.stored_key));
  }
  std::string proof(const std::string& salt, std::uint32_t iterations, const std::string& stored_key) const;
  std::string server_final() const { return "v=" + base64_encode(hmac_sha256(server_key, auth_message)); }
  std::string auth_message, server_key;
};

// PBKDF2 of one block, written out: Hi() of RFC 5802 2.2.
std::string salted_password(const std::string& password, const std::string& salt, std::uint32_t iterations) {
  std::string u = hmac_sha256(password, salt + std::string("\0\0\0\1", 4)), out = u;
  for (std::uint32_t i = 1; i < iterations; ++i) {
    u = hmac_sha256(password, u);
    for (std::size_t k = 0; k < out.size(); ++k) out[k] = static_cast<char>(out[k] ^ u[k]);
  }
  return out;
}

std::string ScramClient::proof(const std::string& salt, std::uint32_t iterations,
                               const std::string& stored_key) const {
  std::string key = hmac_sha256(salted_password(password, salt, iterations), "Client Key");
  const auto signature = hmac_sha256(stored_key, auth_message);
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<char>(key[i] ^ signature[i]);
  return key;
}

class ExchangeTest : public testing::Test {
 protected:
  void SetUp() override {
    data_ = *store::open_rocksdb({.path = folder_.path() + "/db", .write_buffer_size = 1 << 20}, clock_);
    directory_ = std::make_shared<directory::InternalDirectory>(
        directory::InternalOptions{}, data_,
        std::make_shared<directory::Logins>(directory::contract::quick_logins(), clock_, random_), clock_,
        random_);
    ASSERT_TRUE(directory_->create({.type = directory::PrincipalType::kDomain, .name = "example.org"}, {}));
    ASSERT_TRUE(directory_->create({.name = "alice@example.org"}, "secret"));
    ASSERT_TRUE(
        directory_->create({.name = "chief@example.org", .role = directory::Role::kAdmin}, "chief secret"));
  }
  std::unique_ptr<Exchange> begin(const std::string& mechanism, Client client = {.protocol = "imap"}) {
    return Exchange::begin(mechanism, kAll, std::move(client), directory_, gate_);
  }
  static Step take(Result<Step> step) {
    EXPECT_TRUE(step) << step.error().describe();
    return step ? *std::move(step) : Step();
  }
  static std::string who(const Step& step) {
    if (!step.outcome) return step.challenge ? "goes on" : "malformed";
    return step.outcome->principal ? step.outcome->principal->name
                                   : std::string(to_string(step.outcome->failure));
  }
  // A whole SCRAM login; who it was.
  std::string scram(const std::string& mechanism, ScramClient client, Client peer = {.protocol = "imap"}) {
    const auto exchange = begin(mechanism, std::move(peer));
    auto step = take(exchange->start(client.first()));
    if (!step.challenge) return who(step);
    step = take(exchange->next(client.last(*step.challenge)));
    if (!step.challenge) return who(step);
    EXPECT_EQ(*step.challenge, client.server_final());
    return who(take(exchange->next("")));
  }

  store::contract::TemporaryDirectory folder_;
  SystemClock clock_;
  SeededRandom random_{1};
  std::shared_ptr<store::DataStore> data_;
  std::shared_ptr<directory::InternalDirectory> directory_;
  std::shared_ptr<Gate> gate_ = std::make_shared<Gate>();
};

TEST_F(ExchangeTest, PlainAndLogin) {
  using std::string_literals::operator""s;
  EXPECT_EQ(who(take(begin("PLAIN")->start("\0alice@example.org\0secret"s))), "alice@example.org");
  EXPECT_EQ(who(take(begin("PLAIN")->start("\0alice@example.org\0wrong"s))), "wrong password");
  EXPECT_EQ(who(take(begin("PLAIN")->start("alice@example.org\0chief@example.org\0chief secret"s))),
            "alice@example.org");
  const auto login = begin("LOGIN");
  EXPECT_EQ(take(login->start(std::nullopt)).challenge, "Username:");
  EXPECT_EQ(take(login->next("alice@example.org")).challenge, "Password:");
  EXPECT_EQ(who(take(login->next("secret"))), "alice@example.org");
}

TEST_F(ExchangeTest, Scram) {
  EXPECT_EQ(scram("SCRAM-SHA-256", {"alice@example.org", "secret"}), "alice@example.org");
  EXPECT_EQ(scram("SCRAM-SHA-256", {"Alice@Example.org", "secret"}), "alice@example.org");
  EXPECT_EQ(scram("SCRAM-SHA-256", {"alice@example.org", "wrong"}), "wrong password");
  EXPECT_EQ(scram("SCRAM-SHA-256", {"nobody@example.org", "secret"}), "wrong password");
  EXPECT_EQ(scram("SCRAM-SHA-256", {"chief@example.org", "chief secret", "n,a=alice@example.org,"}),
            "alice@example.org");
  EXPECT_EQ(scram("SCRAM-SHA-256", {"alice@example.org", "secret", "n,a=chief@example.org,"}),
            "may not act for the other identity");
}

TEST_F(ExchangeTest, NoChallengeIsWorkedOutForWhoIsOverTheLimit) {
  gate_ = std::make_shared<Gate>(GateOptions{.retry = {2, std::chrono::minutes(1)}}, data_, nullptr, clock_);
  const Client peer{.remote_ip = "192.0.2.1", .protocol = "imap"};
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(scram("SCRAM-SHA-256", {"alice@example.org", "wrong"}, peer), "wrong password");
  const auto step =
      take(begin("SCRAM-SHA-256", peer)->start(ScramClient{"alice@example.org", "secret"}.first()));
  EXPECT_FALSE(step.challenge);
  EXPECT_EQ(who(step), std::string(to_string(AuthFailure::kTooManyFailures)));
  EXPECT_EQ(
      scram("SCRAM-SHA-256", {"alice@example.org", "secret"}, {.remote_ip = "192.0.2.2", .protocol = "imap"}),
      "alice@example.org");
}

TEST_F(ExchangeTest, ScramWithChannelBinding) {
  const Client peer{.protocol = "imap", .bindings = {{"tls-exporter", "of this connection"}}};
  const ScramClient right{"alice@example.org", "secret", "p=tls-exporter,,", "of this connection"};
  EXPECT_EQ(scram("SCRAM-SHA-256-PLUS", right, peer), "alice@example.org");
  ScramClient elsewhere = right;
  elsewhere.binding = "of another";
  EXPECT_EQ(scram("SCRAM-SHA-256-PLUS", elsewhere, peer), "wrong password");
}

TEST_F(ExchangeTest, ScramWithAnAppPassword) {
  const auto phone = *directory_->add_app_password("alice@example.org", "Phone", {"imap"});
  EXPECT_EQ(scram("SCRAM-SHA-256", {"alice@example.org", phone}), "alice@example.org");
  EXPECT_EQ(scram("SCRAM-SHA-256", {"alice@example.org", phone}, {.protocol = "smtp"}), "wrong password");
}

TEST_F(ExchangeTest, ExternalGoesByTheAddressesOfTheCertificate) {
  const auto external = [&](std::vector<std::string> emails, const std::string& authorize_as = {}) {
    return who(take(begin("EXTERNAL", {.protocol = "imap", .certificate_emails = std::move(emails)})
                        ->start(authorize_as)));
  };
  EXPECT_EQ(external({"alice@example.org"}), "alice@example.org");
  EXPECT_EQ(external({"x@elsewhere.example", "Alice@example.org"}), "alice@example.org");
  EXPECT_EQ(external({"alice@example.org"}, "alice@example.org"), "alice@example.org");
  EXPECT_EQ(external({"alice@example.org"}, "chief@example.org"), "may not act for the other identity");
  EXPECT_EQ(external({"chief@example.org"}, "alice@example.org"), "alice@example.org");
  EXPECT_EQ(external({"x@elsewhere.example"}), "no such user");
  EXPECT_EQ(external({}), "no such user");
}

TEST_F(ExchangeTest, WhatIsNotOfferedDoesNotBegin) {
  EXPECT_EQ(Exchange::begin("PLAIN", {"LOGIN"}, {}, directory_, gate_), nullptr);
  EXPECT_EQ(begin("CRAM-MD5"), nullptr);
}

}  // namespace
}  // namespace gannet::login
