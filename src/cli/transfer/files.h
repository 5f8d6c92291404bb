// Files of an export: written whole or not at all, and a journal of what is done.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace gannet::cli {

Result<void> make_folders(const std::filesystem::path& folder);
// Replaces the file by a rename.
Result<void> write_whole(const std::filesystem::path& file, std::string_view content);
// kFile also for one above `most` octets.
Result<std::string> read_whole(const std::filesystem::path& file, std::uint64_t most = 64 << 20);
// All that was written to the file system of `folder` so far survives a power cut.
Result<void> sync_file_system(const std::filesystem::path& folder);
std::unexpected<gannet::Error> file_error(std::string_view what, const std::filesystem::path& file);

// A file that is written from its start or, with `keep`, after its first `keep` octets; closed when it goes.
class OutputFile {
 public:
  OutputFile() = default;
  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&& other) noexcept;
  ~OutputFile();

  static Result<OutputFile> create(const std::filesystem::path& file, std::uint64_t keep = 0);
  Result<void> write(std::string_view piece);
  Result<void> sync();
  // Sets when the content was changed last, ms since 1970.
  Result<void> set_time(std::int64_t ms);
  Result<void> close();
  bool is_open() const { return descriptor_ >= 0; }
  std::uint64_t size() const { return size_; }

 private:
  Result<void> flush();
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
  std::string buffer_;
  std::filesystem::path file_;
};

// Lines that are appended; a last line that a kill has cut is taken away when it is opened again.
class Journal {
 public:
  // Calls `each` for every whole line that is there.
  static Result<Journal> open(const std::filesystem::path& file,
                              const std::function<Result<void>(std::string_view line)>& each);
  void add(std::string_view line);
  // Writes what was added, and syncs.
  Result<void> commit();

 private:
  OutputFile file_;
  std::string waiting_;
};

}  // namespace gannet::cli
