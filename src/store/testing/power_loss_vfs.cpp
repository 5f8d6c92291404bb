#include "store/testing/power_loss_vfs.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <cstring>

#include "store/testing/power_loss_state.h"

namespace gannet::store::testing {
namespace {

using StatePointer = std::shared_ptr<PowerLoss::State>;
constexpr int kRegionBytes = 32 * 1024;

// The locks on one file, and the memory that its connections share. Under the state's mutex.
struct Shared {
  int readers = 0;
  const void* reserved = nullptr;  // who holds RESERVED or more
  bool exclusive = false;
  std::array<int, SQLITE_SHM_NLOCK> slots{};  // readers of a slot; -1: taken alone
  std::vector<std::unique_ptr<char[]>> regions;
};

}  // namespace

struct PowerLossVfs::Registered {
  sqlite3_vfs vfs{};
  StatePointer state;
  std::map<std::string, std::weak_ptr<Shared>> shared;  // by the name of the database
};

namespace {

PowerLossVfs::Registered& of(sqlite3_vfs* vfs) {
  return *static_cast<PowerLossVfs::Registered*>(vfs->pAppData);
}

// One open file. SQLite hands in the memory for `Handle` and knows it as a sqlite3_file.
struct OpenFile {
  StatePointer state;
  std::shared_ptr<File> file;
  std::shared_ptr<Shared> shared;
  std::string name;
  bool entry_unsynced = false;  // its first sync is its directory's, too
  int level = SQLITE_LOCK_NONE;
  std::array<int, SQLITE_SHM_NLOCK> slots{};  // 1: shared, -1: alone
};
struct Handle {
  sqlite3_file base;
  OpenFile* open;
};
OpenFile& of(sqlite3_file* file) {
  return *reinterpret_cast<Handle*>(file)->open;
}

int close_file(sqlite3_file* file) {
  delete reinterpret_cast<Handle*>(file)->open;
  return SQLITE_OK;
}

int read_file(sqlite3_file* file, void* out, int size, sqlite3_int64 offset) {
  OpenFile& self = of(file);
  const std::scoped_lock lock(self.state->mutex);
  if (self.state->failed) return SQLITE_IOERR_READ;
  const std::string& content = self.file->content;
  const std::size_t at = std::min(static_cast<std::size_t>(offset), content.size());
  const std::size_t count = std::min(static_cast<std::size_t>(size), content.size() - at);
  std::memcpy(out, content.data() + at, count);
  if (count == static_cast<std::size_t>(size)) return SQLITE_OK;
  std::memset(static_cast<char*>(out) + count, 0, static_cast<std::size_t>(size) - count);
  return SQLITE_IOERR_SHORT_READ;
}

int write_file(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
  OpenFile& self = of(file);
  const std::scoped_lock lock(self.state->mutex);
  const auto at = static_cast<std::size_t>(offset), count = static_cast<std::size_t>(size);
  if (self.state->full && !self.state->failed && at + count > self.file->content.size()) return SQLITE_FULL;
  // A write that the power cuts short may have reached the disk in part.
  if (!self.state->failed) self.state->write(*self.file, at, {static_cast<const char*>(bytes), count});
  return self.state->spend().ok() ? SQLITE_OK : SQLITE_IOERR_WRITE;
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
  OpenFile& self = of(file);
  const std::scoped_lock lock(self.state->mutex);
  if (!self.state->spend().ok()) return SQLITE_IOERR_TRUNCATE;
  self.state->truncate(*self.file, static_cast<std::size_t>(size));
  return SQLITE_OK;
}

int sync_file(sqlite3_file* file, int) {
  OpenFile& self = of(file);
  const std::scoped_lock lock(self.state->mutex);
  if (!self.state->spend().ok()) return SQLITE_IOERR_FSYNC;
  if (!self.state->sync(*self.file).ok()) return SQLITE_IOERR_FSYNC;
  if (std::exchange(self.entry_unsynced, false)) self.state->sync_directory();
  return SQLITE_OK;
}

int size_of_file(sqlite3_file* file, sqlite3_int64* size) {
  OpenFile& self = of(file);
  const std::scoped_lock lock(self.state->mutex);
  *size = static_cast<sqlite3_int64>(self.file->content.size());
  return self.state->failed ? SQLITE_IOERR_FSTAT : SQLITE_OK;
}

int unlock_file(sqlite3_file* file, int level) {
  OpenFile& self = of(file);
  const std::scoped_lock lock(self.state->mutex);
  Shared& shared = *self.shared;
  if (level >= self.level) return SQLITE_OK;
  if (shared.reserved == &self) shared.reserved = nullptr, shared.exclusive = false;
  if (level == SQLITE_LOCK_NONE) --shared.readers;
  self.level = level;
  return SQLITE_OK;
}

int lock_file(sqlite3_file* file, int level) {
  OpenFile& self = of(file);
  const std::scoped_lock lock(self.state->mutex);
  Shared& shared = *self.shared;
  if (level <= self.level) return SQLITE_OK;
  const bool others_reserve = shared.reserved != nullptr && shared.reserved != &self;
  if (level == SQLITE_LOCK_SHARED) {
    if (shared.exclusive) return SQLITE_BUSY;
    ++shared.readers;
  } else if (others_reserve || (level == SQLITE_LOCK_EXCLUSIVE && shared.readers > 1)) {
    return SQLITE_BUSY;
  } else {
    shared.reserved = &self;
    shared.exclusive = level == SQLITE_LOCK_EXCLUSIVE;
  }
  self.level = level;
  return SQLITE_OK;
}

int is_reserved(sqlite3_file* file, int* out) {
  const OpenFile& self = of(file);
  const std::scoped_lock lock(self.state->mutex);
  *out = self.shared->reserved != nullptr;
  return SQLITE_OK;
}

int control(sqlite3_file*, int, void*) {
  return SQLITE_NOTFOUND;
}
int sector_size(sqlite3_file*) {
  return static_cast<int>(PowerLoss::State::kPage);
}
int characteristics(sqlite3_file*) {
  return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

int map_memory(sqlite3_file* file, int region, int size, int extend, void volatile** out) {
  OpenFile& self = of(file);
  const std::scoped_lock lock(self.state->mutex);
  auto& regions = self.shared->regions;
  const auto wanted = static_cast<std::size_t>(region);
  *out = nullptr;
  if (size != kRegionBytes) return SQLITE_IOERR_SHMMAP;
  if (wanted >= regions.size() && !extend) return SQLITE_OK;
  while (regions.size() <= wanted) regions.push_back(std::make_unique<char[]>(kRegionBytes));
  *out = regions[wanted].get();
  return SQLITE_OK;
}

int lock_memory(sqlite3_file* file, int first, int count, int flags) {
  OpenFile& self = of(file);
  const std::scoped_lock lock(self.state->mutex);
  auto& all = self.shared->slots;
  const bool alone = flags & SQLITE_SHM_EXCLUSIVE;
  const auto begin = static_cast<std::size_t>(first), end = begin + static_cast<std::size_t>(count);
  for (std::size_t i = begin; i < end; ++i) {
    if (flags & SQLITE_SHM_LOCK) {
      const int mine = self.slots[i] == 1 ? 1 : 0;
      if (all[i] < 0 || (alone && all[i] > mine)) return SQLITE_BUSY;
    }
  }
  for (std::size_t i = begin; i < end; ++i) {
    if (flags & SQLITE_SHM_LOCK) {
      if (alone)
        all[i] = -1;
      else
        ++all[i];
      self.slots[i] = alone ? -1 : 1;
    } else if (self.slots[i] != 0) {
      all[i] = self.slots[i] < 0 ? 0 : all[i] - 1;
      self.slots[i] = 0;
    }
  }
  return SQLITE_OK;
}

void order_memory(sqlite3_file* file) {
  const std::scoped_lock lock(of(file).state->mutex);
}

int unmap_memory(sqlite3_file* file, int forget) {
  OpenFile& self = of(file);
  const std::scoped_lock lock(self.state->mutex);
  if (forget) self.shared->regions.clear();
  return SQLITE_OK;
}

constexpr sqlite3_io_methods kMethods{
    2,           close_file,   read_file,    write_file, truncate_file, sync_file,       size_of_file,
    lock_file,   unlock_file,  is_reserved,  control,    sector_size,   characteristics, map_memory,
    lock_memory, order_memory, unmap_memory, nullptr,    nullptr};

bool is_log(int flags) {
  return flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL);
}

int open_file(sqlite3_vfs* vfs, const char* path, sqlite3_file* out, int flags, int* flags_out) {
  out->pMethods = nullptr;
  PowerLossVfs::Registered& registered = of(vfs);
  PowerLoss::State& state = *registered.state;
  const std::scoped_lock lock(state.mutex);
  const std::string name = path ? path : fmt::format("/temporary.{}", state.operations);
  auto found = state.files.find(name);
  bool created = false;
  if (state.failed) return SQLITE_CANTOPEN;
  if (found == state.files.end()) {
    if (!(flags & SQLITE_OPEN_CREATE) || !state.spend().ok()) return SQLITE_CANTOPEN;
    auto file = std::make_shared<File>();
    state.change([name, file](Directory& directory) { directory[name] = file; });
    found = state.files.find(name);
    created = true;
  }
  auto& shared = registered.shared[name];
  auto locks = shared.lock();
  if (!locks) shared = locks = std::make_shared<Shared>();
  auto& handle = *reinterpret_cast<Handle*>(out);
  handle.open = new OpenFile{.state = registered.state,
                             .file = found->second,
                             .shared = std::move(locks),
                             .name = name,
                             .entry_unsynced = created && is_log(flags)};
  handle.base.pMethods = &kMethods;
  if (flags_out) *flags_out = flags;
  return SQLITE_OK;
}

int delete_file(sqlite3_vfs* vfs, const char* path, int sync) {
  PowerLoss::State& state = *of(vfs).state;
  const std::scoped_lock lock(state.mutex);
  if (!state.spend().ok()) return SQLITE_IOERR_DELETE;
  if (!state.files.contains(path)) return SQLITE_IOERR_DELETE_NOENT;
  state.change([name = std::string(path)](Directory& directory) { directory.erase(name); });
  if (sync) state.sync_directory();
  return SQLITE_OK;
}

int access_file(sqlite3_vfs* vfs, const char* path, int, int* out) {
  PowerLoss::State& state = *of(vfs).state;
  const std::scoped_lock lock(state.mutex);
  *out = state.files.contains(path);
  return state.failed ? SQLITE_IOERR_ACCESS : SQLITE_OK;
}

int full_path(sqlite3_vfs*, const char* path, int size, char* out) {
  sqlite3_snprintf(size, out, "%s", path);
  return SQLITE_OK;
}

}  // namespace

PowerLossVfs::PowerLossVfs(const PowerLoss& machine) : registered_(std::make_unique<Registered>()) {
  static std::atomic<int> next{0};
  name_ = fmt::format("power-loss-{}", ++next);
  registered_->state = machine.state();
  sqlite3_vfs& vfs = registered_->vfs;
  vfs = *sqlite3_vfs_find(nullptr);  // time, randomness and sleep are the machine's own
  vfs.szOsFile = sizeof(Handle);
  vfs.pNext = nullptr;
  vfs.zName = name_.c_str();
  vfs.pAppData = registered_.get();
  vfs.xOpen = open_file;
  vfs.xDelete = delete_file;
  vfs.xAccess = access_file;
  vfs.xFullPathname = full_path;
  sqlite3_vfs_register(&vfs, 0);
}

PowerLossVfs::~PowerLossVfs() {
  sqlite3_vfs_unregister(&registered_->vfs);
}

}  // namespace gannet::store::testing
