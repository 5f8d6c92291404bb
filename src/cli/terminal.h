// Asking at a terminal, reading secrets from files, writing files that exist once.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace gannet::cli {

// Prints `question [standard]: ` and returns the answer, or `standard` for an empty line. kUsage at the end
// of the input.
Result<std::string> ask(std::string_view question, std::string_view standard = {});
// The same without echo, asked on the terminal itself. kUsage where there is none.
Result<std::string> ask_secret(std::string_view question);

// The first line of a file, without its end: a password.
Result<std::string> read_secret_file(const std::string& path);

// What a server or a sender said, fit for a terminal: control characters are shown as '?'.
std::string printable(std::string text);

// kFile if the file exists already; its folder is made. Mode 0600.
Result<void> write_new_file(const std::string& path, std::string_view content);

}  // namespace gannet::cli
