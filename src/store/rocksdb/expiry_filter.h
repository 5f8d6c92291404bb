// Lets compactions of the lookup subspace drop what has expired (lookup_record.h).
#pragma once

#include <rocksdb/compaction_filter.h>

#include "base/clock.h"

namespace gannet::store::rocks {

class ExpiryFilterFactory final : public rocksdb::CompactionFilterFactory {
 public:
  explicit ExpiryFilterFactory(Clock& clock) : clock_(clock) {}
  std::unique_ptr<rocksdb::CompactionFilter> CreateCompactionFilter(
      const rocksdb::CompactionFilter::Context& context) override;
  const char* Name() const override { return "gannet.expiry"; }

 private:
  Clock& clock_;
};

}  // namespace gannet::store::rocks
