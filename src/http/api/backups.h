// /api/backup: a backup of the running server's stores (docs/api.md).
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "http/router.h"

namespace gannet::http {

struct BackupStatus {
  bool running = false;
  std::string folder, snapshot, error;
  std::uint64_t records = 0, blobs = 0, new_blobs = 0, new_bytes = 0, missing = 0;
};

// Called on the worker pool.
struct BackupActions {
  // In the background; fails while another runs.
  std::function<Result<void>(const std::string& folder)> start;
  std::function<BackupStatus()> status;
};

void add_backup_routes(Router& router, BackupActions actions);

}  // namespace gannet::http
