#include "store/mysql/sql_error.h"

#include <errmsg.h>
#include <fmt/format.h>
#include <mysqld_error.h>

#include <algorithm>
#include <initializer_list>

namespace gannet::store::mysql {
namespace {

// Not in every release of the headers.
constexpr unsigned kClientTimeout = 4031;     // MySQL: closed since it was idle
constexpr unsigned kConnectionKilled = 1927;  // MariaDB
constexpr unsigned kReadOnlyMode = 1836;      // MySQL: innodb_read_only, upgrade
constexpr unsigned kRecordChanged = 1020;     // innodb_snapshot_isolation
constexpr unsigned kLockNoWait = 3572;        // MySQL

bool one_of(unsigned code, std::initializer_list<unsigned> codes) {
  return std::ranges::find(codes, code) != codes.end();
}

bool no_space(const SqlError& error) {
  return one_of(error.code, {ER_DISK_FULL, ER_RECORD_FILE_FULL}) ||
         (one_of(error.code, {ER_GET_ERRNO, ER_ERROR_ON_WRITE}) && error.text.contains("28"));
}

}  // namespace

bool SqlError::lost() const {
  return one_of(code, {CR_SERVER_GONE_ERROR, CR_SERVER_LOST, CR_SERVER_LOST_EXTENDED, CR_COMMANDS_OUT_OF_SYNC,
                       CR_MALFORMED_PACKET, CR_UNKNOWN_ERROR, CR_SSL_CONNECTION_ERROR, ER_SERVER_SHUTDOWN,
                       ER_NORMAL_SHUTDOWN, ER_NET_READ_ERROR, ER_NET_READ_INTERRUPTED, ER_NET_ERROR_ON_WRITE,
                       ER_NET_WRITE_INTERRUPTED, kConnectionKilled, kClientTimeout}) ||
         unreachable();
}

bool SqlError::unreachable() const {
  return one_of(code, {CR_CONNECTION_ERROR, CR_CONN_HOST_ERROR, CR_UNKNOWN_HOST, CR_IPSOCK_ERROR});
}

bool SqlError::transient() const {
  return one_of(code, {ER_LOCK_DEADLOCK, ER_LOCK_WAIT_TIMEOUT, kRecordChanged, kLockNoWait});
}

bool SqlError::precondition() const {
  return one_of(code, {ER_DUP_ENTRY, ER_DATA_OUT_OF_RANGE});
}

bool SqlError::writes_refused() const {
  return no_space(*this) || one_of(code, {ER_OPTION_PREVENTS_STATEMENT, kReadOnlyMode, ER_OPEN_AS_READONLY});
}

bool SqlError::refused() const {
  return one_of(code, {ER_ACCESS_DENIED_ERROR, ER_DBACCESS_DENIED_ERROR, ER_BAD_DB_ERROR,
                       ER_TABLEACCESS_DENIED_ERROR, ER_SPECIFIC_ACCESS_DENIED_ERROR, ER_HOST_NOT_PRIVILEGED,
                       CR_AUTH_PLUGIN_CANNOT_LOAD, CR_SSL_CONNECTION_ERROR});
}

std::string_view SqlError::setting() const {
  switch (code) {
    case ER_ACCESS_DENIED_ERROR:  // of a user that there is not, too
      return "password";
    case ER_DBACCESS_DENIED_ERROR:
    case ER_BAD_DB_ERROR:
      return "database";
    case CR_SSL_CONNECTION_ERROR:
      return text.contains("ertificate") ? "tls.ca-file" : "tls.enable";
    case ER_TABLEACCESS_DENIED_ERROR:
    case ER_SPECIFIC_ACCESS_DENIED_ERROR:
    case ER_HOST_NOT_PRIVILEGED:
      return "user";
    default:
      return "host";
  }
}

std::unexpected<Error> fail_with(const SqlError& error, std::string_view doing) {
  std::string detail = fmt::format("mysql: {}: {} ({})", doing, error.text, error.code);
  if (no_space(error))
    return fail(StoreError::kFull, "the store has no space left", std::move(detail), Retry::kCanHelp);
  if (error.transient() || one_of(error.code, {ER_CON_COUNT_ERROR, ER_TOO_MANY_USER_CONNECTIONS}))
    return fail(StoreError::kUnavailable, "the store is busy", std::move(detail), Retry::kCanHelp);
  if (one_of(error.code, {ER_NET_PACKET_TOO_LARGE, CR_NET_PACKET_TOO_LARGE}))
    return fail(StoreError::kTooLarge, "a value is beyond what the store can hold",
                detail + ": max_allowed_packet of the server was made smaller while Gannet ran");
  if (one_of(error.code, {ER_NOT_KEYFILE, ER_CRASHED_ON_USAGE}))
    return fail(StoreError::kCorrupt, "the store's data is damaged", std::move(detail));
  return fail(StoreError::kUnavailable, "the store is not available", std::move(detail), Retry::kCanHelp);
}

}  // namespace gannet::store::mysql
