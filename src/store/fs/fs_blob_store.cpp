#include "store/fs/fs_blob_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "net/unique_fd.h"
#include "store/fs/folder_tree.h"
#include "store/fs/folder_writer.h"
#include "store/fs/status.h"
#include "store/server_health.h"

namespace gannet::store {
namespace {

constexpr std::size_t kFirstRead = 16 << 10;  // the header, and the start of the first piece

// Bytes [begin, end) of an open file, fewer at its end.
Result<std::string> read_bytes(int fd, const std::string& path, std::uint64_t begin, std::uint64_t end) {
  struct stat now{};
  if (::fstat(fd, &now) != 0) return fs::fail_with(errno, "cannot read the file", path);
  end = std::min(end, static_cast<std::uint64_t>(now.st_size));
  std::string out(end > begin ? end - begin : 0, '\0');
  for (std::size_t done = 0; done < out.size();) {
    const ssize_t got = ::pread(fd, out.data() + done, out.size() - done, static_cast<off_t>(begin + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fs::fail_with(errno, "cannot read the file", path);
    if (got == 0) out.resize(done);
    done += static_cast<std::size_t>(got);
  }
  return out;
}

class FsBlobStore final : public BlobStore {
 public:
  FsBlobStore(const FsOptions& options, Random& random)
      : options_(options),
        tree_(options.path, options.depth),
        writer_(tree_, options.file_system, random),
        health_(options.id, options.probe_interval, [this] { return writer_.try_to_write(); }) {}
  ~FsBlobStore() override { health_.stop(); }

  // Folders, the depth that is written down, left-overs.
  Result<void> open() {
    TRY(writer_.make_folders(tree_.root()));
    TRY(writer_.make_folders(tree_.unfinished()));
    TRY(writer_.remove_unfinished());
    return check_depth();
  }

  Result<void> put(const BlobId& id, std::string_view content) override {
    if (TRY(exists(id))) return told(writer_.make_safe(id));
    const EncodedObject object = encode_object(id, content, options_.object);
    return told(writer_.write(id, object.header, object.pieces));
  }

  Result<std::string> get(const BlobId& id, std::uint64_t offset, std::uint64_t length) override {
    const std::string path = tree_.file(id);
    const net::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) {
      if (errno == ENOENT) return blob_not_found(id, tree_.root());
      return fs::fail_with(errno, "cannot open the file", path);
    }
    auto content = read_object(id, offset, length, kFirstRead, [&](std::uint64_t begin, std::uint64_t end) {
      return read_bytes(file.get(), path, begin, end);
    });
    if (!content && content.error().is(StoreError::kCorrupt))
      return std::unexpected(std::move(content.error()).with_detail(path + ": " + content.error().detail()));
    return content;
  }

  Result<bool> exists(const BlobId& id) override {
    const std::string path = tree_.file(id);
    struct stat now{};
    if (::stat(path.c_str(), &now) == 0) return true;
    if (errno == ENOENT) return false;
    return fs::fail_with(errno, "cannot look at the file", path);
  }

  Result<void> remove(const BlobId& id) override { return writer_.remove(id); }

  Result<std::vector<BlobId>> list(const std::optional<BlobId>& after, std::size_t limit) override {
    return tree_.list(after, limit);
  }

 private:
  Result<void> told(Result<void> written) {
    if (written)
      health_.succeeded();
    else
      health_.failed(written.error());
    return written;
  }

  Result<void> check_depth() {
    const std::string path = tree_.depth_file(), wanted = fmt::format("{}\n", options_.depth);
    const net::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file && errno == ENOENT) return writer_.write_file(path, wanted);
    if (!file) return fs::fail_with(errno, "cannot open the file", path);
    const std::string found = TRY(read_bytes(file.get(), path, 0, 100));
    if (found == wanted) return {};
    return fail(
        StoreError::kConfiguration,
        fmt::format("{} was laid out with depth {}, the setting `depth` says {}: set it to what it was",
                    tree_.root(), found.substr(0, found.find('\n')), options_.depth));
  }

  const FsOptions options_;
  const fs::FolderTree tree_;
  fs::FolderWriter writer_;
  ServerHealth health_;  // last: its thread uses the others
};

}  // namespace

Result<std::shared_ptr<BlobStore>> open_fs_blobs(FsOptions options, Random& random) {
  while (options.path.size() > 1 && options.path.ends_with('/')) options.path.pop_back();
  auto store = std::make_shared<FsBlobStore>(options, random);
  auto opened = store->open();
  if (opened) return store;
  if (opened.error().is(StoreError::kConfiguration)) return std::unexpected(std::move(opened).error());
  return fail(StoreError::kConfiguration, "cannot be used: " + opened.error().detail());
}

}  // namespace gannet::store
