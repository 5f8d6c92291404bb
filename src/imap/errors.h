#pragma once

#include "base/result.h"

namespace gannet::imap {

// Each becomes one tagged completion; the text is what the client reads.
enum class ImapError {
  kSyntax = 1,  // BAD: the command cannot be read
  kRefused,     // NO: it can be read, but not done
  kBadCharset,  // NO [BADCHARSET] (RFC 9051 7.1)
  kTooBig,      // NO [TOOBIG] (RFC 4469): beyond imap.request.max-size
};
constexpr const char* error_domain(ImapError) {
  return "imap";
}

}  // namespace gannet::imap
