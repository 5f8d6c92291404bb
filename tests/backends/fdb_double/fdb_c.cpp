// The functions of FoundationDB's C API that Gannet calls, over memory_cluster.h. Futures are ready when they are
// made.
#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "store/foundationdb/library.h"
#include "tests/backends/fdb_double/memory_cluster.h"

#define API extern "C" __attribute__((visibility("default")))

namespace gannet::store::fdb {

using fdb_double::Bounds;
using fdb_double::Cluster;
using fdb_double::WriteOperation;

constexpr std::size_t kMutationSize = 40, kRangeSize = 32;  // the client's structures

struct FdbDatabase {
  std::shared_ptr<Cluster> cluster;
};

struct FdbTransaction {
  std::shared_ptr<Cluster> cluster;
  std::int64_t read_version = 0;
  std::vector<Bounds> read;
  std::vector<WriteOperation> writes;
  std::size_t bytes = 0;
  FdbError broken = 0;  // a key or value that is too large: told at the commit

  std::int64_t version() { return read_version != 0 ? read_version : read_version = cluster->version(); }
  void depends_on(Bounds range) {
    bytes += kRangeSize + range.first.size() + range.second.size();
    read.push_back(std::move(range));
  }
  void reset() { read_version = 0, read.clear(), writes.clear(), bytes = 0, broken = 0; }
  void write(WriteOperation operation) {
    if (operation.key.size() > 10'000) broken = kKeyTooLarge;
    if (operation.kind != WriteOperation::Kind::kClearRange && operation.value.size() > 100'000)
      broken = kValueTooLarge;
    // As the client reckons: the mutation, and the range in which it conflicts with others.
    const std::size_t end = operation.kind == WriteOperation::Kind::kClearRange ? operation.value.size()
                                                                                : operation.key.size() + 1;
    bytes += kMutationSize + operation.key.size() + operation.value.size();
    bytes += kRangeSize + operation.key.size() + end;
    writes.push_back(std::move(operation));
  }
};

struct FdbFuture {
  FdbError error = 0;
  std::int64_t number = 0;
  std::optional<std::string> value;
  std::vector<std::pair<std::string, std::string>> items;
  std::vector<FdbKeyValue> array;
  bool more = false;
};

namespace {

std::mutex network_mutex;
std::condition_variable network_changed;
bool network_stopped = false;

std::shared_ptr<Cluster> cluster_of(const std::string& path) {
  static std::mutex mutex;
  static std::map<std::string, std::shared_ptr<Cluster>> all;
  const std::scoped_lock lock(mutex);
  auto& cluster = all[path];
  if (!cluster) cluster = std::make_shared<Cluster>();
  return cluster;
}

std::string text(const std::uint8_t* data, int length) {
  return {reinterpret_cast<const char*>(data), static_cast<std::size_t>(length)};
}
const std::uint8_t* raw(const std::string& data) {
  return reinterpret_cast<const std::uint8_t*>(data.data());
}

// Options that are numbers must be 8 bytes long.
FdbError check_option(int option, int length) {
  return option >= 500 && option <= 502 && length != 8 ? 2006 : 0;
}

}  // namespace

API FdbError fdb_select_api_version_impl(int runtime, int header) {
  return runtime == header && runtime <= 730 ? 0 : kApiVersionNotSupported;
}
API int fdb_get_max_api_version() {
  return 730;
}
API const char* fdb_get_error(FdbError error) {
  switch (error) {
    case kTransactionTooOld:
      return "Transaction is too old to perform reads or be committed";
    case kNotCommitted:
      return "Transaction not committed due to conflict with another transaction";
    case kCommitUnknownResult:
      return "Transaction may or may not have committed";
    case kTransactionTooLarge:
      return "Transaction exceeds byte limit";
    default:
      return "Another error";
  }
}
API FdbBool fdb_error_predicate(int predicate, FdbError error) {
  const bool maybe = error == kCommitUnknownResult || error == kClusterVersionChanged;
  if (predicate == static_cast<int>(Predicate::kMaybeCommitted)) return maybe ? 1 : 0;
  return maybe || error == kTransactionTooOld || error == kNotCommitted || error == 1009 ? 1 : 0;
}

API FdbError fdb_network_set_option(int, const std::uint8_t*, int) {
  return 0;
}
API FdbError fdb_setup_network() {
  return 0;
}
API FdbError fdb_run_network() {
  std::unique_lock lock(network_mutex);
  network_changed.wait(lock, [] { return network_stopped; });
  return 0;
}
API FdbError fdb_stop_network() {
  const std::scoped_lock lock(network_mutex);
  network_stopped = true;
  network_changed.notify_all();
  return 0;
}

API FdbError fdb_create_database(const char* cluster_file, FdbDatabase** out) {
  *out = new FdbDatabase{cluster_of(cluster_file)};
  return 0;
}
API void fdb_database_destroy(FdbDatabase* database) {
  delete database;
}
API FdbError fdb_database_set_option(FdbDatabase*, int option, const std::uint8_t*, int length) {
  return check_option(option, length);
}
API FdbError fdb_database_create_transaction(FdbDatabase* database, FdbTransaction** out) {
  *out = new FdbTransaction{.cluster = database->cluster, .read = {}, .writes = {}};
  return 0;
}
// For tests: see Cluster::set_faults().
API void fdb_double_set_faults(const char* cluster_file, std::uint64_t seed, unsigned one_in) {
  cluster_of(cluster_file)->set_faults(seed, one_in);
}

// For tests: how many transactions were refused as too large.
API std::uint64_t fdb_double_too_large(const char* cluster_file) {
  return cluster_of(cluster_file)->refused_as_too_large();
}

API void fdb_transaction_destroy(FdbTransaction* transaction) {
  delete transaction;
}
API FdbError fdb_transaction_set_option(FdbTransaction*, int option, const std::uint8_t*, int length) {
  return check_option(option, length);
}
API FdbFuture* fdb_transaction_get_read_version(FdbTransaction* transaction) {
  auto* future = new FdbFuture;
  future->error = transaction->cluster->read_fault();
  if (future->error == 0) future->number = transaction->version();
  return future;
}
API FdbFuture* fdb_transaction_get(FdbTransaction* transaction, const std::uint8_t* key, int length,
                                   FdbBool snapshot) {
  auto* future = new FdbFuture;
  const std::string name = text(key, length);
  if (snapshot == 0) transaction->depends_on({name, name + '\0'});
  future->error = transaction->cluster->read_fault();
  if (future->error == 0)
    future->error = transaction->cluster->get(name, transaction->version(), future->value);
  return future;
}
API FdbFuture* fdb_transaction_get_range(FdbTransaction* transaction, const std::uint8_t* begin,
                                         int begin_length, FdbBool begin_or_equal, int begin_offset,
                                         const std::uint8_t* end, int end_length, FdbBool end_or_equal,
                                         int end_offset, int limit, int target_bytes, int mode, int,
                                         FdbBool snapshot, FdbBool reverse) {
  auto* future = new FdbFuture;
  const Bounds bounds{text(begin, begin_length), text(end, end_length)};
  if (begin_or_equal != 0 || begin_offset != 1 || end_or_equal != 0 || end_offset != 1) {
    future->error = 2003;  // other key selectors are not offered here
    return future;
  }
  if (snapshot == 0) transaction->depends_on(bounds);
  future->error = transaction->cluster->read_fault();
  if (mode == kExact && limit == 0) future->error = 2210;
  // A reply ends somewhere, even when all is wanted.
  std::size_t bytes = target_bytes > 0 ? static_cast<std::size_t>(target_bytes) : 1 << 20;
  if (mode == kWantAll) bytes = std::min<std::size_t>(bytes, 80'000);
  if (future->error == 0)
    future->error =
        transaction->cluster->scan(bounds, transaction->version(), reverse != 0,
                                   static_cast<std::size_t>(limit), bytes, future->items, future->more);
  for (const auto& [key, value] : future->items)
    future->array.push_back(
        {raw(key), static_cast<int>(key.size()), raw(value), static_cast<int>(value.size())});
  return future;
}
API void fdb_transaction_set(FdbTransaction* transaction, const std::uint8_t* key, int key_length,
                             const std::uint8_t* value, int value_length) {
  transaction->write({WriteOperation::Kind::kSet, text(key, key_length), text(value, value_length)});
}
API void fdb_transaction_clear(FdbTransaction* transaction, const std::uint8_t* key, int length) {
  const std::string name = text(key, length);
  transaction->write({WriteOperation::Kind::kClearRange, name, name + '\0'});
}
API void fdb_transaction_clear_range(FdbTransaction* transaction, const std::uint8_t* begin, int begin_length,
                                     const std::uint8_t* end, int end_length) {
  transaction->write({WriteOperation::Kind::kClearRange, text(begin, begin_length), text(end, end_length)});
}
API void fdb_transaction_atomic_op(FdbTransaction* transaction, const std::uint8_t* key, int key_length,
                                   const std::uint8_t* parameter, int parameter_length, int mutation) {
  if (mutation != static_cast<int>(Mutation::kAdd)) transaction->broken = 2018;
  transaction->write({WriteOperation::Kind::kAdd, text(key, key_length), text(parameter, parameter_length)});
}
API FdbError fdb_transaction_add_conflict_range(FdbTransaction* transaction, const std::uint8_t* begin,
                                                int begin_length, const std::uint8_t* end, int end_length,
                                                int type) {
  if (type != static_cast<int>(ConflictRange::kRead)) return 2006;
  transaction->depends_on({text(begin, begin_length), text(end, end_length)});
  return 0;
}
API FdbFuture* fdb_transaction_commit(FdbTransaction* transaction) {
  auto* future = new FdbFuture;
  if (transaction->broken != 0)
    future->error = transaction->broken;
  else if (transaction->bytes > 10'000'000)
    future->error = transaction->cluster->too_large();
  else if (!transaction->writes.empty())
    future->error =
        transaction->cluster->commit(transaction->version(), transaction->read, transaction->writes);
  return future;
}
API FdbFuture* fdb_transaction_on_error(FdbTransaction* transaction, FdbError error) {
  auto* future = new FdbFuture;
  if (fdb_error_predicate(static_cast<int>(Predicate::kRetryable), error) == 0) future->error = error;
  transaction->reset();
  return future;
}

API FdbError fdb_future_block_until_ready(FdbFuture*) {
  return 0;
}
API FdbError fdb_future_get_error(FdbFuture* future) {
  return future->error;
}
API FdbError fdb_future_get_int64(FdbFuture* future, std::int64_t* out) {
  *out = future->number;
  return future->error;
}
API FdbError fdb_future_get_value(FdbFuture* future, FdbBool* present, const std::uint8_t** value,
                                  int* length) {
  *present = future->value ? 1 : 0;
  if (future->value) *value = raw(*future->value), *length = static_cast<int>(future->value->size());
  return future->error;
}
API FdbError fdb_future_get_keyvalue_array(FdbFuture* future, const FdbKeyValue** out, int* count,
                                           FdbBool* more) {
  *out = future->array.data();
  *count = static_cast<int>(future->array.size());
  *more = future->more ? 1 : 0;
  return future->error;
}
API void fdb_future_destroy(FdbFuture* future) {
  delete future;
}

}  // namespace gannet::store::fdb
