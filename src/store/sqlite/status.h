#pragma once

#include <string_view>

#include "store/errors.h"

struct sqlite3;

namespace gannet::store::sqlite {

// What went wrong last on `connection`, as an error of a store: kFull, kCorrupt, kTooLarge, or kUnavailable.
// `doing` and SQLite's own words are the detail.
std::unexpected<Error> fail_last(sqlite3* connection, std::string_view doing);
// Whether `error` says that the disk failed to read, write or sync, not that it is full.
bool disk_fails(const Error& error);
// Whether `error` says that no further write can be expected to work: the disk is full or fails.
bool stops_writing(const Error& error);

}  // namespace gannet::store::sqlite
