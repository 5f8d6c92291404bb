// Sessions as a hostile client would have them: the lines of the input are commands, each literal on the line
// after the one that announces it. Two sessions share the account, so that updates are told too. Every line
// of output must be one.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "imap/commands/head.h"
#include "imap/testing/server.h"

using namespace gannet;

namespace {

imap::testing::Core& core() {
  static imap::testing::Core shared;
  static const bool filled = [] {
    for (const char* message :
         {"Subject: one\r\nFrom: Ann <a@b.c>\r\n\r\nhello\r\n",
          "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b\r\nContent-Type: "
          "message/rfc822\r\n\r\n"
          "Subject: in\r\n\r\ny\r\n--b--\r\n",
          "no header"}) {
      shared.deliver("alice", message);
    }
    return true;
  }();
  (void)filled;
  return shared;
}

void run(imap::Session& session, std::string line) {
  imap::Scanner in(line);
  const auto head = imap::parse_head(in);
  if (!head || imap::wrong_state(*head, session.state) || head->spec->parse == nullptr) return;
  const auto task = head->spec->parse({in, session, head->uid});
  if (!task) return;
  std::string out;
  for (int steps = 0;; ++steps) {
    if (steps > 10'000) std::abort();
    if (const auto reply = imap::run_step(session, **task, out)) {
      imap::append_reply(out, head->tag, *reply);
      break;
    }
  }
  if (!out.ends_with("\r\n")) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 4096) return 0;
  static const auto services = core().services(imap::testing::plain_text());
  imap::Session sessions[2];
  for (auto& session : sessions) {
    session.services = services;
    session.state = imap::State::kAuthenticated;
    session.account = core().account("alice");
    run(session, "s SELECT INBOX");
  }
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  for (std::size_t i = 0; !rest.empty() && i < 20; ++i) {
    const auto end = rest.find('\n');
    std::string line(rest.substr(0, end));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (line.ends_with('}')) {
      const auto next = rest.find('\n');
      line += "\r\n" + std::string(rest.substr(0, next));
      rest.remove_prefix(next == std::string_view::npos ? rest.size() : next + 1);
    }
    run(sessions[i % 2], std::move(line));
  }
  return 0;
}
