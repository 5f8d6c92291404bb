// A kind of backend (`store.<id>.type`) and how each of its roles is opened. A backend's folder defines one
// such table; backends.cpp lists them all, and stores.cpp asks it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "config/config.h"
#include "store/blob_codec.h"
#include "store/stores.h"

namespace gannet::store {

// Opens other stores by id, each once: for stores that are made of others.
class StoreOpener {
 public:
  virtual ~StoreOpener() = default;
  virtual Result<std::shared_ptr<DataStore>> data(const std::string& id) = 0;
  virtual Result<std::shared_ptr<BlobStore>> blob(const std::string& id) = 0;
  virtual Result<std::shared_ptr<LookupStore>> lookup(const std::string& id) = 0;
};

// What a backend is opened from. Valid during the call, `clock` and `random` for as long as the store lives.
struct StoreSettings {
  std::string id;
  config::Section section;  // store.<id>
  Clock& clock;
  Random& random;
  StoreOpener& others;

  // A kConfiguration error that starts with where `key` was set and its full name.
  std::unexpected<Error> wrong(std::string_view key, const std::string& message,
                               const std::string& detail = {}) const;
  // The same for what opening a store came to: of the setting that the error names (wrong_setting(), or "store.<id>.KEY"
  // in its text), else of `otherwise`.
  std::unexpected<Error> wrong(std::string_view otherwise, const Error& error) const;
  // `tls.ca-file`; empty: the system's authorities. kConfiguration where there is no certificate in it.
  Result<std::string> ca_file() const;
};

// What `compression` of a store says.
Compression compression_of(const config::Section& store);

struct Backend {
  BackendInfo info;
  // Null where it is no such store by itself. A role of `info` without a function of its own is held over the
  // DataStore (the search index by search/).
  Result<std::shared_ptr<DataStore>> (*open_data)(const StoreSettings&) = nullptr;
  Result<std::shared_ptr<BlobStore>> (*open_blob)(const StoreSettings&) = nullptr;
  Result<std::shared_ptr<SearchStore>> (*open_search)(const StoreSettings&) = nullptr;
  Result<std::shared_ptr<LookupStore>> (*open_lookup)(const StoreSettings&) = nullptr;
};

// In the order in which they are proposed.
const std::vector<const Backend*>& backends();
// Null if this build has none of that type.
const Backend* find_backend(std::string_view type);

}  // namespace gannet::store
