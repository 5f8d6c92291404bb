// A machine whose power can fail: a file system in memory that knows what was synced, for a RocksDB store to
// live on.
//
//   PowerLoss machine(seed);
//   auto store = open_rocksdb({.path = "/db", .file_system = machine.file_system()}, clock);
//   machine.fail_after(1000);             // at the thousandth write, sync, rename ... from now on
//   ... work until commits fail; remember which ones were acknowledged ...
//   store.reset();
//   machine.restart();                    // what was not synced is gone; open the store again and compare
//
// What survives: all bytes of a file up to its last sync; directory entries up to the directory's last sync.
// Of what came later, each 4 KB page and, in their order, the first few directory changes survive by chance,
// as on a disk that was writing while the power went.
#pragma once

#include <cstdint>
#include <memory>

namespace rocksdb {
class FileSystem;
}

namespace gannet::store::testing {

// Any thread, apart from restart(): nothing may be open then.
class PowerLoss {
 public:
  explicit PowerLoss(std::uint64_t seed);
  ~PowerLoss();

  std::shared_ptr<rocksdb::FileSystem> file_system() const;

  // The power fails at the `operations`-th operation that changes something from now on (1: the next one),
  // which may or may not leave its mark. Every operation fails from then on.
  void fail_after(std::uint64_t operations);
  // It fails now.
  void fail();
  bool failed() const;
  // Operations that changed something, so far: to choose a moment from a run without a failure.
  std::uint64_t operations() const;
  // The power is back.
  void restart();

  // The next `syncs` syncs of a file fail, as Linux has it: what they should have made durable is seen on, but
  // not written by a later sync either. Not a power loss.
  void fail_syncs(std::uint64_t syncs);

  // While set, whatever would need more space is refused as on a full disk. Not a power loss.
  void set_full(bool full);

  struct State;
  // For the other face of this disk (power_loss_vfs.h).
  const std::shared_ptr<State>& state() const { return state_; }

 private:
  std::shared_ptr<State> state_;
  std::shared_ptr<rocksdb::FileSystem> file_system_;
};

}  // namespace gannet::store::testing
