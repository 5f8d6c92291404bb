// The SASL mechanisms (RFC 4422), each a state machine without input, output or waiting: it is given what the
// client says and answers what has to happen next. exchange.h does it.
//
//   PLAIN (RFC 4616), LOGIN (draft-murchison-sasl-login), SCRAM-SHA-256 and SCRAM-SHA-256-PLUS (RFC 5802, RFC 7677),
//   EXTERNAL (RFC 4422 appendix A)
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "directory/scram.h"

namespace gannet::login {

// Type and data of each channel binding that the connection has, as RFC 5056 names them: "tls-exporter" (RFC 9266),
// "tls-server-end-point" and "tls-unique" (RFC 5929).
using ChannelBindings = std::vector<std::pair<std::string, std::string>>;

// What has to happen next.
struct Challenge {  // send it; the client's answer goes to next()
  std::string data;
};
struct CheckPassword {  // the end
  std::string authorize_as, login, password;
};
struct GetScram {  // look up the login, and go on with scram()
  std::string login;
};
struct Proven {  // `login` has proved itself; let it in, and then send `data` if there is some
  std::string authorize_as, login, app_password, data;
};
struct ByCertificate {  // the certificate decides who it is
  std::string authorize_as;
};
struct Refused {  // the proof is wrong; `why` is for the log
  std::string login, why;
};
struct Malformed {
  std::string text;  // for the client
};
using Next = std::variant<Challenge, CheckPassword, GetScram, Proven, ByCertificate, Refused, Malformed>;

class Mechanism {
 public:
  virtual ~Mechanism() = default;
  // Nothing: the client has sent no initial response.
  virtual Next begin(std::optional<std::string> initial);
  virtual Next next(std::string message) = 0;
  virtual Next scram(directory::ScramSecrets secrets);
};

std::unique_ptr<Mechanism> make_plain();
std::unique_ptr<Mechanism> make_login();
std::unique_ptr<Mechanism> make_external();
struct ScramSetup {
  std::string nonce;         // the server's part: fresh and printable, without a comma
  ChannelBindings bindings;  // of the connection
  bool plus = false;         // it is SCRAM-SHA-256-PLUS
  bool plus_offered = false;
};
std::unique_ptr<Mechanism> make_scram(ScramSetup setup);

// Which of them are offered.
struct Offer {
  bool scram = false;        // the directory serves it
  bool binding = false;      // the connection has a channel binding
  bool certificate = false;  // the client has shown a certificate that names somebody
};
// The names of those in `wanted` (any case; "scram" is both of that name) that can be offered, the best first.
std::vector<std::string> offered(const std::vector<std::string>& wanted, const Offer& offer);

}  // namespace gannet::login
