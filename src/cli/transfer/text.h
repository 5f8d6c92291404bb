// Line ends of messages in files.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace gannet::cli {

// Appends `piece` with every bare LF made CRLF. `last` is the octet before the piece, and then its last.
void append_crlf(std::string& out, std::string_view piece, char& last);
// A message in a file of its own; `exact`: its line ends are as they are to be. kFile.
Result<std::string> read_message(const std::filesystem::path& file, bool exact);

}  // namespace gannet::cli
