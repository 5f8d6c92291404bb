// The server's side of SMTP (RFC 5321) and LMTP (RFC 2033): one coroutine a session.
//
// Extensions: PIPELINING (2920), SIZE (1870), 8BITMIME (6152), CHUNKING and BINARYMIME (3030), SMTPUTF8
// (6531), DSN (3461), ENHANCEDSTATUSCODES (2034), STARTTLS (3207), AUTH PLAIN and LOGIN (4954, 4616).
//
// Invariants:
//  - Only CRLF ends a command and only CRLF "." CRLF a message.
//  - Nothing that came before TLS is used after it.
//  - A message is given to the handler whole or not at all, and the handler's reply goes out unchanged.
#pragma once

#include <memory>

#include "base/clock.h"
#include "net/connection.h"
#include "net/task.h"
#include "smtp/session_handler.h"

namespace gannet::smtp {

// Serves the connection until either side ends it. On the connection's loop. `clock` outlives the session.
net::Task<void> run_session(std::unique_ptr<net::Connection> connection, Protocol protocol,
                            std::unique_ptr<SessionHandler> handler, const Clock* clock);

}  // namespace gannet::smtp
