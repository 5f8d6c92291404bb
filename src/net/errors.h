// What can happen to a connection, a listener or a task. End of file, reset and time-out are ordinary
// results.
#pragma once

namespace gannet::net {

enum class NetError {
  kEof = 1,      // the peer closed its side in an orderly way
  kReset,        // the connection broke
  kTimeout,      // the connection's deadline passed
  kTooLong,      // a line is longer than asked for; the next read_line() starts after it
  kShutdown,     // this server is stopping: say so to the peer and close
  kTooSlow,      // the peer reads too slowly: the outbox is over its limit
  kTls,          // the handshake failed, or a record was damaged
  kOverloaded,   // the worker pool's queue is full: answer "try again later"
  kListen,       // a listener could not be opened; the text names the setting
  kConnect,      // an outgoing connection was refused or found no way
  kCertificate,  // a certificate or key could not be read, or do not belong together
  kProxy,        // a trusted proxy sent no valid PROXY header
  kInvalid,      // an option has a value that cannot be used; the text names it
  kInternal,     // a task threw an exception, or the system refused something that should work
};

constexpr const char* error_domain(NetError) {
  return "net";
}

}  // namespace gannet::net
