// A message's envelope, as the stages of a session build it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "directory/principal.h"
#include "smtp/command.h"

namespace gannet::mta {

// One account that a recipient's mail goes to.
struct Target {
  directory::AccountId account = 0;
  std::uint64_t quota = 0;   // bytes, 0 unlimited
  std::string delivered_to;  // for the header of that name
};

// One accepted RCPT.
struct Recipient {
  std::string address;        // as the client gave it, without brackets
  std::uint8_t notify = 0;    // smtp::Notify bits, 0 when the client did not say
  std::string original_type;  // ORCPT; empty for none
  std::string original_recipient;
  std::vector<Target> targets;
  std::vector<std::string> elsewhere;  // members of a list on other servers: reported, not served
  std::vector<std::string> dead;       // members of a list that do not exist: reported
};

struct Envelope {
  std::uint64_t id = 0;     // the message's number in logs, Received and the queue
  std::string sender;       // return path; empty for the null path
  std::string envelope_id;  // ENVID
  smtp::Ret ret = smtp::Ret::kUnset;
  bool utf8 = false;                // SMTPUTF8
  std::uint64_t declared_size = 0;  // SIZE of MAIL, octets; 0 when the client did not say
  std::vector<Recipient> recipients;
};

// What is behind the last @ of an address; empty where there is none.
std::string_view domain_of(std::string_view address);

// "00018F3A5C7B2D41": how an envelope's number is written.
std::string format_id(std::uint64_t id);
// Nothing for what format_id() does not write; in either case.
std::optional<std::uint64_t> parse_id(std::string_view text);

}  // namespace gannet::mta
