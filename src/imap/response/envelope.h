// ENVELOPE, BODY and BODYSTRUCTURE (RFC 9051 7.5.2), written from mime's record of a message.
#pragma once

#include <span>
#include <string>

#include "mime/summary.h"

namespace gannet::imap {

void append_envelope(std::string& out, const mime::EnvelopeView& envelope);

// `extended` is BODYSTRUCTURE, else BODY. `parts` are all of the message's; an empty list, which a damaged
// record gives, reads as an empty text/plain.
void append_body_structure(std::string& out, std::span<const mime::PartSummary> parts, bool extended);

}  // namespace gannet::imap
