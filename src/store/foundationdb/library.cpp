#include "store/foundationdb/library.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <thread>

namespace gannet::store::fdb {
namespace {

constexpr int kOldestApi = 710, kNewestApi = 730;

// Looks every function up; the first one missing makes it fail.
class Symbols {
 public:
  explicit Symbols(void* handle) : handle_(handle) {}

  template <typename Function>
  void find(Function& out, const char* name) {
    void* symbol = dlsym(handle_, name);
    if (symbol == nullptr && missing_.empty()) missing_ = name;
    out = reinterpret_cast<Function>(symbol);
  }
  const std::string& missing() const { return missing_; }

 private:
  void* handle_;
  std::string missing_;
};

// Empty, or the name of a function that the library lacks.
std::string look_up(void* handle, Library& out) {
  Symbols symbols(handle);
  symbols.find(out.select_api_version_impl, "fdb_select_api_version_impl");
  symbols.find(out.get_max_api_version, "fdb_get_max_api_version");
  symbols.find(out.get_error, "fdb_get_error");
  symbols.find(out.error_predicate, "fdb_error_predicate");
  symbols.find(out.network_set_option, "fdb_network_set_option");
  symbols.find(out.setup_network, "fdb_setup_network");
  symbols.find(out.run_network, "fdb_run_network");
  symbols.find(out.stop_network, "fdb_stop_network");
  symbols.find(out.create_database, "fdb_create_database");
  symbols.find(out.database_destroy, "fdb_database_destroy");
  symbols.find(out.database_set_option, "fdb_database_set_option");
  symbols.find(out.database_create_transaction, "fdb_database_create_transaction");
  symbols.find(out.transaction_destroy, "fdb_transaction_destroy");
  symbols.find(out.transaction_set_option, "fdb_transaction_set_option");
  symbols.find(out.transaction_get_read_version, "fdb_transaction_get_read_version");
  symbols.find(out.transaction_get, "fdb_transaction_get");
  symbols.find(out.transaction_get_range, "fdb_transaction_get_range");
  symbols.find(out.transaction_set, "fdb_transaction_set");
  symbols.find(out.transaction_clear, "fdb_transaction_clear");
  symbols.find(out.transaction_clear_range, "fdb_transaction_clear_range");
  symbols.find(out.transaction_atomic_op, "fdb_transaction_atomic_op");
  symbols.find(out.transaction_add_conflict_range, "fdb_transaction_add_conflict_range");
  symbols.find(out.transaction_commit, "fdb_transaction_commit");
  symbols.find(out.transaction_on_error, "fdb_transaction_on_error");
  symbols.find(out.future_block_until_ready, "fdb_future_block_until_ready");
  symbols.find(out.future_get_error, "fdb_future_get_error");
  symbols.find(out.future_get_int64, "fdb_future_get_int64");
  symbols.find(out.future_get_value, "fdb_future_get_value");
  symbols.find(out.future_get_keyvalue_array, "fdb_future_get_keyvalue_array");
  symbols.find(out.future_destroy, "fdb_future_destroy");
  return symbols.missing();
}

// Owns the network thread. The library stays loaded: its own threads may outlive a dlclose().
class Client {
 public:
  static Client& the_client();
  void stop() {
    if (!network_.joinable()) return;
    library_.stop_network();
    network_.join();
  }

  Result<const Library*> start(const std::string& path) {
    const std::scoped_lock lock(mutex_);
    if (loaded_ && path != path_)
      return fail(StoreError::kConfiguration,
                  fmt::format("a process can use one FoundationDB client, and {} is loaded already", path_));
    if (network_.joinable()) return &library_;
    TRY(load(path));
    if (const FdbError error = library_.setup_network(); error != 0)
      return failed("start its network", error);
    network_ = std::thread([this] { (void)library_.run_network(); });
    // Registered behind what the library registered when it was loaded, so that it runs before: the library must
    // not be taken down under its own network thread.
    std::atexit([] { the_client().stop(); });
    return &library_;
  }

 private:
  Result<void> load(const std::string& path) {
    if (loaded_) return {};
    void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr)
      return fail(
          StoreError::kConfiguration,
          fmt::format("FoundationDB's client library {} cannot be loaded; install the foundationdb-clients "
                      "package of your cluster's release",
                      path),
          dlerror());
    if (const std::string missing = look_up(handle, library_); !missing.empty())
      return fail(
          StoreError::kConfiguration,
          fmt::format("{} is not a FoundationDB client that can be used: it has no {}", path, missing));
    const int newest = library_.get_max_api_version();
    if (newest < kOldestApi)
      return fail(
          StoreError::kConfiguration,
          fmt::format(
              "{} is a FoundationDB client of API version {}; 7.1 ({}) is the oldest that can be used", path,
              newest, kOldestApi));
    const int version = std::min(newest, kNewestApi);
    if (const FdbError error = library_.select_api_version_impl(version, version); error != 0)
      return failed(fmt::format("select API version {}", version), error);
    const auto quiet = static_cast<int>(NetworkOption::kDisableClientStatisticsLogging);
    (void)library_.network_set_option(quiet, nullptr, 0);
    loaded_ = true;
    path_ = path;
    return {};
  }

  std::unexpected<Error> failed(const std::string& what, FdbError error) const {
    return fail(StoreError::kConfiguration, "FoundationDB's client could not " + what,
                fmt::format("{} ({})", library_.get_error(error), error));
  }

  std::mutex mutex_;
  Library library_{};
  bool loaded_ = false;
  std::string path_;
  std::thread network_;
};

Client& Client::the_client() {
  static Client client;
  return client;
}

}  // namespace

Result<const Library*> client(const std::string& path) {
  return Client::the_client().start(path);
}

}  // namespace gannet::store::fdb
