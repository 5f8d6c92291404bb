// Reads within one transaction: what lies under keys, large values put together.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "store/foundationdb/layout.h"
#include "store/foundationdb/transaction.h"

namespace gannet::store::fdb {

// Stands in for FoundationDB's code where what was read is not what was written.
inline constexpr FdbError kCorruptValue = -1;

// `conflicting`: a later change of it makes the transaction's commit fail.
Answer<std::optional<std::string>> read(const Transaction& transaction, const Layout& layout,
                                        std::string_view key, bool conflicting = false);
// All at once: one round trip, and one more where values are large.
Answer<std::vector<std::optional<std::string>>> read_many(const Transaction& transaction,
                                                          const Layout& layout,
                                                          std::span<const std::string> keys,
                                                          bool conflicting = false);
Answer<Page> read_page(const Transaction& transaction, const Layout& layout, const Range& range);

}  // namespace gannet::store::fdb
