#include "directory/directories.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/config.h"
#include "store/rocksdb/rocksdb_store.h"
#include "tests/contract/harness.h"

namespace gannet::directory {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

constexpr std::string_view kStores = R"(
[store.rocksdb]
type = "rocksdb"
path = "/nonexistent"
[storage]
data = "rocksdb"
directory = "default"
[authentication]
argon2 = { memory = "8mb", iterations = 1 }
)";

class DirectoriesTest : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = store::open_rocksdb({.path = folder_.path() + "/db", .write_buffer_size = 1 << 20}, clock_);
    ASSERT_TRUE(opened) << opened.error().describe();
    stores_.data = *std::move(opened);
  }
  // The server's other settings are not looked at here.
  Result<Directories> open(std::string_view toml) {
    const auto config =
        config::Config::load_text(std::string(kStores) + std::string(toml), "test.toml", {.fragment = true});
    EXPECT_TRUE(config) << config.error().describe();
    return open_directories(config.value(), stores_, clock_, random_);
  }
  std::string refusal(std::string_view toml) {
    const auto out = open(toml);
    return out ? "accepted" : out.error().text();
  }
  static bool lets_in(Directory& directory, const std::string& login, const std::string& password) {
    const auto out = directory.authenticate({.login = login, .password = password, .protocol = "http"});
    EXPECT_TRUE(out);
    return out && out->principal;
  }

  store::contract::TemporaryDirectory folder_;
  ManualClock clock_;
  SeededRandom random_{1};
  store::Stores stores_;
};

TEST_F(DirectoriesTest, OpensTheInternalDirectoryWithItsAdministration) {
  const auto out = open("[directory.default]\ntype = 'internal'\nstore = 'rocksdb'\n");
  ASSERT_TRUE(out) << out.error().describe();
  ASSERT_TRUE(out->admin);
  ASSERT_TRUE(out->admin->create({.name = "alice"}, "pass"));
  EXPECT_TRUE(lets_in(*out->standard, "alice", "pass"));
  EXPECT_EQ(out->by_id.at("default"), out->standard);
}

TEST_F(DirectoriesTest, OpensAMemoryDirectory) {
  const auto out = open(R"(
[directory.default]
type = "memory"
[[directory.default.principals]]
name = "john"
class = "admin"
description = "John Doe"
secret = ["{SHA}L55TUjtiq8FBorTWAZ0jy6g129A=", "$app$phone$tele"]
email = ["john@example.org", "jdoe@example.org"]
email-list = ["all@example.org"]
member-of = ["sales"]
quota = 1000
[[directory.default.principals]]
name = "jane"
type = "individual"
secret = "in clear"
email = "jane@example.org"
email-list = "all@example.org"
[[directory.default.principals]]
name = "sales"
class = "group"
email = "sales@example.org"
[[directory.default.principals]]
name = "example.net"
class = "domain"
catch-all = "jane@example.org"
)");
  ASSERT_TRUE(out) << out.error().describe();
  EXPECT_EQ(out->admin, nullptr);
  Directory& directory = *out->standard;
  EXPECT_TRUE(lets_in(directory, "john", "correct horse"));
  EXPECT_TRUE(lets_in(directory, "john", "tele"));
  EXPECT_TRUE(lets_in(directory, "jane", "in clear"));
  EXPECT_FALSE(lets_in(directory, "jane", "in clea"));
  const Principal john = directory.find("john")->value();
  EXPECT_EQ(john.role, Role::kAdmin);
  EXPECT_EQ(john.quota, 1000u);
  EXPECT_EQ(john.description, "John Doe");
  EXPECT_THAT(john.member_of, ElementsAre("sales"));
  const auto all = directory.resolve("all@example.org", {});
  EXPECT_EQ(all->kind, Resolution::Kind::kList);
  ASSERT_EQ(all->accounts.size(), 2u);
  EXPECT_EQ(directory.resolve("any@example.net", {})->accounts.at(0).name, "jane");
}

TEST_F(DirectoriesTest, OpensAMemoryDirectoryInItsOlderSpelling) {
  const auto out = open(R"(
[directory.default]
type = "memory"
[directory.default.lookup]
domains = ["example.org", "example.com"]
[[directory.default.users]]
name = "john"
secret = "12345"
email = ["john@example.org"]
member-of = ["sales"]
[[directory.default.groups]]
name = "sales"
description = "Sales Team"
)");
  ASSERT_TRUE(out) << out.error().describe();
  EXPECT_TRUE(lets_in(*out->standard, "john", "12345"));
  EXPECT_EQ(out->standard->find("sales")->value().description, "Sales Team");
  EXPECT_TRUE(*out->standard->is_local_domain("example.com"));
}

TEST_F(DirectoriesTest, ErrorsNameTheKey) {
  EXPECT_EQ(refusal("[directory.other]\ntype = 'internal'\n"),
            "storage.directory: there is no directory \"default\"; there are: other");
  EXPECT_EQ(refusal("[directory.default]\ntype = 'internal'\ndisable = true\n"),
            "storage.directory: there is no directory \"default\"; there are: none");
  EXPECT_EQ(
      refusal("[directory.default]\ntype = 'internal'\nstore = 'pg'\n"),
      "directory.default.store: is \"pg\", but the internal directory lies in the data store: leave it out, "
      "or write \"rocksdb\" as in storage.data");
  EXPECT_THAT(refusal("[directory.default]\ntype = 'memory'\n[[directory.default.principals]]\nname = 'a'\n"
                      "secret = 'otpauth://totp/x'\n"),
              HasSubstr("directory.default.principals.0.secret: "));
  EXPECT_EQ(refusal("[directory.default]\ntype = 'memory'\n[[directory.default.principals]]\nname = 'a'\n"
                    "email = 'b'\n"),
            "directory.default.principals.0: \"b\" of \"a\" is not an e-mail address");
  EXPECT_EQ(refusal("[directory.default]\ntype = 'lmtp'\nhost = 'no host'\n"),
            "directory.default.host: \"no host\" is no name or address of a server");
  EXPECT_EQ(refusal("[directory.default]\ntype = 'internal'\n[authentication.master]\nuser = 'm'\n"),
            "authentication.master.secret: is not set, but authentication.master.user is");
}

TEST_F(DirectoriesTest, TheFallbackAdministratorGetsInWithoutAnyAccount) {
  const auto out = open(
      "[directory.default]\ntype = 'internal'\n"
      "[authentication.fallback-admin]\nuser = 'admin'\nsecret = 'way in'\n");
  ASSERT_TRUE(out) << out.error().describe();
  EXPECT_TRUE(lets_in(*out->standard, "admin", "way in"));
  EXPECT_FALSE(lets_in(*out->standard, "admin", "way out"));
}

}  // namespace
}  // namespace gannet::directory
