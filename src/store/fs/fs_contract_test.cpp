#include <gtest/gtest.h>

#include "store/fs/fs_blob_store.h"
#include "tests/contract/blob_store_contract.h"

namespace gannet::store::contract {
namespace {

class FsHarness final : public Harness<BlobStore> {
 public:
  explicit FsHarness(int depth, Compression compression) : depth_(depth), compression_(compression) {}
  Result<std::shared_ptr<BlobStore>> open(Clock& /*clock*/) override {
    return open_fs_blobs(
        {.path = directory_.path() + "/blobs", .depth = depth_, .object = {.compression = compression_}},
        random_);
  }

 private:
  TemporaryDirectory directory_;
  SystemRandom random_;
  const int depth_;
  const Compression compression_;
};

Backend<BlobStore> blobs(const std::string& name, int depth, Compression compression) {
  return {name, [=] { return std::make_unique<FsHarness>(depth, compression); }};
}

INSTANTIATE_TEST_SUITE_P(Fs, BlobStoreContract,
                         testing::Values(blobs("flat", 0, Compression::kLz4),
                                         blobs("none", 2, Compression::kNone),
                                         blobs("zstd", 2, Compression::kZstd),
                                         blobs("deepest", 5, Compression::kLz4)),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace gannet::store::contract
