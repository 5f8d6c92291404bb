#pragma once

#include <rocksdb/status.h>

#include <string_view>

#include "store/errors.h"

namespace gannet::store::rocks {

// What RocksDB said, as an Error; `doing` names the call for the operator. Call only for a status that is
// not OK.
std::unexpected<Error> fail_with(const rocksdb::Status& status, std::string_view doing);
bool is_no_space(const rocksdb::Status& status);

}  // namespace gannet::store::rocks
