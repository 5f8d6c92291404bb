// RAII over FoundationDB's database, transaction and future, with its errors as values.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "store/data_store.h"
#include "store/foundationdb/library.h"

namespace gannet::store::fdb {

// A value, or FoundationDB's error code: what a retry loop decides on.
template <typename T = void>
using Answer = std::expected<T, FdbError>;

// As TRY, for Answers.
#define FDB_TRY(expr)                                        \
  ({                                                         \
    auto fdb_try_ = (expr);                                  \
    if (!fdb_try_) return std::unexpected(fdb_try_.error()); \
    *std::move(fdb_try_);                                    \
  })

struct DatabaseOptions {
  std::string library = "libfdb_c.so";
  std::string cluster_file;
  Duration timeout{10'000};        // of a transaction with all its retries
  std::optional<int> retry_limit;  // the client's own: none
  std::optional<Duration> max_retry_delay;
  std::string machine_id, datacenter_id;
};

// Shared by all transactions. Any thread.
class Database {
 public:
  static Result<std::shared_ptr<Database>> open(const DatabaseOptions& options);
  ~Database();
  Database(const Database&) = delete;

  const Library& library() const { return library_; }
  FdbDatabase* raw() const { return database_; }
  // For clients and logs: kUnavailable, kTooLarge, ... as `error` means.
  Error describe(FdbError error) const;

 private:
  Database(const Library& library, FdbDatabase* database) : library_(library), database_(database) {}
  Result<void> set_options(const DatabaseOptions& options);
  const Library& library_;
  FdbDatabase* const database_;
};

// An answer under way.
class Future {
 public:
  Future(const Library& library, FdbFuture* future) : library_(&library), future_(future) {}
  ~Future() {
    if (future_ != nullptr) library_->future_destroy(future_);
  }
  Future(Future&& other) noexcept
      : library_(other.library_), future_(std::exchange(other.future_, nullptr)) {}
  Future& operator=(Future&&) = delete;

  // Each waits for it.
  Answer<> done() const;
  Answer<std::optional<std::string>> value() const;
  struct Items {
    std::vector<KeyValue> items;
    bool more = false;
  };
  Answer<Items> range() const;

 private:
  const Library* library_;
  FdbFuture* future_;
};

// What to read by get_range(): [begin, end), `limit` items and about `bytes` bytes at most.
struct PhysicalRange {
  std::string begin, end;
  bool reverse = false;
  int limit = 0;  // 0: none
  int bytes = 0;  // 0: none
};

// One thread at a time. Reads see nothing of the transaction's own writes.
class Transaction {
 public:
  static Answer<Transaction> begin(Database& database);
  ~Transaction() {
    if (transaction_ != nullptr) library_->transaction_destroy(transaction_);
  }
  Transaction(Transaction&& other) noexcept
      : library_(other.library_), transaction_(std::exchange(other.transaction_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;

  // `conflicting`: a change of what was read, before this commits, makes the commit fail.
  Future get(std::string_view key, bool conflicting = false) const;
  Future get_range(const PhysicalRange& range, bool conflicting = false) const;
  Future get_read_version() const;
  void set(std::string_view key, std::string_view value) const;
  void clear(std::string_view key) const;
  void clear_range(std::string_view begin, std::string_view end) const;
  void add(std::string_view key, std::int64_t delta) const;
  // As if `key` had been read: no round trip.
  Answer<> depend_on(std::string_view key) const;
  Future commit() const;
  // Waits as long as the client finds right and makes it ready for another attempt; an error that no retry
  // helps is returned.
  Answer<> on_error(FdbError error) const;

 private:
  Transaction(const Library& library, FdbTransaction* transaction)
      : library_(&library), transaction_(transaction) {}
  const Library* library_;
  FdbTransaction* transaction_;
};

// Runs `body(transaction)` until it answers, or meets an error that no retry helps.
template <typename Body>
auto with_retries(Database& database, Body body) -> decltype(body(std::declval<Transaction&>())) {
  auto transaction = Transaction::begin(database);
  if (!transaction) return std::unexpected(transaction.error());
  for (;;) {
    auto answer = body(*transaction);
    if (answer || answer.error() < 0) return answer;  // below 0: not one of FoundationDB's
    FDB_TRY(transaction->on_error(answer.error()));
  }
}

}  // namespace gannet::store::fdb
