#include "backup/manifest.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>
#include <boost/json/value_to.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "backup/errors.h"

namespace gannet::backup {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

json::array to_json(const std::vector<FileFacts>& files) {
  json::array out;
  for (const auto& file : files)
    out.push_back(json::object{
        {"name", file.name}, {"bytes", file.bytes}, {"sha256", file.sha256}, {"records", file.records}});
  return out;
}

std::vector<FileFacts> files_from(const json::value& value) {
  std::vector<FileFacts> out;
  for (const auto& file : value.as_array())
    out.push_back({json::value_to<std::string>(file.at("name")), file.at("bytes").to_number<std::uint64_t>(),
                   json::value_to<std::string>(file.at("sha256")),
                   file.at("records").to_number<std::uint64_t>()});
  return out;
}

// A manifest may come from anywhere: its names must stay within the folder.
bool stays_within(const std::vector<FileFacts>& files) {
  return std::ranges::all_of(files, [](const FileFacts& file) {
    const fs::path path(file.name);
    return path.is_relative() &&
           std::ranges::none_of(path, [](const fs::path& part) { return part == ".."; });
  });
}

}  // namespace

Result<Manifest> read_manifest(const fs::path& root, const std::string& name) {
  const fs::path file = root / "snapshots" / name / "manifest.json";
  std::ifstream in(file, std::ios::binary);
  if (!in)
    return fail(BackupError::kFile,
                file.string() + " cannot be read: is this a folder of `gannet backup create`?");
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  try {
    const auto value = json::parse(text);
    if (value.at("version").to_number<int>() != 1)
      return fail(BackupError::kDamaged, file.string() + " is of a newer Gannet.");
    Manifest out{.name = name,
                 .search = value.at("search").as_bool(),
                 .data = files_from(value.at("data")),
                 .blobs = files_from(value.at("blobs")),
                 .ids = files_from(value.at("ids")),
                 .missing = json::value_to<std::vector<std::string>>(value.at("missing")),
                 .messages = value.at("messages").to_number<std::uint64_t>()};
    if (stays_within(out.data) && stays_within(out.blobs) && stays_within(out.ids) &&
        out.blobs.size() == out.ids.size())
      return out;
  } catch (const std::exception& error) {  // Boost.JSON's way to say that a member is not as expected
    return fail(BackupError::kDamaged, file.string() + " is damaged: " + error.what() + ".");
  }
  return fail(BackupError::kDamaged, file.string() + " names files outside of its folder.");
}

Result<void> write_manifest(const fs::path& folder, const Manifest& manifest) {
  const json::object value{{"version", 1},
                           {"name", manifest.name},
                           {"search", manifest.search},
                           {"messages", manifest.messages},
                           {"data", to_json(manifest.data)},
                           {"blobs", to_json(manifest.blobs)},
                           {"ids", to_json(manifest.ids)},
                           {"missing", json::value_from(manifest.missing)}};
  std::ofstream out(folder / "manifest.json", std::ios::binary | std::ios::trunc);
  out << json::serialize(value) << "\n";
  out.close();
  if (!out) return fail(BackupError::kFile, (folder / "manifest.json").string() + " cannot be written.");
  return {};
}

Result<std::vector<std::string>> snapshots_in(const fs::path& root) {
  std::vector<std::string> out;
  std::error_code error;
  for (const auto& one : fs::directory_iterator(root / "snapshots", error))
    if (fs::exists(one.path() / "manifest.json") && one.path().extension() != ".unfinished")
      out.push_back(one.path().filename());
  if (error || out.empty())
    return fail(BackupError::kFile, "There is no finished backup in " + root.string() + ".");
  std::ranges::sort(out);
  return out;
}

Result<void> sync_folder(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool good = descriptor >= 0 && ::syncfs(descriptor) == 0;
  const std::string why = std::strerror(errno);
  if (descriptor >= 0) ::close(descriptor);
  if (good) return {};
  return fail(BackupError::kFile, folder.string() + " cannot be written: " + why + ".");
}

}  // namespace gannet::backup
