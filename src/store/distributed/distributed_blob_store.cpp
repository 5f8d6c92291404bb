#include "store/distributed/distributed_blob_store.h"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include "base/hash.h"

namespace gannet::store {
namespace {

class DistributedBlobStore final : public BlobStore {
 public:
  explicit DistributedBlobStore(std::vector<BlobMember> members) : members_(std::move(members)) {}

  Result<void> put(const BlobId& id, std::string_view content) override {
    Result<void> first;
    for (BlobStore* member : by_weight(id)) {
      auto put = member->put(id, content);
      if (put) return put;
      if (!put.error().is(StoreError::kFull) && !put.error().is(StoreError::kUnavailable)) return put;
      if (first) first = std::move(put);
    }
    return first;
  }

  // What is not found anywhere may lie in a member that could not answer: then it is not called absent.
  Result<std::string> get(const BlobId& id, std::uint64_t offset, std::uint64_t length) override {
    Result<std::string> answer;
    for (BlobStore* member : by_weight(id)) {
      auto content = member->get(id, offset, length);
      if (content) return content;
      if (answer || answer.error().is(StoreError::kNotFound)) answer = std::move(content);
    }
    return answer;
  }

  // Each from where it should lie; if one lies elsewhere, one after the other.
  Result<std::vector<std::string>> get_many(std::span<const BlobRange> ranges) override {
    std::map<BlobStore*, std::vector<std::size_t>> shares;
    for (std::size_t i = 0; i < ranges.size(); ++i) shares[by_weight(ranges[i].id).front()].push_back(i);
    std::vector<std::string> out(ranges.size());
    for (const auto& [member, share] : shares) {
      std::vector<BlobRange> wanted;
      for (const std::size_t i : share) wanted.push_back(ranges[i]);
      auto found = member->get_many(wanted);
      if (!found) return BlobStore::get_many(ranges);
      for (std::size_t i = 0; i < share.size(); ++i) out[share[i]] = std::move((*found)[i]);
    }
    return out;
  }

  Result<bool> exists(const BlobId& id) override {
    Result<bool> answer = false;
    for (BlobStore* member : by_weight(id)) {
      auto there = member->exists(id);
      if (there && *there) return true;
      if (!there && answer) answer = std::move(there);
    }
    return answer;
  }

  // From all of them: a member that was added or was full may have left it in two.
  Result<void> remove(const BlobId& id) override {
    Result<void> answer;
    for (const auto& member : members_) {
      auto removed = member.blobs->remove(id);
      if (!removed && answer) answer = std::move(removed);
    }
    return answer;
  }

  Result<std::vector<BlobId>> list(const std::optional<BlobId>& after, std::size_t limit) override {
    std::vector<BlobId> all;
    for (const auto& member : members_) {
      const auto page = TRY(member.blobs->list(after, limit));
      all.insert(all.end(), page.begin(), page.end());
    }
    std::ranges::sort(all);
    const auto twice = std::ranges::unique(all);
    all.erase(twice.begin(), twice.end());
    if (all.size() > limit) all.resize(limit);
    return all;
  }

 private:
  std::vector<BlobStore*> by_weight(const BlobId& id) const {
    std::vector<std::pair<Sha256Digest, BlobStore*>> weighed;
    for (const auto& member : members_)
      weighed.emplace_back(sha256(member.name + '\0' + std::string(id.raw())), member.blobs.get());
    std::ranges::sort(weighed, std::greater<>());
    std::vector<BlobStore*> out;
    for (const auto& [weight, blobs] : weighed) out.push_back(blobs);
    return out;
  }

  const std::vector<BlobMember> members_;
};

}  // namespace

std::shared_ptr<BlobStore> distribute_blobs(std::vector<BlobMember> members) {
  return std::make_shared<DistributedBlobStore>(std::move(members));
}

}  // namespace gannet::store
