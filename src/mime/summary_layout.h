// Internal: the layout of the summary record, version 1. All numbers are varints, all texts are length and
// octets.
//
//   u8 version; size; flags; u8 bits (kHas...)
//   [date: seconds (zig-zag), zone minutes (zig-zag)]
//   envelope: date, subject, in-reply-to, message-id; then from, sender, reply-to, to, cc, bcc, each a text
//   holding
//     packed addresses; an empty sender or reply-to is the same as from
//   [base subject] unless it is the subject itself; [message id] unless it is the envelope's without brackets
//   references: a text of packed texts; preview
//   for each part: u8 kind + 16 * encoding; distance to its parent (0 for the root); header begin, counted
//   from the
//     parent's body; header size; body size; lines; media type (1-based index into kMediaTypes, or 0 and two
//     texts); u8 bits (kPart...) and what they announce, in the order of the bits; for a message: its
//     envelope
//
// Packed address: u8 kind + bits kAddress..., then the texts that the bits announce.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace gannet::mime::layout {

inline constexpr std::uint8_t kVersion = 1;

inline constexpr std::uint8_t kHasDate = 1, kHasAttachment = 2, kIsReply = 4, kSubjectIsBase = 8,
                              kMessageIdIsEnvelopes = 16;

inline constexpr std::uint8_t kAddressKindMask = 3, kAddressName = 4, kAddressRoute = 8, kAddressMailbox = 16,
                              kAddressHost = 32;

inline constexpr std::uint8_t kPartParameters = 1, kPartEncodingText = 2, kPartId = 4, kPartDescription = 8,
                              kPartMd5 = 16, kPartDisposition = 32, kPartLanguage = 64, kPartLocation = 128;

struct MediaType {
  std::string_view type;
  std::string_view subtype;
};
// Append only: the indexes are in records.
inline constexpr std::array<MediaType, 26> kMediaTypes = {{
    {"text", "plain"},
    {"text", "html"},
    {"multipart", "mixed"},
    {"multipart", "alternative"},
    {"multipart", "related"},
    {"multipart", "report"},
    {"multipart", "signed"},
    {"multipart", "encrypted"},
    {"multipart", "digest"},
    {"message", "rfc822"},
    {"message", "global"},
    {"message", "delivery-status"},
    {"message", "disposition-notification"},
    {"text", "rfc822-headers"},
    {"text", "calendar"},
    {"text", "csv"},
    {"application", "octet-stream"},
    {"application", "pdf"},
    {"application", "pgp-signature"},
    {"application", "pkcs7-signature"},
    {"application", "zip"},
    {"application", "ics"},
    {"image", "png"},
    {"image", "jpeg"},
    {"image", "gif"},
    {"application", "vnd.openxmlformats-officedocument.wordprocessingml.document"},
}};

}  // namespace gannet::mime::layout
