#include "directory/remote/session.h"

#include "directory/errors.h"
#include "net/errors.h"

namespace gannet::directory::remote {

std::unexpected<Error> Session::broken(const Error& error) {
  done_ = true;
  lost_ = error.is(net::NetError::kEof) || error.is(net::NetError::kReset);
  return fail(DirectoryError::kUnavailable, "the directory cannot be asked now", error.describe(),
              Retry::kCanHelp);
}

std::unexpected<Error> Session::cannot_say(const std::string& words, bool closing) {
  lost_ = closing;
  return fail(DirectoryError::kUnavailable, "the directory cannot be asked now", "it said: " + words,
              Retry::kCanHelp);
}

std::string server_name(const SessionOptions& options) {
  const char* const kind = options.kind == Kind::kImap   ? "IMAP"
                           : options.kind == Kind::kSmtp ? "SMTP"
                                                         : "LMTP";
  return std::string(kind) + " server " + options.host + ":" + std::to_string(options.port);
}

bool may_send_password(const SessionOptions& options, bool is_tls, bool is_loopback) {
  return is_tls || is_loopback || options.clear_passwords;
}

Error no_clear_password(const SessionOptions& options) {
  return Error(DirectoryError::kUnavailable, "the directory cannot be asked now", Retry::kCanHelp)
      .with_detail(
          "the " + server_name(options) +
          " offers no TLS, and passwords are not sent in clear: set tls.enable to true with the port "
          "for TLS; or allow-plain-text to true, if the network between is safe");
}

Result<std::unique_ptr<Session>> open_session(net::BlockingCalls& calls, const SessionOptions& options) {
  auto opened = options.kind == Kind::kImap ? open_imap(calls, options) : open_smtp(calls, options);
  if (opened || opened.error().is(DirectoryError::kUnavailable)) return opened;
  return fail(DirectoryError::kUnavailable, "the " + server_name(options) + " cannot be asked",
              opened.error().describe(), Retry::kCanHelp);
}

}  // namespace gannet::directory::remote
