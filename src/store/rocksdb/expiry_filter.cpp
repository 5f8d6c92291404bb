#include "store/rocksdb/expiry_filter.h"

#include "store/lookup_record.h"

namespace gannet::store::rocks {
namespace {

class ExpiryFilter final : public rocksdb::CompactionFilter {
 public:
  explicit ExpiryFilter(WallTime now) : now_(now) {}
  bool Filter(int, const rocksdb::Slice&, const rocksdb::Slice& value, std::string*, bool*) const override {
    const auto record = LookupRecord::decode(value.ToStringView());
    return record && record->expired(now_);
  }
  const char* Name() const override { return "gannet.expiry"; }

 private:
  WallTime now_;
};

}  // namespace

std::unique_ptr<rocksdb::CompactionFilter> ExpiryFilterFactory::CreateCompactionFilter(
    const rocksdb::CompactionFilter::Context&) {
  return std::make_unique<ExpiryFilter>(clock_.now());
}

}  // namespace gannet::store::rocks
