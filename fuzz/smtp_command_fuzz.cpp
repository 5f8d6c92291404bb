// Command lines of SMTP: no input may crash the parsers, and what they accept must read back as itself.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "smtp/command.h"
#include "smtp/xtext.h"

namespace {

using namespace gannet::smtp;

void require(bool condition) {
  if (!condition) std::abort();
}

void check_path(const Path& path) {
  if (path.null() || path.domain.empty()) return;
  const auto again = parse_mailbox(path.address());
  require(again && *again == path);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  const CommandLine command = split_command(line);
  Parameters few;
  few.dsn = few.binary = few.utf8 = false;
  for (const Parameters& allowed : {Parameters(), few}) {
    if (const auto mail = parse_mail(command.arguments, allowed)) check_path(mail->from);
    if (const auto rcpt = parse_rcpt(command.arguments, allowed)) check_path(rcpt->to);
  }
  if (const auto mailbox = parse_mailbox(line)) check_path(*mailbox);
  (void)parse_bdat(command.arguments);
  (void)parse_auth(command.arguments);
  (void)parse_hello(command.arguments);
  require(decode_xtext(encode_xtext(line)) == line);
  std::string out;
  append_reply(out, {250, {2, 0, 0}, std::string(line)});
  require(out.ends_with("\r\n"));
  return 0;
}
