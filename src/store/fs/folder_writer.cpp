#include "store/fs/folder_writer.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <filesystem>
#include <system_error>

#include "net/unique_fd.h"
#include "store/fs/status.h"

namespace gannet::store::fs {
namespace {

constexpr std::size_t kMaxRemembered = 100'000;  // folders; some 10 MB
constexpr int kTries = 20;
constexpr std::size_t kTriedBytes = 256 << 10;  // room that must be there before writes are promised again
constexpr std::time_t kSurelyOver = 24 * 3600;  // seconds, where files cannot be locked

// Whether nobody is writing it.
bool left_over(const std::string& path) {
  const net::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file) return false;
  if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0) return true;
  struct stat now{};
  return errno != EWOULDBLOCK && ::fstat(file.get(), &now) == 0 &&
         now.st_mtime + kSurelyOver < std::time(nullptr);
}

bool leads_nowhere(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_symlink(path, error) && !std::filesystem::exists(path, error);
}

}  // namespace

bool FolderWriter::known(const std::string& folder) {
  const std::scoped_lock lock(mutex_);
  return safe_.contains(folder);
}

void FolderWriter::remember(const std::string& folder) {
  const std::scoped_lock lock(mutex_);
  if (safe_.size() >= kMaxRemembered) safe_.clear();
  safe_.insert(folder);
}

Result<void> FolderWriter::make_folders(const std::string& path) {
  int made = system_->make_folder(path);
  const std::string above = std::filesystem::path(path).parent_path().string();
  if (made == ENOENT && above != path && !above.empty()) {
    TRY(make_folders(above));
    made = system_->make_folder(path);
  }
  if (made == EEXIST && leads_nowhere(path))
    return fail_with(ENOENT, "it is a symbolic link to a folder that is not there (is its disk mounted?)",
                     path);
  if (made == EEXIST) {
    // Perhaps made just now by another process. A folder above that we may not read was made by somebody else.
    system_->sync_folder(above.empty() ? "." : above);
    return {};
  }
  if (made != 0) return fail_with(made, "cannot make the folder", path);
  if (const int error = system_->sync_folder(above.empty() ? "." : above))
    return fail_with(error, "cannot sync the folder", above);
  return {};
}

Result<void> FolderWriter::ready_folders(const BlobId& id) {
  if (known(tree_.folder(id, tree_.depth()))) return {};
  for (int level = 1; level <= tree_.depth(); ++level) {
    const std::string folder = tree_.folder(id, level);
    const int made = system_->make_folder(folder);
    if (made != 0 && made != EEXIST) return fail_with(made, "cannot make the folder", folder);
  }
  return {};
}

Result<FolderWriter::Unfinished> FolderWriter::prepare(std::string_view first, std::string_view second) {
  int fd = -1, error = EEXIST;
  std::string path;
  for (int left = kTries; error == EEXIST && left > 0; --left) {
    path = tree_.unfinished() + "/" + random_.token(24);
    error = system_->create(path, fd);
  }
  if (error != 0) return fail_with(error, "cannot make the file", path);
  net::UniqueFd file(fd);
  error = system_->write(fd, first);
  if (error == 0) error = system_->write(fd, second);
  if (error == 0) {
    error = system_->sync_file(fd);
    if (error == 0) return Unfinished{std::move(path), std::move(file)};
  }
  // After a failed sync the kernel may have dropped what was written: such a file is never tried again.
  system_->remove(path);
  return fail_with(error, "cannot write the file", path);
}

Result<void> FolderWriter::write(const BlobId& id, std::string_view first, std::string_view second) {
  TRY(ready_folders(id));
  const Unfinished unfinished = TRY(prepare(first, second));
  if (const int error = system_->rename(unfinished.path, tree_.file(id))) {
    system_->remove(unfinished.path);
    // Somebody may have tidied up the empty folders.
    const std::scoped_lock lock(mutex_);
    safe_.clear();
    return fail_with(error, "cannot name the file", tree_.file(id));
  }
  return make_safe(id);
}

Result<void> FolderWriter::try_to_write() {
  const Unfinished unfinished = TRY(prepare(std::string(kTriedBytes, '\0'), {}));
  if (const int error = system_->remove(unfinished.path))
    return fail_with(error, "cannot remove the file", unfinished.path);
  return {};
}

Result<void> FolderWriter::write_file(const std::string& path, std::string_view content) {
  const Unfinished unfinished = TRY(prepare(content, {}));
  if (const int error = system_->rename(unfinished.path, path)) {
    system_->remove(unfinished.path);
    return fail_with(error, "cannot name the file", path);
  }
  const std::string folder = std::filesystem::path(path).parent_path().string();
  if (const int error = system_->sync_folder(folder))
    return fail_with(error, "cannot sync the folder", folder);
  return {};
}

Result<void> FolderWriter::make_safe(const BlobId& id) {
  // The deepest first: a journal that has to be written for it then holds the others, too. A folder that is
  // there already may have been made just now by another process that has not synced it yet.
  const std::string deepest = tree_.folder(id, tree_.depth());
  const bool all = !known(deepest);
  for (int level = tree_.depth(); level >= 0 && (all || level == tree_.depth()); --level) {
    const std::string folder = tree_.folder(id, level);
    if (const int error = system_->sync_folder(folder))
      return fail_with(error, "cannot sync the folder", folder);
  }
  if (all) remember(deepest);
  return {};
}

Result<void> FolderWriter::remove(const BlobId& id) {
  const int removed = system_->remove(tree_.file(id));
  if (removed == ENOENT) return {};
  if (removed != 0) return fail_with(removed, "cannot remove the file", tree_.file(id));
  // Else it may be back after a power cut, when nobody is left to remove it.
  const std::string folder = tree_.folder(id, tree_.depth());
  if (const int error = system_->sync_folder(folder))
    return fail_with(error, "cannot sync the folder", folder);
  return {};
}

Result<std::size_t> FolderWriter::remove_unfinished() {
  const std::string path = tree_.unfinished();
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(path.c_str()), &::closedir);
  if (!folder) return fail_with(errno, "cannot list the folder", path);
  std::size_t removed = 0;
  while (const dirent* entry = ::readdir(folder.get())) {
    const std::string file = path + "/" + entry->d_name;
    if (entry->d_name[0] == '.' || !left_over(file)) continue;
    if (system_->remove(file) == 0) ++removed;
  }
  return removed;
}

}  // namespace gannet::store::fs
