// Command lines: what a client says, taken apart. Pure functions; what is malformed is answered by the Reply
// that they give.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "smtp/path.h"
#include "smtp/reply.h"

namespace gannet::smtp {

enum class Verb : std::uint8_t {
  kUnknown,
  kEhlo,
  kHelo,
  kLhlo,
  kStartTls,
  kAuth,
  kMail,
  kRcpt,
  kData,
  kBdat,
  kRset,
  kNoop,
  kHelp,
  kVrfy,
  kExpn,
  kQuit,
};

struct CommandLine {
  Verb verb = Verb::kUnknown;
  std::string_view word;       // as sent
  std::string_view arguments;  // outer blanks removed
};

// `line` comes without its CRLF. Verbs are read in any case (RFC 5321 2.4).
CommandLine split_command(std::string_view line);

// RFC 6152, RFC 3030
enum class Body : std::uint8_t { k7Bit, k8BitMime, kBinaryMime };
// RFC 3461 4.3
enum class Ret : std::uint8_t { kUnset, kFull, kHeaders };
// RFC 3461 4.1, bits; 0 when the client did not say.
enum Notify : std::uint8_t { kNotifyNever = 1, kNotifySuccess = 2, kNotifyFailure = 4, kNotifyDelay = 8 };

struct MailArguments {
  Path from;
  std::optional<std::uint64_t> size;  // RFC 1870
  Body body = Body::k7Bit;
  bool utf8 = false;  // RFC 6531
  Ret ret = Ret::kUnset;
  std::string envelope_id;          // ENVID, decoded; empty for none
  std::optional<std::string> auth;  // RFC 4954 5: the AUTH= parameter, decoded; "<>" is kept
};

struct RcptArguments {
  Path to;
  std::uint8_t notify = 0;              // Notify bits
  std::string original_recipient_type;  // ORCPT: "rfc822" or "utf-8"; empty for none
  std::string original_recipient;       // ORCPT, decoded
};

// The parameters that may be used now, as EHLO offered them; the others answer 555 5.5.4.
struct Parameters {
  bool size = true;
  bool eight_bit = true;
  bool binary = true;
  bool utf8 = true;
  bool dsn = true;
  bool auth = true;
};

// What follows "MAIL" and "RCPT".
Parsed<MailArguments> parse_mail(std::string_view arguments, const Parameters& allowed);
Parsed<RcptArguments> parse_rcpt(std::string_view arguments, const Parameters& allowed);

struct BdatArguments {
  std::uint64_t size = 0;
  bool last = false;
};
Parsed<BdatArguments> parse_bdat(std::string_view arguments);

struct AuthArguments {
  std::string mechanism;               // upper case
  std::optional<std::string> initial;  // still in base64; "" where the client sent "=" (RFC 4954 4)
};
Parsed<AuthArguments> parse_auth(std::string_view arguments);

// EHLO, HELO, LHLO: a domain or an address literal (RFC 5321 4.1.1.1). Old clients send host names that are
// none; what is printable is let through, and `session.ehlo.reject-non-fqdn` judges it.
Parsed<std::string> parse_hello(std::string_view arguments);

}  // namespace gannet::smtp
