#include "cli/transfer/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "cli/errors.h"

namespace gannet::cli {
namespace {

constexpr std::size_t kBuffer = 256 << 10;

}  // namespace

std::unexpected<gannet::Error> file_error(std::string_view what, const std::filesystem::path& file) {
  return fail(CliError::kFile,
              file.string() + " cannot be " + std::string(what) + ": " + std::strerror(errno) + ".");
}

Result<void> make_folders(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (!error) return {};
  return fail(CliError::kFile, folder.string() + " cannot be made: " + error.message() + ".");
}

Result<void> write_whole(const std::filesystem::path& file, std::string_view content) {
  auto next = file;
  next += ".new";
  auto out = TRY(OutputFile::create(next));
  TRY(out.write(content));
  TRY(out.sync());
  TRY(out.close());
  if (::rename(next.c_str(), file.c_str()) != 0) return file_error("written", file);
  return {};
}

Result<std::string> read_whole(const std::filesystem::path& file, std::uint64_t most) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return file_error("read", file);
  std::string out;
  char buffer[64 << 10];
  while (in.read(buffer, sizeof buffer), in.gcount() > 0) {
    out.append(buffer, static_cast<std::size_t>(in.gcount()));
    if (out.size() > most)
      return fail(CliError::kFile, file.string() + " is larger than " + std::to_string(most) + " octets.");
  }
  if (in.bad()) return file_error("read", file);
  return out;
}

Result<void> sync_file_system(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return file_error("opened", folder);
  const int done = ::syncfs(descriptor);
  const int error = errno;
  ::close(descriptor);
  errno = error;
  if (done != 0) return file_error("written", folder);
  return {};
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      size_(other.size_),
      buffer_(std::move(other.buffer_)),
      file_(std::move(other.file_)) {}

OutputFile& OutputFile::operator=(OutputFile&& other) noexcept {
  if (this == &other) return *this;
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = std::exchange(other.descriptor_, -1);
  size_ = other.size_;
  buffer_ = std::move(other.buffer_);
  file_ = std::move(other.file_);
  return *this;
}

OutputFile::~OutputFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<OutputFile> OutputFile::create(const std::filesystem::path& file, std::uint64_t keep) {
  OutputFile out;
  out.file_ = file;
  out.descriptor_ = ::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (out.descriptor_ < 0 || ::ftruncate(out.descriptor_, static_cast<off_t>(keep)) != 0 ||
      ::lseek(out.descriptor_, static_cast<off_t>(keep), SEEK_SET) < 0)
    return file_error("written", file);
  out.size_ = keep;
  return out;
}

Result<void> OutputFile::write(std::string_view piece) {
  buffer_ += piece;
  size_ += piece.size();
  if (buffer_.size() >= kBuffer) return flush();
  return {};
}

Result<void> OutputFile::flush() {
  std::string_view rest = buffer_;
  while (!rest.empty()) {
    const auto written = ::write(descriptor_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return file_error("written", file_);
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  buffer_.clear();
  return {};
}

Result<void> OutputFile::sync() {
  TRY(flush());
  if (::fdatasync(descriptor_) != 0) return file_error("written", file_);
  return {};
}

Result<void> OutputFile::set_time(std::int64_t ms) {
  TRY(flush());
  const std::int64_t rest = ((ms % 1000) + 1000) % 1000;
  const timespec time{(ms - rest) / 1000, static_cast<long>(rest) * 1'000'000};
  const timespec both[] = {time, time};
  if (::futimens(descriptor_, both) != 0) return file_error("dated", file_);
  return {};
}

Result<void> OutputFile::close() {
  TRY(flush());
  if (::close(std::exchange(descriptor_, -1)) != 0) return file_error("written", file_);
  return {};
}

Result<Journal> Journal::open(const std::filesystem::path& file,
                              const std::function<Result<void>(std::string_view line)>& each) {
  std::uint64_t whole = 0;
  if (std::ifstream in(file, std::ios::binary); in) {
    for (std::string line; std::getline(in, line) && !in.eof();) {
      TRY(each(line));
      whole += line.size() + 1;
    }
  }
  Journal out;
  out.file_ = TRY(OutputFile::create(file, whole));
  return out;
}

void Journal::add(std::string_view line) {
  waiting_ += line;
  waiting_ += '\n';
}

Result<void> Journal::commit() {
  if (waiting_.empty()) return {};
  TRY(file_.write(waiting_));
  waiting_.clear();
  return file_.sync();
}

}  // namespace gannet::cli
