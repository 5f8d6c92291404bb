#include "cli/terminal.h"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "cli/errors.h"

namespace gannet::cli {

Result<std::string> ask(std::string_view question, std::string_view standard) {
  std::cout << question;
  if (!standard.empty()) std::cout << " [" << standard << "]";
  std::cout << ": " << std::flush;
  std::string answer;
  if (!std::getline(std::cin, answer))
    return fail(CliError::kUsage, "The input ended before \"" + std::string(question) + "\" was answered.");
  return answer.empty() ? std::string(standard) : answer;
}

Result<std::string> ask_secret(std::string_view question) {
  std::FILE* terminal = std::fopen("/dev/tty", "r+");
  if (!terminal)
    return fail(CliError::kUsage, "There is no terminal to ask for " + std::string(question) +
                                      ": give it by a file or in the environment.");
  termios before{};
  tcgetattr(fileno(terminal), &before);
  termios silent = before;
  silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  // Before the question is there: what answers at once must neither be shown nor flushed away.
  tcsetattr(fileno(terminal), TCSAFLUSH, &silent);
  std::fprintf(terminal, "%.*s: ", static_cast<int>(question.size()), question.data());
  std::fflush(terminal);
  std::string answer;
  for (int c = std::fgetc(terminal); c != EOF && c != '\n'; c = std::fgetc(terminal))
    answer.push_back(static_cast<char>(c));
  tcsetattr(fileno(terminal), TCSADRAIN, &before);
  std::fputc('\n', terminal);
  std::fclose(terminal);
  return answer;
}

Result<std::string> read_secret_file(const std::string& path) {
  errno = 0;
  std::ifstream in(path);
  std::string line;
  // A folder can be opened, but not read. The reason stays empty where the file is.
  const bool read = in && std::getline(in, line);
  if (!read && errno != 0)
    return fail(CliError::kFile, "No password can be read from " + path + ".", std::strerror(errno));
  if (!read) return fail(CliError::kFile, path + " is empty: its first line is to be the password.");
  if (line.ends_with('\r')) line.pop_back();
  if (line.empty()) return fail(CliError::kFile, "The first line of " + path + " is empty.");
  return line;
}

std::string printable(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = '?';
  return text;
}

Result<void> write_new_file(const std::string& path, std::string_view content) {
  std::error_code error;
  if (auto folder = std::filesystem::path(path).parent_path(); !folder.empty())
    std::filesystem::create_directories(folder, error);
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) {
    const std::string why = std::strerror(errno);
    if (errno == EEXIST)
      return fail(CliError::kFile, path + " exists already and is left as it is. Name another file.");
    return fail(CliError::kFile, path + " cannot be written: " + why + ".");
  }
  std::size_t written = 0;
  while (written < content.size()) {
    const ssize_t n = ::write(file, content.data() + written, content.size() - written);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) break;
    written += static_cast<std::size_t>(n);
  }
  const bool good = written == content.size() && ::fsync(file) == 0;
  const std::string why = std::strerror(errno);
  ::close(file);
  if (!good) return fail(CliError::kFile, path + " could not be written whole: " + why + ".");
  return {};
}

}  // namespace gannet::cli
