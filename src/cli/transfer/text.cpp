#include "cli/transfer/text.h"

#include <fstream>

#include "cli/transfer/files.h"

namespace gannet::cli {

void append_crlf(std::string& out, std::string_view piece, char& last) {
  for (const char c : piece) {
    if (c == '\n' && last != '\r') out += '\r';
    out += c;
    last = c;
  }
}

Result<std::string> read_message(const std::filesystem::path& file, bool exact) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return file_error("read", file);
  std::string out;
  std::error_code unknown;
  if (const auto size = std::filesystem::file_size(file, unknown); !unknown && exact) out.reserve(size);
  char buffer[64 << 10], last = 0;
  while (in.read(buffer, sizeof buffer), in.gcount() > 0) {
    const std::string_view piece(buffer, static_cast<std::size_t>(in.gcount()));
    if (exact)
      out += piece;
    else
      append_crlf(out, piece, last);
  }
  if (in.bad()) return file_error("read", file);
  return out;
}

}  // namespace gannet::cli
