// Everything that a client can say, up to where a command would be carried out: parsing must end, with a task
// or with an error, and read nothing outside of the command.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "imap/commands/head.h"
#include "imap/mailbox_name.h"

using namespace gannet;

namespace {

void parse_command(std::string_view line) {
  // A copy of its own, so that the sanitizer sees a read beyond its end.
  std::string text(line);
  text.shrink_to_fit();
  imap::Scanner in(text);
  const auto head = imap::parse_head(in);
  if (!head || head->spec == nullptr || head->spec->parse == nullptr) return;
  imap::Session session;
  session.state = imap::State::kSelected;
  const auto task = head->spec->parse({in, session, head->uid});
  if (!task && task.error().text().empty()) std::abort();
}

void check_name(std::string_view name) {
  const auto utf8 = imap::decode_utf7(name);
  if (!utf8) return;
  // What was decoded can be written, and reads back as the same.
  const auto again = imap::decode_utf7(imap::encode_utf7(*utf8));
  if (utf8->find('\0') == std::string::npos && again != utf8) std::abort();
  imap::matches_pattern(*utf8, "a/b/c");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  parse_command(input);
  if (size < 2000) check_name(input);
  return 0;
}
