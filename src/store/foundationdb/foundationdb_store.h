// A FoundationDB cluster as a DataStore: many Gannets on many machines. See layout.h and committer.h.
//
// Every call is a transaction of its own; FoundationDB bounds each to 5 s and 10 MB. So a snapshot lives for 5 s
// (kUnavailable then), large values are staged beforehand, and a batch of more keys than one transaction takes is
// refused as kTooLarge.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "store/data_store.h"
#include "store/foundationdb/transaction.h"

namespace gannet::store {

struct FoundationDbOptions {
  std::string id = "foundationdb";  // of the store, as metrics and events call it
  fdb::DatabaseOptions database;
  std::string prefix = "gannet/";  // of every key
  Duration probe_interval{1'000};  // how often a cluster that is out of reach is asked again
};

// kConfiguration: no client library, no cluster file, or data of a newer release; kUnavailable: the cluster does
// not answer. `clock` and `random` must outlive the store.
Result<std::shared_ptr<DataStore>> open_foundationdb(const FoundationDbOptions& options, Clock& clock,
                                                     Random& random);

}  // namespace gannet::store
