#pragma once

#include <rocksdb/db.h>

#include <vector>

#include "store/rocksdb/rocksdb_store.h"

namespace gannet::store::rocks {

rocksdb::DBOptions database_options(const RocksDbOptions& options);
// "default", which holds nothing, and one family a subspace, in the order of kSubspaces. `clock` must
// outlive the database.
std::vector<rocksdb::ColumnFamilyDescriptor> column_families(const RocksDbOptions& options, Clock& clock);

}  // namespace gannet::store::rocks
