// The part of FoundationDB's C client (libfdb_c) that Gannet uses, loaded at run time: neither its headers nor
// the library are needed to build or to run Gannet with other stores. The declarations are our own, of API
// versions 710 to 730; names, numbers and layouts are the C API's and its options table's.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "store/errors.h"

namespace gannet::store::fdb {

struct FdbFuture;
struct FdbDatabase;
struct FdbTransaction;

using FdbError = int;  // 0: success
using FdbBool = int;

#pragma pack(push, 4)
struct FdbKeyValue {
  const std::uint8_t* key;
  int key_length;
  const std::uint8_t* value;
  int value_length;
};
#pragma pack(pop)

// Error codes that are told apart here.
inline constexpr FdbError kTimedOut = 1004, kTransactionTooOld = 1007, kFutureVersion = 1009,
                          kNotCommitted = 1020, kCommitUnknownResult = 1021, kTransactionCancelled = 1025,
                          kTransactionTimedOut = 1031, kProcessBehind = 1037, kClusterVersionChanged = 1039,
                          kTransactionTooLarge = 2101, kKeyTooLarge = 2102, kValueTooLarge = 2103,
                          kConnectionStringInvalid = 2104, kApiVersionNotSupported = 2203;

enum class Predicate : int { kRetryable = 50000, kMaybeCommitted = 50001 };
enum class NetworkOption : int { kDisableClientStatisticsLogging = 70 };
enum class DatabaseOption : int {
  kMachineId = 21,
  kDatacenterId = 22,
  kTransactionTimeout = 500,
  kTransactionRetryLimit = 501,
  kTransactionMaxRetryDelay = 502,
};
enum class TransactionOption : int { kReadYourWritesDisable = 51 };
enum class Mutation : int { kAdd = 2 };
// Streaming modes. With kWantAll a reply ends at 80,000 bytes whatever was asked for; with kExact, which needs a limit of
// items, it ends at the limits that were given.
inline constexpr int kWantAll = -2, kExact = 0;
enum class ConflictRange : int { kRead = 0 };

struct Library {
  FdbError (*select_api_version_impl)(int runtime_version, int header_version);
  int (*get_max_api_version)();
  const char* (*get_error)(FdbError);
  FdbBool (*error_predicate)(int predicate, FdbError);

  FdbError (*network_set_option)(int option, const std::uint8_t* value, int length);
  FdbError (*setup_network)();
  FdbError (*run_network)();
  FdbError (*stop_network)();

  FdbError (*create_database)(const char* cluster_file, FdbDatabase** out);
  void (*database_destroy)(FdbDatabase*);
  FdbError (*database_set_option)(FdbDatabase*, int option, const std::uint8_t* value, int length);
  FdbError (*database_create_transaction)(FdbDatabase*, FdbTransaction** out);

  void (*transaction_destroy)(FdbTransaction*);
  FdbError (*transaction_set_option)(FdbTransaction*, int option, const std::uint8_t* value, int length);
  FdbFuture* (*transaction_get_read_version)(FdbTransaction*);
  FdbFuture* (*transaction_get)(FdbTransaction*, const std::uint8_t* key, int length, FdbBool snapshot);
  FdbFuture* (*transaction_get_range)(FdbTransaction*, const std::uint8_t* begin, int begin_length,
                                      FdbBool begin_or_equal, int begin_offset, const std::uint8_t* end,
                                      int end_length, FdbBool end_or_equal, int end_offset, int limit,
                                      int target_bytes, int mode, int iteration, FdbBool snapshot,
                                      FdbBool reverse);
  void (*transaction_set)(FdbTransaction*, const std::uint8_t* key, int key_length, const std::uint8_t* value,
                          int value_length);
  void (*transaction_clear)(FdbTransaction*, const std::uint8_t* key, int length);
  void (*transaction_clear_range)(FdbTransaction*, const std::uint8_t* begin, int begin_length,
                                  const std::uint8_t* end, int end_length);
  void (*transaction_atomic_op)(FdbTransaction*, const std::uint8_t* key, int key_length,
                                const std::uint8_t* parameter, int parameter_length, int mutation);
  FdbError (*transaction_add_conflict_range)(FdbTransaction*, const std::uint8_t* begin, int begin_length,
                                             const std::uint8_t* end, int end_length, int type);
  FdbFuture* (*transaction_commit)(FdbTransaction*);
  FdbFuture* (*transaction_on_error)(FdbTransaction*, FdbError);

  FdbError (*future_block_until_ready)(FdbFuture*);
  FdbError (*future_get_error)(FdbFuture*);
  FdbError (*future_get_int64)(FdbFuture*, std::int64_t* out);
  FdbError (*future_get_value)(FdbFuture*, FdbBool* present, const std::uint8_t** value, int* length);
  FdbError (*future_get_keyvalue_array)(FdbFuture*, const FdbKeyValue** out, int* count, FdbBool* more);
  void (*future_destroy)(FdbFuture*);
};

// The process's one client, loaded and its network thread started at the first call, ended with the process:
// FoundationDB allows no second start. `path` is a file or a name that the loader looks for, "libfdb_c.so" as a
// rule; later calls must name the same. kConfiguration: not there, too old, or it would not start.
Result<const Library*> client(const std::string& path);

}  // namespace gannet::store::fdb
