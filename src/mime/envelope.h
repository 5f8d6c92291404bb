// ENVELOPE (RFC 9051 7.5.2) of a message or of a message inside it.
#pragma once

#include <string>
#include <vector>

#include "mime/address.h"
#include "mime/message.h"

namespace gannet::mime {

// Texts are unfolded and trimmed, but not decoded: as IMAP sends them. An empty text means that the field is
// absent or empty. Sender and Reply-To fall back to From here already. A field that occurs twice counts once
// (the first), but To, Cc and Bcc are put together.
struct Envelope {
  std::string date;
  std::string subject;
  std::vector<Address> from;
  std::vector<Address> sender;
  std::vector<Address> reply_to;
  std::vector<Address> to;
  std::vector<Address> cc;
  std::vector<Address> bcc;
  std::string in_reply_to;
  std::string message_id;
};

// `part` is the root, or the child of a kMessage part: the part whose header section is a message's.
Envelope envelope_of(const ParsedMessage& message, const Part& part);
inline Envelope envelope_of(const ParsedMessage& message) {
  return envelope_of(message, message.root());
}

}  // namespace gannet::mime
