// What each type of directory is opened with: directories.cpp has the table of them.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "directory/directory.h"
#include "directory/login.h"
#include "store/data_store.h"

namespace gannet::config {
class Config;
}

namespace gannet::directory {

// `clock` and `random` outlive the directory, `config` need not.
struct Opening {
  const config::Config& config;
  std::shared_ptr<store::DataStore> data;  // for the account numbers
  std::shared_ptr<Logins> logins;
  Clock& clock;
  Random& random;
};

struct Opened {
  std::shared_ptr<Directory> directory;
  std::shared_ptr<DirectoryAdmin> admin;  // null where another system owns the data
  std::string owner;                      // that system: "PostgreSQL at db.example.org:5432/mail"
};

}  // namespace gannet::directory
