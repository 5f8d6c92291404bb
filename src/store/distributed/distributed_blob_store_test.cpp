#include "store/distributed/distributed_blob_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <optional>

#include "store/fs/fs_blob_store.h"
#include "tests/contract/blob_store_contract.h"

namespace gannet::store {
namespace {

// Passes on to another, or fails every call.
class Breakable final : public BlobStore {
 public:
  explicit Breakable(std::shared_ptr<BlobStore> blobs) : blobs_(std::move(blobs)) {}
  std::optional<StoreError> broken;

  Result<void> put(const BlobId& id, std::string_view content) override {
    if (broken) return fail(*broken, "broken");
    return blobs_->put(id, content);
  }
  Result<std::string> get(const BlobId& id, std::uint64_t offset, std::uint64_t length) override {
    if (broken) return fail(*broken, "broken");
    return blobs_->get(id, offset, length);
  }
  Result<bool> exists(const BlobId& id) override {
    if (broken) return fail(*broken, "broken");
    return blobs_->exists(id);
  }
  Result<void> remove(const BlobId& id) override {
    if (broken) return fail(*broken, "broken");
    return blobs_->remove(id);
  }
  Result<std::vector<BlobId>> list(const std::optional<BlobId>& after, std::size_t limit) override {
    if (broken) return fail(*broken, "broken");
    return blobs_->list(after, limit);
  }

 private:
  const std::shared_ptr<BlobStore> blobs_;
};

class DistributedBlobStoreTest : public ::testing::Test {
 protected:
  DistributedBlobStoreTest() {
    for (std::size_t i = 0; i < members_.size(); ++i)
      members_[i] = std::make_shared<Breakable>(
          *open_fs_blobs({.path = directory_.path() + "/" + std::to_string(i), .depth = 1}, random_));
  }
  // The first `count` members.
  std::shared_ptr<BlobStore> over(std::size_t count) {
    std::vector<BlobMember> members;
    for (std::size_t i = 0; i < count; ++i) members.push_back({"disk" + std::to_string(i), members_[i]});
    return distribute_blobs(std::move(members));
  }
  std::size_t held(std::size_t member) { return members_[member]->list(std::nullopt, 10'000)->size(); }
  static std::string content(int n) { return "message " + std::to_string(n); }
  static BlobId id(int n) { return BlobId::of(content(n)); }

  contract::TemporaryDirectory directory_;
  SystemRandom random_;
  std::array<std::shared_ptr<Breakable>, 4> members_;
};

TEST_F(DistributedBlobStoreTest, EachGetsItsShare) {
  auto store = over(3);
  for (int n = 0; n < 300; ++n) ASSERT_TRUE(store->put(id(n), content(n)));
  for (std::size_t member = 0; member < 3; ++member) {
    EXPECT_GT(held(member), 60u);
    EXPECT_LT(held(member), 140u);
  }
  EXPECT_EQ(held(0) + held(1) + held(2), 300u);
  EXPECT_EQ(store->list(std::nullopt, 1000)->size(), 300u);
}

TEST_F(DistributedBlobStoreTest, AMemberThatIsAddedLosesNothing) {
  auto before = over(3);
  for (int n = 0; n < 200; ++n) ASSERT_TRUE(before->put(id(n), content(n)));
  auto after = over(4);
  for (int n = 0; n < 200; ++n) {
    EXPECT_EQ(*after->get(id(n)), content(n));
    EXPECT_TRUE(*after->exists(id(n)));
  }
  for (int n = 0; n < 200; ++n) ASSERT_TRUE(after->put(id(n), content(n))) << "some of them now lie in two";
  EXPECT_GT(held(3), 20u);
  EXPECT_EQ(after->list(std::nullopt, 1000)->size(), 200u) << "but are listed once";
  for (int n = 0; n < 200; ++n) ASSERT_TRUE(after->remove(id(n)));
  for (std::size_t member = 0; member < 4; ++member) EXPECT_EQ(held(member), 0u);
  EXPECT_TRUE(after->get(id(1)).error().is(StoreError::kNotFound));
}

TEST_F(DistributedBlobStoreTest, AMemberThatIsFullOrAway) {
  auto store = over(3);
  for (const auto error : {StoreError::kFull, StoreError::kUnavailable}) {
    members_[1]->broken = error;
    for (int n = 0; n < 60; ++n) ASSERT_TRUE(store->put(id(n), content(n)));
    for (int n = 0; n < 60; ++n) EXPECT_EQ(*store->get(id(n)), content(n));
    EXPECT_TRUE(store->get(id(999)).error().is(error)) << "it may lie there";
    EXPECT_FALSE(store->exists(id(999)));
    EXPECT_FALSE(store->remove(id(1))) << "it may be left there";
    EXPECT_FALSE(store->list(std::nullopt, 5));
    members_[1]->broken.reset();
  }
  members_[0]->broken = members_[1]->broken = members_[2]->broken = StoreError::kFull;
  EXPECT_TRUE(store->put(id(1), content(1)).error().is(StoreError::kFull));
}

}  // namespace

namespace contract {
namespace {

class DistributedHarness final : public Harness<BlobStore> {
 public:
  Result<std::shared_ptr<BlobStore>> open(Clock& /*clock*/) override {
    std::vector<BlobMember> members;
    for (const char* name : {"one", "two", "three"})
      members.push_back({name, TRY(open_fs_blobs({.path = directory_.path() + "/" + name}, random_))});
    return distribute_blobs(std::move(members));
  }

 private:
  TemporaryDirectory directory_;
  SystemRandom random_;
};

INSTANTIATE_TEST_SUITE_P(Distributed, BlobStoreContract,
                         ::testing::Values(Backend<BlobStore>{
                             "distributed", [] { return std::make_unique<DistributedHarness>(); }}),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace contract
}  // namespace gannet::store
