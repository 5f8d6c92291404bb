#include "store/blob_links.h"

namespace gannet::store {
namespace {

class ReservingBlobStore final : public BlobStore {
 public:
  ReservingBlobStore(std::shared_ptr<BlobStore> blobs, bool blobs_in_data, std::shared_ptr<DataStore> data,
                     Clock& clock, Random& random)
      : blobs_(std::move(blobs)),
        blobs_in_data_(blobs_in_data),
        data_(std::move(data)),
        clock_(clock),
        random_(random) {}

  Result<void> put(const BlobId& id, std::string_view content) override {
    WriteBatch batch;
    reserve_blob(batch, id, clock_.now(), random_);
    TRY(data_->commit(std::move(batch)));
    return blobs_->put(id, content);
  }
  Result<std::string> get(const BlobId& id, std::uint64_t offset, std::uint64_t length) override {
    return blobs_->get(id, offset, length);
  }
  Result<std::vector<std::string>> get_many(std::span<const BlobRange> ranges) override {
    return blobs_->get_many(ranges);
  }
  Result<bool> exists(const BlobId& id) override { return blobs_->exists(id); }
  Result<void> put_with(WriteBatch& batch, const BlobId& id, std::string_view content) override {
    return blobs_in_data_ ? blobs_->put_with(batch, id, content) : put(id, content);
  }
  Result<void> remove_with(WriteBatch& batch, const BlobId& id) override {
    // A store over another DataStore would add to a batch that goes elsewhere.
    return blobs_in_data_ ? blobs_->remove_with(batch, id) : blobs_->remove(id);
  }
  Result<void> remove(const BlobId& id) override { return blobs_->remove(id); }
  Result<std::vector<BlobId>> list(const std::optional<BlobId>& after, std::size_t limit) override {
    return blobs_->list(after, limit);
  }

 private:
  const std::shared_ptr<BlobStore> blobs_;
  const bool blobs_in_data_;
  const std::shared_ptr<DataStore> data_;
  Clock& clock_;
  Random& random_;
};

}  // namespace

std::shared_ptr<BlobStore> reserving(std::shared_ptr<BlobStore> blobs, bool blobs_in_data,
                                     std::shared_ptr<DataStore> data, Clock& clock, Random& random) {
  return std::make_shared<ReservingBlobStore>(std::move(blobs), blobs_in_data, std::move(data), clock,
                                              random);
}

}  // namespace gannet::store
