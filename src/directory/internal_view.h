// The internal directory at one moment. Costs one read, of the version, as long as the cache knows the rest;
// none where the version is known, too.
#pragma once

#include <memory>

#include "directory/known_version.h"
#include "directory/principal_view.h"
#include "directory/record_cache.h"
#include "store/data_store.h"

namespace gannet::directory {

class InternalView final : public PrincipalView {
 public:
  // `known` may be null.
  static Result<std::unique_ptr<PrincipalView>> open(store::DataStore& data, RecordCache& cache,
                                                     KnownVersion* known);
  // Of what is in memory; never waits. Null when the version is not known. Its answers are kUnavailable where
  // the cache does not know them.
  static std::unique_ptr<PrincipalView> open_now(RecordCache& cache, const KnownVersion* known);

  Result<StoredPrincipalPtr> by_name(std::string_view name) override;
  Result<StoredPrincipalPtr> by_address(std::string_view address) override;
  Result<StoredPrincipalPtr> by_id(AccountId id) override;
  Result<bool> is_local_domain(std::string_view domain) override;
  Result<std::vector<std::string>> addresses(std::string_view text, std::size_t limit) override;
  bool torn() const override { return torn_; }

 private:
  InternalView(store::DataStore* data, RecordCache& cache, std::uint64_t version)
      : data_(data), cache_(cache), version_(version) {}
  // The first read beyond the cache opens a snapshot, so that all later ones see one moment.
  Result<std::optional<std::string>> read(const std::string& key);
  std::optional<CachedRecord> look_up(std::string_view key);
  Result<std::string> name_at(const std::string& key);

  store::DataStore* const data_;  // null: what the cache does not know is not to be had
  RecordCache& cache_;
  std::uint64_t version_;  // of what was answered so far
  std::shared_ptr<store::Snapshot> snapshot_;
  bool answered_ = false;
  bool torn_ = false;
};

// A failure of the store as one of the directory: kUnavailable, with the store's own words as detail.
std::unexpected<Error> unavailable(const Error& store_error);

}  // namespace gannet::directory
