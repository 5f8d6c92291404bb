// The coroutines of a session: what they share, and those of the commands that talk to the connection
// themselves.
#pragma once

#include <optional>
#include <string>

#include "imap/parser/scanner.h"
#include "imap/session.h"
#include "net/connection.h"
#include "net/worker_pool.h"

namespace gannet::imap {

// Lives in the frame of run_session.
struct Link {
  net::Connection& connection;
  net::WorkerPool& workers;
  Session& session;
  SteadyTime start{};  // when the session began
};

// To be called whenever the client has done something: imap.timeout.authenticated from now on or, until the
// login, what is left of imap.timeout.anonymous.
void move_deadline(Link& link);

// Each is awaited at once. The tagged reply, or nothing when it is sent already; an error when the connection
// can only be closed (net::NetError). `in` stands after the command's name.
using SpecialReply = Result<std::optional<Reply>>;
net::Task<SpecialReply> run_starttls(Link* link, Scanner in, std::string tag);
net::Task<SpecialReply> run_authenticate(Link* link, Scanner in);
// Begins once "+ idling" may be sent; until DONE.
net::Task<SpecialReply> run_idle(Link* link);

// A whole command: its text with the literals in place. Nothing: refused, and answered already.
// `line` is its first line.
net::Task<Result<std::optional<std::string>>> read_literals(Link* link, std::string line);

// Runs a task to its end, sending what it writes.
net::Task<Result<Reply>> run_task(Link* link, Task* task, bool blocks);

// The last word to a peer whose connection ends with this error; empty where there is none.
std::string_view farewell(const Error& error, State state);

}  // namespace gannet::imap
