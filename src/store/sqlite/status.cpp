#include "store/sqlite/status.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cerrno>
#include <system_error>

namespace gannet::store::sqlite {
namespace {

// The texts of the errors after which no write is tried until a probe has worked.
constexpr std::string_view kNoSpace = "the store has no space left";
constexpr std::string_view kDiskFails = "the store's disk fails";

std::string path_of(sqlite3* connection) {
  const char* path = connection ? sqlite3_db_filename(connection, "main") : nullptr;
  return path ? path : "the database";
}

bool is_no_space(sqlite3* connection, int code) {
  if (code == SQLITE_FULL) return true;
  if ((code & 0xff) != SQLITE_IOERR) return false;
  // A sync that found no space has lost what was written before, as any sync that fails.
  if (code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC) return false;
  const int system = sqlite3_system_errno(connection);
  return system == ENOSPC || system == EDQUOT;
}

}  // namespace

std::unexpected<Error> fail_last(sqlite3* connection, std::string_view doing) {
  const int extended = sqlite3_extended_errcode(connection), code = extended & 0xff;
  std::string detail = fmt::format("sqlite: {}: {} ({})", doing, sqlite3_errmsg(connection), extended);
  if (is_no_space(connection, extended))
    return fail(StoreError::kFull, std::string(kNoSpace), std::move(detail), Retry::kCanHelp);
  switch (code) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return fail(
          StoreError::kCorrupt, "the store's data is damaged",
          fmt::format(
              "{}: {} is damaged: stop the server, keep a copy, and restore a backup, or save what can "
              "be read with `sqlite3 {} .recover`",
              detail, path_of(connection), path_of(connection)));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return fail(StoreError::kUnavailable, "the store is busy",
                  fmt::format("{}: another program holds the file {}: end it (`fuser {}` names it)", detail,
                              path_of(connection), path_of(connection)),
                  Retry::kCanHelp);
    case SQLITE_TOOBIG:
      return fail(StoreError::kTooLarge, "too large for the store", std::move(detail));
    case SQLITE_IOERR:
      if (const int system = sqlite3_system_errno(connection))
        detail += ": " + std::generic_category().message(system);
      return fail(StoreError::kUnavailable, std::string(kDiskFails), std::move(detail), Retry::kCanHelp);
    default:
      return fail(StoreError::kUnavailable, "the store is not available", std::move(detail), Retry::kCanHelp);
  }
}

bool disk_fails(const Error& error) {
  return error.text() == kDiskFails;
}

bool stops_writing(const Error& error) {
  return error.is(StoreError::kFull) || disk_fails(error);
}

}  // namespace gannet::store::sqlite
