#include "store/foundationdb/transaction.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <bit>

namespace gannet::store::fdb {
namespace {

const std::uint8_t* bytes(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}
int length(std::string_view text) {
  return static_cast<int>(text.size());
}
std::string copy(const std::uint8_t* data, int size) {
  return {reinterpret_cast<const char*>(data), static_cast<std::size_t>(size)};
}

// Integer options are 64 bits, little-endian.
std::array<std::uint8_t, 8> little_endian(std::int64_t value) {
  std::array<std::uint8_t, 8> out{};
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(value) >> (8 * i));
  return out;
}

}  // namespace

Result<std::shared_ptr<Database>> Database::open(const DatabaseOptions& options) {
  const Library& library = *TRY(client(options.library));
  // The client itself would wait for ever for a file that is not there.
  if (access(options.cluster_file.c_str(), R_OK) != 0)
    return fail(StoreError::kConfiguration,
                fmt::format("the cluster file {} cannot be read", options.cluster_file));
  FdbDatabase* raw = nullptr;
  if (const FdbError error = library.create_database(options.cluster_file.c_str(), &raw); error != 0)
    return fail(StoreError::kConfiguration,
                fmt::format("the cluster file {} is no good", options.cluster_file),
                library.get_error(error));
  std::shared_ptr<Database> database(new Database(library, raw));
  TRY(database->set_options(options));
  return database;
}

Database::~Database() {
  library_.database_destroy(database_);
}

Result<void> Database::set_options(const DatabaseOptions& options) {
  FdbError error = 0;
  const auto set = [&](DatabaseOption option, const std::uint8_t* value, int size) {
    if (error == 0) error = library_.database_set_option(database_, static_cast<int>(option), value, size);
  };
  const auto number = [&](DatabaseOption option, std::int64_t value) {
    set(option, little_endian(value).data(), 8);
  };
  number(DatabaseOption::kTransactionTimeout, options.timeout.count());
  if (options.retry_limit) number(DatabaseOption::kTransactionRetryLimit, *options.retry_limit);
  if (options.max_retry_delay)
    number(DatabaseOption::kTransactionMaxRetryDelay, options.max_retry_delay->count());
  if (!options.machine_id.empty())
    set(DatabaseOption::kMachineId, bytes(options.machine_id), length(options.machine_id));
  if (!options.datacenter_id.empty())
    set(DatabaseOption::kDatacenterId, bytes(options.datacenter_id), length(options.datacenter_id));
  if (error == 0) return {};
  return fail(StoreError::kConfiguration, "FoundationDB's client refused an option",
              library_.get_error(error));
}

Error Database::describe(FdbError error) const {
  const std::string detail = fmt::format("FoundationDB: {} ({})", library_.get_error(error), error);
  if (error == kTransactionTooLarge || error == kKeyTooLarge || error == kValueTooLarge)
    return Error(StoreError::kTooLarge, "more than FoundationDB takes in one transaction")
        .with_detail(detail);
  // Read when it is first used, not when the database is opened.
  if (error == kConnectionStringInvalid)
    return Error(StoreError::kConfiguration, "the cluster file is no good").with_detail(detail);
  if (error == kTransactionTooOld)
    return Error(StoreError::kUnavailable, "the snapshot is too old", Retry::kCanHelp).with_detail(detail);
  return Error(StoreError::kUnavailable, "the store cannot be reached", Retry::kCanHelp).with_detail(detail);
}

Answer<> Future::done() const {
  FdbError error = library_->future_block_until_ready(future_);
  if (error == 0) error = library_->future_get_error(future_);
  if (error != 0) return std::unexpected(error);
  return {};
}

Answer<std::optional<std::string>> Future::value() const {
  FDB_TRY(done());
  FdbBool present = 0;
  const std::uint8_t* data = nullptr;
  int size = 0;
  if (const FdbError error = library_->future_get_value(future_, &present, &data, &size); error != 0)
    return std::unexpected(error);
  if (present == 0) return std::nullopt;
  return copy(data, size);
}

Answer<Future::Items> Future::range() const {
  FDB_TRY(done());
  const FdbKeyValue* found = nullptr;
  int count = 0;
  FdbBool more = 0;
  if (const FdbError error = library_->future_get_keyvalue_array(future_, &found, &count, &more); error != 0)
    return std::unexpected(error);
  Items out;
  out.more = more != 0;
  out.items.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i)
    out.items.push_back(
        {copy(found[i].key, found[i].key_length), copy(found[i].value, found[i].value_length)});
  return out;
}

Answer<Transaction> Transaction::begin(Database& database) {
  const Library& library = database.library();
  FdbTransaction* raw = nullptr;
  if (const FdbError error = library.database_create_transaction(database.raw(), &raw); error != 0)
    return std::unexpected(error);
  Transaction transaction(library, raw);
  const auto option = static_cast<int>(TransactionOption::kReadYourWritesDisable);
  if (const FdbError error = library.transaction_set_option(raw, option, nullptr, 0); error != 0)
    return std::unexpected(error);
  return transaction;
}

Future Transaction::get(std::string_view key, bool conflicting) const {
  return {*library_, library_->transaction_get(transaction_, bytes(key), length(key), conflicting ? 0 : 1)};
}

Future Transaction::get_range(const PhysicalRange& range, bool conflicting) const {
  // First key greater or equal, on both ends: or_equal 0, offset 1.
  return {*library_,
          library_->transaction_get_range(transaction_, bytes(range.begin), length(range.begin), 0, 1,
                                          bytes(range.end), length(range.end), 0, 1, range.limit, range.bytes,
                                          range.limit > 0 && range.bytes > 0 ? kExact : kWantAll, 0,
                                          conflicting ? 0 : 1, range.reverse ? 1 : 0)};
}

Future Transaction::get_read_version() const {
  return {*library_, library_->transaction_get_read_version(transaction_)};
}

void Transaction::set(std::string_view key, std::string_view value) const {
  library_->transaction_set(transaction_, bytes(key), length(key), bytes(value), length(value));
}

void Transaction::clear(std::string_view key) const {
  library_->transaction_clear(transaction_, bytes(key), length(key));
}

void Transaction::clear_range(std::string_view begin, std::string_view end) const {
  library_->transaction_clear_range(transaction_, bytes(begin), length(begin), bytes(end), length(end));
}

void Transaction::add(std::string_view key, std::int64_t delta) const {
  const auto parameter = little_endian(delta);
  library_->transaction_atomic_op(transaction_, bytes(key), length(key), parameter.data(), 8,
                                  static_cast<int>(Mutation::kAdd));
}

Answer<> Transaction::depend_on(std::string_view key) const {
  const std::string end = std::string(key) + '\0';
  const FdbError error = library_->transaction_add_conflict_range(
      transaction_, bytes(key), length(key), bytes(end), length(end), static_cast<int>(ConflictRange::kRead));
  if (error != 0) return std::unexpected(error);
  return {};
}

Future Transaction::commit() const {
  return {*library_, library_->transaction_commit(transaction_)};
}

Answer<> Transaction::on_error(FdbError error) const {
  FDB_TRY(Future(*library_, library_->transaction_on_error(transaction_, error)).done());
  // on_error() forgets the options of a transaction.
  const auto option = static_cast<int>(TransactionOption::kReadYourWritesDisable);
  if (const FdbError failed = library_->transaction_set_option(transaction_, option, nullptr, 0); failed != 0)
    return std::unexpected(failed);
  return {};
}

}  // namespace gannet::store::fdb
