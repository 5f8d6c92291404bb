// Header fields: reading a header section field by field, and the names that Gannet knows.
//
// A field is read as the big servers read it: CRLF and lone LF both end a line; a line that starts with a
// space or a tab continues the field before it; blanks between name and colon are skipped (RFC 5322 4.5); a
// line without a colon (an mbox "From " line, for one) is a field without name, which nobody finds.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "mime/range.h"

namespace gannet::mime {

enum class HeaderId : std::uint8_t {
  kOther,
  kArcAuthenticationResults,
  kArcMessageSignature,
  kArcSeal,
  kAuthenticationResults,
  kAutoSubmitted,
  kBcc,
  kCc,
  kComments,
  kContentDescription,
  kContentDisposition,
  kContentId,
  kContentLanguage,
  kContentLocation,
  kContentMd5,
  kContentTransferEncoding,
  kContentType,
  kDate,
  kDeliveredTo,
  kDispositionNotificationTo,
  kDkimSignature,
  kErrorsTo,
  kFrom,
  kImportance,
  kInReplyTo,
  kKeywords,
  kListArchive,
  kListHelp,
  kListId,
  kListOwner,
  kListPost,
  kListSubscribe,
  kListUnsubscribe,
  kListUnsubscribePost,
  kMessageId,
  kMimeVersion,
  kPrecedence,
  kPriority,
  kReceived,
  kReceivedSpf,
  kReferences,
  kReplyTo,
  kResentBcc,
  kResentCc,
  kResentDate,
  kResentFrom,
  kResentMessageId,
  kResentSender,
  kResentTo,
  kReturnPath,
  kSender,
  kSubject,
  kTo,
  kXMailer,
  kXPriority,
};

// kOther for a name that is not in the list. Case does not matter.
HeaderId header_id(std::string_view name);
// In the usual spelling ("Message-ID"); empty for kOther.
std::string_view header_name(HeaderId id);

// One field of a header section, as offsets into the message.
struct Header {
  HeaderId id = HeaderId::kOther;
  std::uint32_t begin = 0;        // first octet of the name
  std::uint32_t name_end = 0;     // past the name, blanks before the colon left out; == begin without a colon
  std::uint32_t value_begin = 0;  // after the colon
  std::uint32_t value_end = 0;    // before the line end that closes the field
  std::uint32_t end = 0;          // after that line end

  std::string_view name(std::string_view message) const { return Range{begin, name_end}.in(message); }
  // Everything after the colon as it was sent: leading blank, line ends and 8-bit octets included.
  std::string_view raw_value(std::string_view message) const {
    return Range{value_begin, value_end}.in(message);
  }
  // The whole field with its line end.
  std::string_view field(std::string_view message) const { return Range{begin, end}.in(message); }
};

// Walks a header section. Ends at the empty line, or where the text ends.
//   for (HeaderReader reader(message, 0); reader.next();) use(reader.header());
class HeaderReader {
 public:
  // `begin` is where the section starts in `message`, which must be below 4 GiB.
  HeaderReader(std::string_view message, std::uint32_t begin) : message_(message), position_(begin) {}
  // False when there is no further field; position() is then the first octet of the body.
  bool next();
  const Header& header() const { return header_; }
  std::uint32_t position() const { return position_; }
  // Whether an empty line closed the section (only known at its end).
  bool saw_empty_line() const { return saw_empty_line_; }

 private:
  std::string_view message_;
  std::uint32_t position_;
  Header header_;
  bool saw_empty_line_ = false;
};

// The value on one line: line ends removed (RFC 5322 2.2.3), outer blanks trimmed. Nothing is decoded.
std::string unfold(std::string_view raw_value);
// The value as UTF-8 text for people: unfolded, RFC 2047 words decoded, other 8-bit text taken as UTF-8
// (RFC 6532) or else as windows-1252, NUL and control characters dropped.
std::string decode_unstructured(std::string_view raw_value);

// ASCII only, as header names and MIME tokens compare.
bool equals_ignoring_case(std::string_view a, std::string_view b);

}  // namespace gannet::mime
