// The settings file that `gannet setup` writes.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "store/stores.h"

namespace gannet::cli {

enum class Ports { kStandard, kHigh };

// What the questions, or the options, gave.
struct SetupAnswers {
  std::string config;    // where to write the settings
  std::string data_dir;  // where embedded stores keep their files
  std::string hostname, domain;
  std::string admin, admin_password;
  // Backend names: "rocksdb", ...
  std::string data_store = "rocksdb", blob_store = "rocksdb", search_store = "rocksdb",
              lookup_store = "rocksdb";
  std::string directory = "internal";
  Ports ports = Ports::kStandard;
  std::vector<std::string> settings;  // KEY=VALUE
};

// TOML with a comment for each part. kUsage for a setting that cannot be.
Result<std::string> render_setup(const SetupAnswers& answers);

// The settings of stores alone, as far as they were asked for: `type` has the role, what comes after it is the data
// store.
Result<std::string> render_trial(const SetupAnswers& answers, const std::string& type, store::Role role);

}  // namespace gannet::cli
