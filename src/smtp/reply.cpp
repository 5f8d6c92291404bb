#include "smtp/reply.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace gannet::smtp {
namespace {

constexpr std::size_t kMaxReplyLine = 512;  // with CRLF

std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

// Cuts `line` so that it fits `room`, at a blank where there is one and never inside of a UTF-8 sequence.
std::string_view take_piece(std::string_view& line, std::size_t room) {
  std::size_t size = line.size();
  if (size > room) {
    const std::size_t blank = line.substr(0, room).rfind(' ');
    size = blank != std::string_view::npos && blank > room / 2 ? blank + 1 : room;
    while (size > 1 && (static_cast<unsigned char>(line[size]) & 0xc0) == 0x80) --size;
  }
  const std::string_view piece = line.substr(0, size);
  line.remove_prefix(size);
  return piece;
}

void append_clean(std::string& out, std::string_view text) {
  for (const char c : text) out.push_back(static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c);
}

}  // namespace

std::string EnhancedCode::to_string() const {
  return present() ? fmt::format("{}.{}.{}", status, subject, detail) : std::string();
}

std::string Reply::to_string() const {
  std::string_view rest = text;
  std::string out = fmt::format("{} ", code);
  if (enhanced.present()) out += enhanced.to_string() + " ";
  append_clean(out, take_line(rest));
  return out;
}

Reply closing(Reply reply) {
  reply.close = true;
  return reply;
}

void append_reply(std::string& out, const Reply& reply) {
  const std::string code = fmt::format("{:03}", reply.code % 1000);
  const std::string enhanced = reply.enhanced.present() ? reply.enhanced.to_string() + " " : std::string();
  const std::size_t room = kMaxReplyLine - code.size() - 1 - enhanced.size() - 2;
  std::string_view rest = reply.text;
  bool more = true;
  while (more) {
    std::string_view line = take_line(rest);
    do {
      const std::string_view piece = take_piece(line, room);
      more = !line.empty() || !rest.empty();
      out += code;
      out += more ? '-' : ' ';
      out += enhanced;
      append_clean(out, piece);
      out += "\r\n";
    } while (!line.empty());
  }
}

}  // namespace gannet::smtp
