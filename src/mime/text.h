// The contents of parts: decoded octets, readable text, previews.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "mime/message.h"

namespace gannet::mime {

// The part's octets with the transfer encoding undone. Stops after about `max_size` octets.
std::string content_of(const ParsedMessage& message, const Part& part,
                       std::size_t max_size = std::string::npos);

// A text part as UTF-8 text (HTML becomes plain text), for search; empty for any other part. Any charset, any
// encoding. Reads about `max_size` octets of content at most.
std::string text_of(const ParsedMessage& message, const Part& part, std::size_t max_size = std::string::npos);

// Whether a mail reader would list it as an attachment: a leaf that is said to be one, or that is no readable
// text and not shown in place (RFC 8621 4.1.4, simplified); an attached message.
bool is_attachment(const ParsedMessage& message, const Part& part);

// The parts whose text makes up the message as read: text leaves that are no attachments; of the branches of
// a multipart/alternative only one (text/plain if there is one). Indexes of parts.
std::vector<std::uint32_t> readable_parts(const ParsedMessage& message);

// RFC 8970: the first words of the text, at most `max_characters` Unicode characters, white space collapsed
// to single blanks. Empty if the message has no readable text.
std::string preview_of(const ParsedMessage& message, std::size_t max_characters = 256);

}  // namespace gannet::mime
