// Files of other programs that an import reads: an mbox, the lists of an export as JSON, names in a Maildir. Nothing
// crashes, a reader ends, and going on from a message's position gives what follows it.
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "cli/transfer/format.h"
#include "cli/transfer/maildir_names.h"
#include "cli/transfer/mbox_lines.h"

namespace {

using namespace gannet::cli;
namespace fs = std::filesystem;

void require(bool condition) {
  if (!condition) std::abort();
}

// In memory where there is such a place; one folder a process.
const fs::path& folder() {
  static const fs::path path = [] {
    const fs::path base = fs::exists("/dev/shm") ? fs::path("/dev/shm") : fs::temp_directory_path();
    fs::path own = base / ("gannet-import-fuzz-" + std::to_string(getpid()));
    fs::create_directories(own / "1");
    return own;
  }();
  static const bool registered = std::atexit([] { fs::remove_all(folder()); }) == 0;
  require(registered);
  return path;
}

void write(const fs::path& file, std::string_view text) {
  std::ofstream out(file, std::ios::binary);
  out << text;
}

std::vector<ReadMessage> read_all(MailReader& reader, const MailboxFacts& mailbox,
                                  const std::string& position) {
  std::vector<ReadMessage> out;
  if (!reader.open(mailbox, position)) return out;
  for (auto message = reader.next(); message && *message; message = reader.next()) {
    out.push_back(std::move(**message));
    require(out.size() < 100'000);
  }
  return out;
}

void check(MailReader& reader) {
  const auto mailboxes = reader.mailboxes();
  if (!mailboxes) return;
  for (const auto& mailbox : *mailboxes) {
    const auto messages = read_all(reader, mailbox, "");
    if (messages.empty()) continue;
    const auto& middle = messages[messages.size() / 2];
    const auto rest = read_all(reader, mailbox, middle.position);
    require(rest.size() == messages.size() - messages.size() / 2 - 1);
    for (std::size_t i = 0; i < rest.size(); ++i)
      require(rest[i].content == messages[messages.size() / 2 + 1 + i].content);
  }
}

void check_names(std::string_view name) {
  const MaildirName parsed = parse_maildir_name(name);
  require(name.starts_with(parsed.base));
  (void)keywords_of_flags(parsed.flags, {"one", "two"});
  (void)path_of_maildir_folder(name);
  (void)date_of_from_line(name);
  std::string content(name);
  MessageFacts facts;
  take_mbox_headers(content, facts);
  require(content.size() <= name.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Warn ignore = [](const std::string&) {};
  switch (data[0] % 3) {
    case 0: {
      write(folder() / "mbox", input);
      if (const auto reader = make_mbox_reader(folder() / "mbox", ignore)) check(**reader);
      break;
    }
    case 1: {
      const auto cut = input.find('\0');
      write(folder() / "mailboxes.json", input.substr(0, cut));
      write(folder() / "1" / "messages.jsonl", cut == input.npos ? "" : input.substr(cut + 1));
      if (const auto reader = make_json_reader(folder(), ignore)) check(**reader);
      break;
    }
    default:
      check_names(input);
  }
  return 0;
}
