#include <algorithm>

#include "base/bytes.h"
#include "mime/charset.h"
#include "mime/date.h"
#include "mime/envelope.h"
#include "mime/lexer.h"
#include "mime/message_id.h"
#include "mime/subject.h"
#include "mime/summary.h"
#include "mime/summary_layout.h"
#include "mime/text.h"

namespace gannet::mime {
namespace {

using namespace layout;

// How much of a message goes into its record.
struct Caps {
  std::size_t text;       // octets of one text
  std::size_t addresses;  // of one list
  bool fields;            // of parts
};
constexpr std::size_t kAll = std::string::npos;
// Tried in this order until the record is short enough.
constexpr Caps kCaps[] = {
    {kAll, kAll, true}, {1000, 200, true}, {200, 20, true}, {60, 5, true}, {60, 5, false}};

std::string_view without_brackets(std::string_view id) {
  return id.size() >= 2 && id.starts_with('<') && id.ends_with('>') ? id.substr(1, id.size() - 2)
                                                                    : std::string_view{};
}

// RFC 5256 3, REFERENCES, step 1: References, or else the first valid id of In-Reply-To.
std::vector<std::string> references_of(const ParsedMessage& message) {
  constexpr std::size_t kMaxReferences = 200;
  auto ids = parse_message_ids(message.raw(HeaderId::kReferences));
  if (ids.empty()) {
    ids = parse_message_ids(message.raw(HeaderId::kInReplyTo));
    if (ids.size() > 1) ids.resize(1);
  }
  // Of an absurd chain the root and the nearest ancestors are what threads.
  if (ids.size() > kMaxReferences)
    ids.erase(ids.begin() + 1, ids.end() - static_cast<std::ptrdiff_t>(kMaxReferences - 1));
  return ids;
}

// Index + 1 in kMediaTypes of what stands for a rare type when there is no room for its name.
std::uint64_t nearest_type(PartKind kind) {
  switch (kind) {
    case PartKind::kText:
      return 1;
    case PartKind::kMultipart:
      return 3;
    case PartKind::kMessage:
      return 10;
    case PartKind::kBasic:
      break;
  }
  return 17;
}
static_assert(kMediaTypes[0].subtype == "plain" && kMediaTypes[2].subtype == "mixed" &&
              kMediaTypes[9].subtype == "rfc822" && kMediaTypes[16].subtype == "octet-stream");

class Encoder {
 public:
  Encoder(const ParsedMessage& message, const Caps& caps, std::string_view preview, std::uint32_t prefix)
      : message_(message), caps_(caps), preview_(preview), prefix_(prefix) {}

  std::string run() {
    write_message();
    for (std::uint32_t i = 0; i < message_.parts.size(); ++i) write_part(i);
    return out_.take();
  }

 private:
  void write_message();
  void write_part(std::uint32_t index);
  void write_fields(const Part& part);
  void write_media_type(const Part& part);
  void write_envelope(const Envelope& envelope);
  void write_addresses(const std::vector<Address>& addresses);
  void write_parameters(const std::vector<Parameter>& parameters);
  void write_strings(const std::vector<std::string>& strings);
  void write_text(std::string_view text) { out_.string(utf8_prefix(text, caps_.text)); }
  void write_address(RecordWriter& out, const Address& address) const;

  const ParsedMessage& message_;
  const Caps caps_;
  std::string_view preview_;
  const std::uint32_t prefix_;
  RecordWriter out_{kVersion};
};

void Encoder::write_address(RecordWriter& out, const Address& address) const {
  const auto clip = [&](std::string_view text) { return utf8_prefix(text, caps_.text); };
  auto bits = static_cast<std::uint8_t>(address.kind);
  if (!address.name.empty()) bits |= kAddressName;
  if (!address.route.empty()) bits |= kAddressRoute;
  if (!address.mailbox.empty()) bits |= kAddressMailbox;
  if (!address.host.empty()) bits |= kAddressHost;
  out.u8(bits);
  if (bits & kAddressName) out.string(clip(address.name));
  if (bits & kAddressRoute) out.string(clip(address.route));
  if (bits & kAddressMailbox) out.string(clip(address.mailbox));
  if (bits & kAddressHost) out.string(clip(address.host));
}

void Encoder::write_addresses(const std::vector<Address>& addresses) {
  RecordWriter packed;
  bool in_group = false;
  for (std::size_t i = 0; i < std::min(addresses.size(), caps_.addresses); ++i) {
    write_address(packed, addresses[i]);
    if (addresses[i].kind != AddressKind::kMailbox) in_group = addresses[i].kind == AddressKind::kGroupStart;
  }
  if (in_group && addresses.size() > caps_.addresses)
    write_address(packed,
                  {.kind = AddressKind::kGroupEnd, .name = {}, .route = {}, .mailbox = {}, .host = {}});
  out_.string(packed.view());
}

void Encoder::write_envelope(const Envelope& envelope) {
  write_text(envelope.date);
  write_text(envelope.subject);
  write_text(envelope.in_reply_to);
  write_text(envelope.message_id);
  write_addresses(envelope.from);
  write_addresses(envelope.sender == envelope.from ? std::vector<Address>{} : envelope.sender);
  write_addresses(envelope.reply_to == envelope.from ? std::vector<Address>{} : envelope.reply_to);
  write_addresses(envelope.to);
  write_addresses(envelope.cc);
  write_addresses(envelope.bcc);
}

void Encoder::write_strings(const std::vector<std::string>& strings) {
  RecordWriter packed;
  for (std::size_t i = 0; i < std::min(strings.size(), caps_.addresses); ++i)
    packed.string(utf8_prefix(strings[i], caps_.text));
  out_.string(packed.view());
}

void Encoder::write_parameters(const std::vector<Parameter>& parameters) {
  RecordWriter packed;
  for (std::size_t i = 0; i < std::min(parameters.size(), caps_.addresses); ++i)
    packed.string(utf8_prefix(parameters[i].name, caps_.text))
        .string(utf8_prefix(parameters[i].value, caps_.text));
  out_.string(packed.view());
}

void Encoder::write_message() {
  const Envelope envelope = envelope_of(message_);
  const auto date = parse_date(message_.raw(HeaderId::kDate));
  const BaseSubject base = base_subject(message_.raw(HeaderId::kSubject));
  const auto ids = parse_message_ids(envelope.message_id, 1);
  const std::string_view id = ids.empty() ? std::string_view{} : std::string_view(ids.front());
  const bool whole = caps_.text == kAll;
  std::uint8_t bits = 0;
  if (date) bits |= kHasDate;
  if (base.is_reply) bits |= kIsReply;
  if (base.text == envelope.subject && whole) bits |= kSubjectIsBase;
  if (id == without_brackets(envelope.message_id) && whole) bits |= kMessageIdIsEnvelopes;
  if (std::ranges::any_of(message_.parts, [&](const Part& part) { return is_attachment(message_, part); }))
    bits |= kHasAttachment;

  out_.varint(message_.message.size() + prefix_)
      .varint(message_.flags | (whole ? 0u : kLimitReached))
      .u8(bits);
  if (date) out_.signed_varint(date->unix_seconds).signed_varint(date->offset_minutes);
  write_envelope(envelope);
  if (!(bits & kSubjectIsBase)) write_text(base.text);
  if (!(bits & kMessageIdIsEnvelopes)) write_text(id);
  write_strings(references_of(message_));
  out_.string(preview_);
}

// Places below the root are told from their parent's, so a prefix moves the root's header alone.
void Encoder::write_part(std::uint32_t index) {
  const Part& part = message_.parts[index];
  const bool root = part.parent == kNoPart;
  out_.u8(static_cast<std::uint8_t>(static_cast<unsigned>(part.kind) +
                                    16 * static_cast<unsigned>(part.encoding)));
  out_.varint(root ? 0 : index - part.parent);
  out_.varint(root ? part.header.begin : part.header.begin - message_.parts[part.parent].body.begin);
  out_.varint(part.header.size() + (root ? prefix_ : 0)).varint(part.body.size()).varint(part.lines);
  write_media_type(part);
  if (caps_.fields) {
    write_fields(part);
  } else {
    out_.u8(0);
  }
  if (part.kind == PartKind::kMessage)
    write_envelope(caps_.fields ? envelope_of(message_, message_.parts[part.first_child]) : Envelope{});
}

void Encoder::write_media_type(const Part& part) {
  for (std::size_t i = 0; i < kMediaTypes.size(); ++i) {
    if (part.type != kMediaTypes[i].type || part.subtype != kMediaTypes[i].subtype) continue;
    out_.varint(i + 1);
    return;
  }
  if (!caps_.fields) {
    out_.varint(nearest_type(part.kind));
    return;
  }
  out_.varint(0);
  write_text(part.type);
  write_text(part.subtype);
}

void Encoder::write_fields(const Part& part) {
  const auto parameters = message_.content_type(part).parameters;
  const std::string encoding = parse_simple(message_.raw(part, HeaderId::kContentTransferEncoding));
  const std::string id = parse_simple(message_.raw(part, HeaderId::kContentId));
  const std::string description = unfold(message_.raw(part, HeaderId::kContentDescription));
  const std::string md5 = parse_simple(message_.raw(part, HeaderId::kContentMd5));
  const Disposition disposition = message_.disposition(part);
  const auto language = parse_language(message_.raw(part, HeaderId::kContentLanguage));
  const std::string location = parse_simple(message_.raw(part, HeaderId::kContentLocation));

  std::uint8_t bits = 0;
  if (!parameters.empty()) bits |= kPartParameters;
  if (!encoding.empty() && encoding != encoding_name(part.encoding)) bits |= kPartEncodingText;
  if (!id.empty()) bits |= kPartId;
  if (!description.empty()) bits |= kPartDescription;
  if (!md5.empty()) bits |= kPartMd5;
  if (!disposition.type.empty()) bits |= kPartDisposition;
  if (!language.empty()) bits |= kPartLanguage;
  if (!location.empty()) bits |= kPartLocation;
  out_.u8(bits);
  if (bits & kPartParameters) write_parameters(parameters);
  if (bits & kPartEncodingText) write_text(encoding);
  if (bits & kPartId) write_text(id);
  if (bits & kPartDescription) write_text(description);
  if (bits & kPartMd5) write_text(md5);
  if (bits & kPartDisposition) {
    write_text(disposition.type);
    write_parameters(disposition.parameters);
  }
  if (bits & kPartLanguage) write_strings(language);
  if (bits & kPartLocation) write_text(location);
}

}  // namespace

std::string encode_summary(const ParsedMessage& message, const SummaryOptions& options) {
  const std::string preview = options.with_preview ? preview_of(message) : std::string{};
  std::string record;
  for (const Caps& caps : kCaps) {
    record = Encoder(message, caps, preview, options.prefix).run();
    if (record.size() <= options.max_size) break;
  }
  return record;
}

}  // namespace gannet::mime
