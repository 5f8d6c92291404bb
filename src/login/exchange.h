// One SASL exchange between a client and the directory, whatever the protocol around it.
//
//   auto exchange = Exchange::begin(...);            // the client named a mechanism that was offered
//   auto step = exchange->start(initial response);   // on a thread that may block
//   while (step->challenge) { send it; step = exchange->next(the client's answer); }
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "directory/directory.h"
#include "login/gate.h"
#include "login/mechanism.h"

namespace gannet::login {

struct Client {
  std::string remote_ip;
  std::string protocol;  // "imap", "smtp", ...
  ChannelBindings bindings;
  std::vector<std::string> certificate_emails;  // of its certificate, which was verified; see net::TlsInfo
};

// One of the three is set.
struct Step {
  std::optional<std::string> challenge;
  std::optional<directory::AuthOutcome> outcome;
  std::string malformed;  // ended: what is wrong, for the client
  std::string login;      // as the client gave it, once it did
};

// Used by one thread at a time.
class Exchange {
 public:
  // `mechanism` in upper case, one of `offered`: null for any other. What is handed in is kept.
  static std::unique_ptr<Exchange> begin(std::string_view mechanism, const std::vector<std::string>& offered,
                                         Client client, std::shared_ptr<directory::Directory> directory,
                                         std::shared_ptr<Gate> gate);

  // Each blocks as a directory does. kUnavailable when it cannot be asked.
  Result<Step> start(std::optional<std::string> initial);
  Result<Step> next(std::string message);

  // "SCRAM-SHA-256", for logs.
  const std::string& mechanism() const { return name_; }

 private:
  Exchange(std::string name, std::unique_ptr<Mechanism> mechanism, Client client,
           std::shared_ptr<directory::Directory> directory, std::shared_ptr<Gate> gate);
  Result<Step> act(Next next);
  Result<Step> act_on(Challenge challenge);
  Result<Step> act_on(CheckPassword check);
  Result<Step> act_on(GetScram get);
  Result<Step> act_on(Proven proven);
  Result<Step> act_on(ByCertificate by);
  Result<Step> act_on(Refused refused);
  Result<Step> act_on(Malformed malformed);
  Step ended(directory::AuthOutcome outcome);

  const std::string name_;  // of the mechanism
  std::unique_ptr<Mechanism> mechanism_;
  Client client_;
  directory::Credentials credentials_;
  std::string account_;  // whose login it is, once SCRAM's secrets are known
  std::shared_ptr<directory::Directory> directory_;
  std::shared_ptr<Gate> gate_;
  std::optional<directory::AuthOutcome>
      waiting_;  // success, once the client has acknowledged the last challenge
};

}  // namespace gannet::login
