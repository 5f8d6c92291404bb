// BlobStore in a folder: a file a blob (blob_object.h).
//
// A put is durable in this order: the file is written under another name, and synced; it gets its name; the
// folder of that name is synced, and whatever folder was made for it. So a file under its name is whole, and
// what a put() that returned has stored survives a power cut. A folder may be shared by several processes.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "store/blob_object.h"
#include "store/fs/file_system.h"

namespace gannet::store {

struct FsOptions {
  std::string id = "fs";  // of the store: whether it takes writes is told as server_health.h has it
  std::string path;
  int depth = 2;  // levels of folders, 0 to 5
  ObjectOptions object{};
  Duration probe_interval{1'000};
  std::shared_ptr<fs::FileSystem> file_system = fs::real_file_system();
};

// Makes the folder if it is not there, and removes what an interrupted put left. kConfiguration if the folder
// cannot be used, or was laid out with another depth. `random` must outlive it.
Result<std::shared_ptr<BlobStore>> open_fs_blobs(FsOptions options, Random& random);

}  // namespace gannet::store
