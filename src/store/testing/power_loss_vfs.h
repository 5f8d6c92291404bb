// The disk of power_loss.h for SQLite.
//
//   PowerLoss machine(seed);
//   PowerLossVfs vfs(machine);
//   auto store = open_sqlite({.path = "/mail.db", .vfs = vfs.name()}, clock);
#pragma once

#include <memory>
#include <string>

#include "store/testing/power_loss.h"

namespace gannet::store::testing {

// Registered with SQLite as long as it lives; all connections must be closed before it ends.
class PowerLossVfs {
 public:
  explicit PowerLossVfs(const PowerLoss& machine);
  ~PowerLossVfs();
  PowerLossVfs(const PowerLossVfs&) = delete;
  const std::string& name() const { return name_; }

  struct Registered;

 private:
  std::string name_;
  std::unique_ptr<Registered> registered_;
};

}  // namespace gannet::store::testing
