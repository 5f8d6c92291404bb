#include "store/stores.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "config/config.h"
#include "store/blob_links.h"
#include "tests/contract/harness.h"

namespace gannet::store {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class StoresTest : public ::testing::Test {
 protected:
  // `text` with PATH standing for a directory of the test's own.
  Result<Stores> open(std::string text) {
    for (std::size_t at; (at = text.find("PATH")) != std::string::npos;)
      text.replace(at, 4, directory_.path());
    auto config = config::Config::load_text(text, "gannet.toml", {.fragment = true});
    if (!config) return std::unexpected(config.error());
    return open_stores(*config, clock_, random_);
  }
  std::string refusal(const std::string& text) {
    const auto opened = open(text);
    EXPECT_FALSE(opened);
    return opened ? "" : opened.error().text();
  }

  contract::TemporaryDirectory directory_;
  SystemClock clock_;
  SystemRandom random_;
};

TEST_F(StoresTest, OneRocksDbInAllRoles) {
  auto stores = open(R"(
[storage]
data = "main"
[store.main]
type = "rocksdb"
path = "PATH/db"
)");
  ASSERT_TRUE(stores) << stores.error().describe();
  const BlobId id = BlobId::of("content");
  WriteBatch batch;
  ASSERT_TRUE(stores->blob->put_with(batch, id, "content"));
  link_blob(batch, id, "owner", clock_.now(), random_);
  batch.set("akey", "value");
  ASSERT_TRUE(stores->data->commit(std::move(batch)));
  EXPECT_EQ(*stores->blob->get(id), "content");
  EXPECT_EQ(stores->data->statistics().commits, 1u) << "message and metadata cost one durable write";
  EXPECT_TRUE(stores->lookup->set("k", "v", {}));
  EXPECT_EQ(*stores->lookup->get("k"), "v");
  EXPECT_EQ(stores->search, nullptr) << "it keeps no index by itself";
  EXPECT_EQ(stores->search_data, stores->data);
}

TEST_F(StoresTest, ContentsInAnotherDataStoreAreRemovedFromThere) {
  auto stores = open(R"(
[storage]
data = "one"
blob = "two"
[store.one]
type = "rocksdb"
path = "PATH/one"
[store.two]
type = "sqlite"
path = "PATH/two.db"
)");
  ASSERT_TRUE(stores) << stores.error().describe();
  const BlobId id = BlobId::of("content");
  for (int i = 0; i < 2; ++i) {
    WriteBatch linked, unlinked;
    ASSERT_TRUE(stores->blob->put_with(linked, id, "content"));
    link_blob(linked, id, "owner", clock_.now(), random_);
    ASSERT_TRUE(stores->data->commit(std::move(linked)));
    unlink_blob(unlinked, id, "owner", clock_.now(), random_);
    ASSERT_TRUE(stores->data->commit(std::move(unlinked)));
    const auto done = collect_blobs(*stores->data, *stores->blob, clock_.now() + std::chrono::hours(2),
                                    std::chrono::hours(1), 100, "", random_);
    ASSERT_TRUE(done) << done.error().describe();
    EXPECT_EQ(done->removed, 1u);
    EXPECT_FALSE(*stores->blob->exists(id));
  }
}

TEST_F(StoresTest, ABackendForEachRole) {
  auto stores = open(R"(
[storage]
data = "one"
blob = "two"
fts = "two"
lookup = "three"
[store.one]
type = "rocksdb"
path = "PATH/one"
[store.two]
type = "rocksdb"
path = "PATH/two"
compression = "zstd"
[store.three]
type = "memory"
)");
  ASSERT_TRUE(stores) << stores.error().describe();
  const BlobId id = BlobId::of("content");
  WriteBatch batch;
  ASSERT_TRUE(stores->blob->put_with(batch, id, "content"));
  EXPECT_TRUE(batch.empty()) << "the blob is safe already, in its own store";
  EXPECT_EQ(*stores->blob->get(id), "content");
  EXPECT_TRUE(stores->lookup->lock("l", "me", Duration(1000)).value());
}

TEST_F(StoresTest, ErrorsNameTheKeyAndThePlace) {
  EXPECT_THAT(refusal("[storage]\ndata = \"es\"\n[store.es]\ntype = \"elasticsearch\"\nurl = \"http://h\"\n"),
              AllOf(HasSubstr("gannet.toml:2"), HasSubstr("storage.data"), HasSubstr("elasticsearch"),
                    HasSubstr("rocksdb")));
  EXPECT_THAT(refusal("[storage]\ndata = \"m\"\n[store.m]\ntype = \"memory\"\n"),
              AllOf(HasSubstr("gannet.toml:2"), HasSubstr("storage.data"), HasSubstr("memory")));
  EXPECT_THAT(refusal("[storage]\ndata = \"nowhere\"\n"),
              AllOf(HasSubstr("storage.data"), HasSubstr("nowhere")));
  EXPECT_THAT(refusal("[storage]\ndata = \"r\"\n[store.r]\ntype = \"rocksdb\"\npath = \"/dev/null/db\"\n"),
              AllOf(HasSubstr("gannet.toml:5"), HasSubstr("store.r.path"), HasSubstr("/dev/null/db")));
  EXPECT_THAT(
      refusal("[storage]\ndata = \"r\"\n[store.r]\ntype = \"rocksdb\"\npath = \"PATH/x\"\ndisable = true\n"),
      HasSubstr("store.r.disable"));
}

TEST_F(StoresTest, WhatSetupMayOffer) {
  const auto& backends = available_backends();
  for (const Role role : {Role::kData, Role::kBlob, Role::kSearch, Role::kLookup})
    EXPECT_EQ(std::ranges::find_if(backends, [&](const auto& b) { return b.serves(role); })->type, "rocksdb");
  std::set<std::string_view> types;
  for (const auto& backend : backends) EXPECT_TRUE(types.insert(backend.type).second) << backend.type;
}

}  // namespace
}  // namespace gannet::store
