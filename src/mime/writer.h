// Writing new messages: notifications, bounces, reports. What comes out has CRLF line ends, lines of at most
// 998 octets (78 wherever folding can do it) and only ASCII, unless raw content that was handed in says
// otherwise.
//
//   Writer writer(random);
//   writer.address("From", from).address("To", to).text("Subject",
//   "Grüße").date(clock.now()).message_id(clock, host); writer.begin_multipart("report", {{"report-type",
//   "delivery-status"}}); writer.text_part("plain", "Your message could not be delivered.\n");
//   writer.part("message/delivery-status", fields);
//   writer.end_multipart();
//   std::string message = writer.take();
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "mime/address.h"
#include "mime/content_type.h"
#include "mime/transfer_encoding.h"

namespace gannet::mime {

class Writer {
 public:
  // `random` makes boundaries and Message-IDs; it must outlive the writer.
  explicit Writer(Random& random) : random_(random) {}

  // Fields of the message, or of the next part. Line ends in a value become blanks, so nothing can be
  // smuggled in. A structured value in ASCII, as it is; folded at blanks.
  Writer& header(std::string_view name, std::string_view value);
  // Unstructured UTF-8 text (RFC 2047).
  Writer& text(std::string_view name, std::string_view utf8);
  Writer& address(std::string_view name, const Address& address);
  Writer& addresses(std::string_view name, std::span<const Address> addresses);
  // A value with parameters (RFC 2231 where they are not ASCII): Content-Type, Content-Disposition.
  Writer& parameters(std::string_view name, std::string_view value, std::span<const Parameter> parameters);
  Writer& date(WallTime time, int offset_minutes = 0);
  Writer& message_id(const Clock& clock, std::string_view host);

  // A multipart as the message's body or as the next part; its parts follow until end_multipart().
  Writer& begin_multipart(std::string_view subtype, std::span<const Parameter> parameters = {});
  Writer& begin_multipart(std::string_view subtype, std::initializer_list<Parameter> parameters);
  Writer& end_multipart();

  // Leaves. Outside of a multipart this is the message's body. text/SUBTYPE in UTF-8: 7bit if it can be,
  // else quoted-printable or base64, whichever is shorter.
  Writer& text_part(std::string_view subtype, std::string_view utf8);
  // ASCII content with short lines goes as it is, all else as base64. `file_name` (UTF-8) makes it an
  // attachment.
  Writer& part(std::string_view media_type, std::string_view content, std::string_view file_name = {});
  // A message or its header as it was received, 7bit or 8bit: "message/rfc822", "text/rfc822-headers".
  Writer& raw_part(std::string_view media_type, std::string_view content);

  // The whole message; open multiparts are closed. The writer is then empty.
  std::string take();

 private:
  Writer& field(std::string line);
  void open_header();
  void finish_part(std::string_view media_type, std::span<const Parameter> parameters, Encoding encoding,
                   std::string_view body);

  Random& random_;
  std::string out_;
  std::vector<std::string> boundaries_;  // of the open multiparts
  bool in_header_ = true;    // fields may be written: the message's, or those of a part that was begun
  bool first_part_ = false;  // the innermost multipart has no part yet
};

}  // namespace gannet::mime
