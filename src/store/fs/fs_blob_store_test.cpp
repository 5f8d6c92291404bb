#include "store/fs/fs_blob_store.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <fstream>
#include <iterator>
#include <mutex>
#include <thread>

#include "observe/health.h"
#include "tests/contract/harness.h"

namespace gannet::store {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Notes every call as "sync_file f1", and makes one of them fail.
class WatchedFileSystem final : public fs::FileSystem {
 public:
  explicit WatchedFileSystem(std::string root) : root_(std::move(root)) {}

  // The n-th call from now, counted from 1, fails with `error`.
  void fail_call(int n, int error) {
    fail_in_ = n, error_ = error;
    calls.clear();
  }

  int create(const std::string& path, int& fd) override {
    const int error = called("create unfinished");
    return error ? error : real_->create(path, fd);
  }
  int write(int fd, std::string_view bytes) override {
    const int error = called("write");
    return error ? error : real_->write(fd, bytes);
  }
  int sync_file(int fd) override {
    const int error = called("sync file");
    return error ? error : real_->sync_file(fd);
  }
  int rename(const std::string& from, const std::string& to) override {
    const int error = called("name " + below(to));
    return error ? error : real_->rename(from, to);
  }
  int remove(const std::string& path) override {
    const int error = called("remove " + below(path));
    return error ? error : real_->remove(path);
  }
  int make_folder(const std::string& path) override {
    const int error = called("make " + below(path));
    return error ? error : real_->make_folder(path);
  }
  int sync_folder(const std::string& path) override {
    const int error = called("sync " + below(path));
    return error ? error : real_->sync_folder(path);
  }

  std::vector<std::string> calls;

 private:
  std::string below(const std::string& path) const {
    return path.size() > root_.size() ? path.substr(root_.size() + 1, 5) : ".";
  }
  int called(const std::string& what) {
    const std::scoped_lock lock(mutex_);
    calls.push_back(what);
    return --fail_in_ == 0 ? error_ : 0;
  }

  const std::string root_;
  const std::shared_ptr<fs::FileSystem> real_ = fs::real_file_system();
  std::mutex mutex_;
  int fail_in_ = 0, error_ = 0;
};

// What /healthz/ready says of a component; empty if it is well.
std::string trouble(std::string_view name) {
  for (const auto& component : observe::health().ready().components)
    if (component.name == name && component.condition != observe::Condition::kReady)
      return component.reason.empty() ? "not ready" : component.reason;
  return "";
}

class FsBlobStoreTest : public ::testing::Test {
 protected:
  std::string root() const { return directory_.path() + "/blobs"; }
  std::shared_ptr<BlobStore> open(int depth = 2) {
    auto opened = open_fs_blobs(
        {.path = root(), .depth = depth, .probe_interval = std::chrono::hours(1), .file_system = watched_},
        random_);
    EXPECT_TRUE(opened) << opened.error().describe();
    return opened ? *opened : nullptr;
  }
  std::string file_of(const BlobId& id) const {
    return root() + "/" + id.hex().substr(0, 2) + "/" + id.hex().substr(2, 2) + "/" + id.hex();
  }
  std::size_t unfinished() const {
    const std::filesystem::directory_iterator files(root() + "/unfinished");
    return static_cast<std::size_t>(std::distance(begin(files), end(files)));
  }

  contract::TemporaryDirectory directory_;
  SystemRandom random_;
  std::shared_ptr<WatchedFileSystem> watched_ = std::make_shared<WatchedFileSystem>(root());
  const std::string content_ = "Subject: a\r\n\r\nWords, words and words again, and words.\r\n";
  const BlobId id_ = BlobId::of(content_);
};

// What is synced before its name, and the name before put() returns.
TEST_F(FsBlobStoreTest, SyncsInTheRightOrder) {
  auto store = open();
  watched_->calls.clear();
  ASSERT_TRUE(store->put(id_, content_));
  const std::string one = id_.hex().substr(0, 2), two = one + "/" + id_.hex().substr(2, 2);
  EXPECT_THAT(watched_->calls,
              ElementsAre("make " + one, "make " + two, "create unfinished", "write", "write", "sync file",
                          "name " + two, "sync " + two, "sync " + one, "sync ."));
  watched_->calls.clear();
  ASSERT_TRUE(store->put(id_, content_));
  EXPECT_THAT(watched_->calls, ElementsAre("sync " + two)) << "only its name: perhaps its writer crashed";
  watched_->calls.clear();
  ASSERT_TRUE(store->remove(id_));
  EXPECT_THAT(watched_->calls, ElementsAre("remove " + two, "sync " + two));
}

// A folder that another process made may not be safe yet.
TEST_F(FsBlobStoreTest, SyncsTheFoldersThatAnotherMade) {
  auto one = open();
  ASSERT_TRUE(one->put(id_, content_));
  auto other = open();
  watched_->calls.clear();
  ASSERT_TRUE(other->put(id_, content_));
  const std::string first = id_.hex().substr(0, 2), second = first + "/" + id_.hex().substr(2, 2);
  EXPECT_THAT(watched_->calls, ElementsAre("sync " + second, "sync " + first, "sync ."));
}

// Whatever call fails: the put says so, leaves nothing, and the next one works.
TEST_F(FsBlobStoreTest, EveryCallMayFail) {
  for (const int error : {ENOSPC, EDQUOT, EIO, EROFS}) {
    const bool full = error == ENOSPC || error == EDQUOT;
    for (int n = 1;; ++n) {
      SCOPED_TRACE(n);
      std::filesystem::remove_all(root());
      auto store = open();
      watched_->fail_call(n, error);
      const auto put = store->put(id_, content_);
      const bool reached = static_cast<int>(watched_->calls.size()) >= n;
      watched_->fail_call(0, 0);
      if (!reached) {
        EXPECT_TRUE(put);
        break;
      }
      ASSERT_FALSE(put);
      EXPECT_TRUE(put.error().is(full ? StoreError::kFull : StoreError::kUnavailable));
      EXPECT_TRUE(put.error().retry_can_help());
      EXPECT_THAT(put.error().detail(), HasSubstr(root()));
      EXPECT_THAT(put.error().text(), ::testing::Not(HasSubstr(root())));
      EXPECT_EQ(unfinished(), 0u);
      ASSERT_TRUE(store->put(id_, content_));
      EXPECT_EQ(*store->get(id_), content_);
    }
  }
}

TEST_F(FsBlobStoreTest, DamageIsFound) {
  auto store = open();
  SeededRandom random(1);
  const std::string content = random.bytes(700'000);
  const BlobId id = BlobId::of(content);
  ASSERT_TRUE(store->put(id, content));
  const std::string path = file_of(id);
  const auto size = std::filesystem::file_size(path);
  for (const std::uint64_t at : {std::uint64_t{0}, std::uint64_t{5}, std::uint64_t{9}, std::uint64_t{30},
                                 std::uint64_t{100}, std::uint64_t{300'000}, size - 1}) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(at));
    const int was = file.get();
    const auto put_byte = [&](int byte) {
      file.seekp(static_cast<std::streamoff>(at));
      file.put(static_cast<char>(byte)).flush();
    };
    put_byte(was ^ 1);
    const auto read = store->get(id);
    ASSERT_FALSE(read) << at;
    EXPECT_TRUE(read.error().is(StoreError::kCorrupt));
    EXPECT_THAT(read.error().detail(), HasSubstr(path));
    put_byte(was);
    ASSERT_EQ(*store->get(id), content);
  }
  for (const std::uint64_t left :
       {size - 1, std::uint64_t{300'000}, std::uint64_t{40}, std::uint64_t{3}, std::uint64_t{0}}) {
    std::filesystem::resize_file(path, left);
    const auto read = store->get(id);
    ASSERT_FALSE(read) << left;
    EXPECT_TRUE(read.error().is(StoreError::kCorrupt));
  }
  std::filesystem::create_directories(std::filesystem::path(file_of(id_)).parent_path());
  ASSERT_TRUE(store->put(id_, content_));
  std::filesystem::copy_file(file_of(id_), path, std::filesystem::copy_options::overwrite_existing);
  EXPECT_TRUE(store->get(id).error().is(StoreError::kCorrupt)) << "another blob's file";
}

TEST_F(FsBlobStoreTest, OtherCompressionsStayReadable) {
  std::vector<std::string> contents;
  for (const auto compression : {Compression::kNone, Compression::kLz4, Compression::kZstd}) {
    auto store = *open_fs_blobs({.path = root(), .object = {.compression = compression}}, random_);
    contents.push_back(std::string(400'000, static_cast<char>('a' + static_cast<int>(compression))));
    ASSERT_TRUE(store->put(BlobId::of(contents.back()), contents.back()));
    for (const auto& content : contents) EXPECT_EQ(*store->get(BlobId::of(content)), content);
    for (const auto& content : contents)
      EXPECT_EQ(*store->get(BlobId::of(content), 300'000, 7), content.substr(0, 7));
  }
  EXPECT_LT(std::filesystem::file_size(file_of(BlobId::of(contents[2]))), 1000u);
}

TEST_F(FsBlobStoreTest, AnotherDepthIsRefused) {
  ASSERT_TRUE(open(2)->put(id_, content_));
  const auto opened = open_fs_blobs({.path = root(), .depth = 3}, random_);
  ASSERT_FALSE(opened);
  EXPECT_TRUE(opened.error().is(StoreError::kConfiguration));
  EXPECT_THAT(opened.error().text(), HasSubstr("with depth 2"));
  EXPECT_EQ(*open(2)->get(id_), content_);
}

TEST_F(FsBlobStoreTest, AFolderThatCannotBe) {
  const auto opened = open_fs_blobs({.path = "/dev/null/blobs"}, random_);
  ASSERT_FALSE(opened);
  EXPECT_TRUE(opened.error().is(StoreError::kConfiguration));
  EXPECT_THAT(opened.error().text(), HasSubstr("/dev/null"));
}

// As where a disk is not mounted. It is neither made nor tried for ever.
TEST_F(FsBlobStoreTest, AFolderBehindALinkToNothing) {
  const std::string link = directory_.path() + "/link";
  std::filesystem::create_symlink(directory_.path() + "/nowhere", link);
  for (const auto& path : {link, link + "/blobs", link + "/deep/er/blobs"}) {
    const auto opened = open_fs_blobs({.path = path}, random_);
    ASSERT_FALSE(opened);
    EXPECT_TRUE(opened.error().is(StoreError::kConfiguration));
    EXPECT_THAT(opened.error().text(), HasSubstr(link));
    EXPECT_THAT(opened.error().text(), HasSubstr("is its disk mounted?"));
  }
  EXPECT_FALSE(std::filesystem::exists(directory_.path() + "/nowhere"));
}

// What is not a folder where one must be: reads and lists say so, and do not call the blob absent.
TEST_F(FsBlobStoreTest, AFolderThatCannotBeRead) {
  auto store = open();
  ASSERT_TRUE(store->put(id_, content_));
  const std::string folder = root() + "/" + id_.hex().substr(0, 2);
  std::filesystem::rename(folder, folder + "-away");
  std::ofstream(folder) << "a file";
  for (const auto& error :
       {store->get(id_).error(), store->exists(id_).error(), store->list(std::nullopt, 5).error()}) {
    EXPECT_TRUE(error.is(StoreError::kUnavailable));
    EXPECT_THAT(error.detail(), HasSubstr(folder));
  }
  std::filesystem::remove(folder);
  std::filesystem::rename(folder + "-away", folder);
  EXPECT_EQ(*store->get(id_), content_);
}

// A put that was killed leaves an unfinished file; the next start removes it, but not one that is being written.
TEST_F(FsBlobStoreTest, LeftOversAreRemovedAtOpen) {
  open();
  std::ofstream(root() + "/unfinished/left") << "half";
  int fd = -1;
  ASSERT_EQ(fs::real_file_system()->create(root() + "/unfinished/busy", fd), 0);
  open();
  EXPECT_FALSE(std::filesystem::exists(root() + "/unfinished/left"));
  EXPECT_TRUE(std::filesystem::exists(root() + "/unfinished/busy"));
  ::close(fd);
  open();
  EXPECT_EQ(unfinished(), 0u);
}

// Runs `work` in a process of its own; its exit code, or -1 if a signal ended it.
int in_child(const std::function<int()>& work) {
  const pid_t child = fork();
  if (child == 0) _exit(work());
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// A real limit instead of a simulated one: nothing half-written remains, and the error is kFull.
TEST_F(FsBlobStoreTest, BeyondTheLimitOnFileSizes) {
  const int result = in_child([&] {
    std::signal(SIGXFSZ, SIG_IGN);
    auto store = open();
    const rlimit small{.rlim_cur = 100'000, .rlim_max = 100'000};
    if (!store || setrlimit(RLIMIT_FSIZE, &small) != 0) return 2;
    const std::string large = SeededRandom(1).bytes(500'000);
    const auto put = store->put(BlobId::of(large), large);
    if (put || !put.error().is(StoreError::kFull)) return 3;
    if (*store->exists(BlobId::of(large)) || unfinished() != 0) return 4;
    return store->put(id_, content_) ? 0 : 5;
  });
  EXPECT_EQ(result, 0);
}

TEST_F(FsBlobStoreTest, AFullFileSystem) {
  const std::string mount_point = directory_.path() + "/small";
  std::filesystem::create_directories(mount_point);
  if (mount("none", mount_point.c_str(), "tmpfs", 0, "size=1m") != 0)
    GTEST_SKIP() << "a small file system can be mounted by root only";
  const std::unique_ptr<const char, void (*)(const char*)> mounted(
      mount_point.c_str(), [](const char* path) { EXPECT_EQ(umount(path), 0); });
  {
    auto store = *open_fs_blobs({.id = "full", .path = mount_point + "/blobs", .probe_interval = Duration(5)},
                                random_);
    EXPECT_EQ(trouble("store.full"), "");
    std::vector<std::string> stored;
    Result<void> put;
    for (std::uint64_t seed = 1; seed < 100; ++seed) {
      const std::string content = SeededRandom(seed).bytes(50'000);
      put = store->put(BlobId::of(content), content);
      if (!put) break;
      stored.push_back(content);
    }
    ASSERT_FALSE(put);
    EXPECT_TRUE(put.error().is(StoreError::kFull));
    for (const auto& content : stored) EXPECT_EQ(*store->get(BlobId::of(content)), content);
    EXPECT_THAT(trouble("store.full"), HasSubstr("no space left"));
    for (std::size_t i = 0; i < 8; ++i) ASSERT_TRUE(store->remove(BlobId::of(stored[i])));
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!trouble("store.full").empty() && std::chrono::steady_clock::now() < deadline)
      std::this_thread::yield();
    EXPECT_EQ(trouble("store.full"), "") << "it is found out by itself";
    EXPECT_TRUE(store->put(BlobId::of(stored[0]), stored[0])) << "there is room again";
  }
}

// Two processes store the same blobs at once, and one of them is killed in the middle of its work: what it said
// it has stored is there, and everything that is there is whole.
TEST_F(FsBlobStoreTest, KilledInTheMiddle) {
  const auto content_of = [](std::uint64_t n) { return SeededRandom(n).bytes(20'000 + n % 7 * 50'000); };
  std::uint64_t total = 0;
  for (int round = 0; round < 8; ++round) {
    std::array<int, 2> said{};
    ASSERT_EQ(pipe(said.data()), 0);
    std::array<pid_t, 2> children{};
    for (auto& child : children) {
      child = fork();
      if (child != 0) continue;
      auto store = open();
      for (std::uint64_t n = static_cast<std::uint64_t>(round) * 10'000;; ++n) {
        const std::string content = content_of(n);
        if (!store || !store->put(BlobId::of(content), content)) _exit(1);
        if (::write(said[1], &n, sizeof n) != sizeof n) _exit(1);
      }
    }
    ::close(said[1]);
    std::vector<std::uint64_t> stored;
    for (std::uint64_t n = 0; stored.size() < 12 && ::read(said[0], &n, sizeof n) == sizeof n;)
      stored.push_back(n);
    for (const pid_t child : children) kill(child, SIGKILL);
    for (std::uint64_t n = 0; ::read(said[0], &n, sizeof n) == sizeof n;) stored.push_back(n);
    for (const pid_t child : children) waitpid(child, nullptr, 0);
    ::close(said[0]);
    auto store = open();
    ASSERT_TRUE(store);
    EXPECT_EQ(unfinished(), 0u);
    for (const auto n : stored) EXPECT_EQ(*store->get(BlobId::of(content_of(n))), content_of(n));
    for (const auto& id : *store->list(std::nullopt, 10'000)) EXPECT_TRUE(store->get(id)) << id.hex();
    total += stored.size();
  }
  EXPECT_GE(total, 96u);
}

}  // namespace
}  // namespace gannet::store
