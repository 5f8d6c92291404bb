#include <algorithm>

#include "base/bytes.h"
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

void write_address(RecordWriter& out, const Address& address) {
  auto bits = static_cast<std::uint8_t>(address.kind);
  if (!address.name.empty()) bits |= kAddressName;
  if (!address.route.empty()) bits |= kAddressRoute;
  if (!address.mailbox.empty()) bits |= kAddressMailbox;
  if (!address.host.empty()) bits |= kAddressHost;
  out.u8(bits);
  if (bits & kAddressName) out.string(address.name);
  if (bits & kAddressRoute) out.string(address.route);
  if (bits & kAddressMailbox) out.string(address.mailbox);
  if (bits & kAddressHost) out.string(address.host);
}

void write_addresses(RecordWriter& out, const std::vector<Address>& addresses) {
  RecordWriter packed;
  for (const auto& address : addresses) write_address(packed, address);
  out.string(packed.view());
}

void write_envelope(RecordWriter& out, const Envelope& envelope) {
  out.string(envelope.date).string(envelope.subject).string(envelope.in_reply_to).string(envelope.message_id);
  write_addresses(out, envelope.from);
  write_addresses(out, envelope.sender == envelope.from ? std::vector<Address>{} : envelope.sender);
  write_addresses(out, envelope.reply_to == envelope.from ? std::vector<Address>{} : envelope.reply_to);
  write_addresses(out, envelope.to);
  write_addresses(out, envelope.cc);
  write_addresses(out, envelope.bcc);
}

void write_strings(RecordWriter& out, const std::vector<std::string>& strings) {
  RecordWriter packed;
  for (const auto& string : strings) packed.string(string);
  out.string(packed.view());
}

void write_parameters(RecordWriter& out, const std::vector<Parameter>& parameters) {
  RecordWriter packed;
  for (const auto& parameter : parameters) packed.string(parameter.name).string(parameter.value);
  out.string(packed.view());
}

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

class Encoder {
 public:
  explicit Encoder(const ParsedMessage& message) : message_(message) {}

  std::string run(const SummaryOptions& options) {
    write_message(options);
    for (std::uint32_t i = 0; i < message_.parts.size(); ++i) write_part(i, i == 0 ? options.prefix : 0);
    return out_.take();
  }

 private:
  void write_message(const SummaryOptions& options);
  void write_part(std::uint32_t index, std::uint32_t prefix);
  void write_fields(const Part& part);
  void write_media_type(const Part& part);

  const ParsedMessage& message_;
  RecordWriter out_{kVersion};
};

void Encoder::write_message(const SummaryOptions& options) {
  const Envelope envelope = envelope_of(message_);
  const auto date = parse_date(message_.raw(HeaderId::kDate));
  const BaseSubject base = base_subject(message_.raw(HeaderId::kSubject));
  const auto ids = parse_message_ids(envelope.message_id, 1);
  const std::string_view id = ids.empty() ? std::string_view{} : std::string_view(ids.front());
  std::uint8_t bits = 0;
  if (date) bits |= kHasDate;
  if (base.is_reply) bits |= kIsReply;
  if (base.text == envelope.subject) bits |= kSubjectIsBase;
  if (id == without_brackets(envelope.message_id)) bits |= kMessageIdIsEnvelopes;
  if (std::ranges::any_of(message_.parts, [&](const Part& part) { return is_attachment(message_, part); }))
    bits |= kHasAttachment;

  out_.varint(message_.message.size() + options.prefix).varint(message_.flags).u8(bits);
  if (date) out_.signed_varint(date->unix_seconds).signed_varint(date->offset_minutes);
  write_envelope(out_, envelope);
  if (!(bits & kSubjectIsBase)) out_.string(base.text);
  if (!(bits & kMessageIdIsEnvelopes)) out_.string(id);
  write_strings(out_, references_of(message_));
  out_.string(options.with_preview ? preview_of(message_) : std::string{});
}

// Places below the root are told from their parent's, so a prefix moves the root's header alone.
void Encoder::write_part(std::uint32_t index, std::uint32_t prefix) {
  const Part& part = message_.parts[index];
  const bool root = part.parent == kNoPart;
  out_.u8(static_cast<std::uint8_t>(static_cast<unsigned>(part.kind) +
                                    16 * static_cast<unsigned>(part.encoding)));
  out_.varint(root ? 0 : index - part.parent);
  out_.varint(root ? part.header.begin : part.header.begin - message_.parts[part.parent].body.begin);
  out_.varint(part.header.size() + prefix).varint(part.body.size()).varint(part.lines);
  write_media_type(part);
  write_fields(part);
  if (part.kind == PartKind::kMessage)
    write_envelope(out_, envelope_of(message_, message_.parts[part.first_child]));
}

void Encoder::write_media_type(const Part& part) {
  for (std::size_t i = 0; i < kMediaTypes.size(); ++i) {
    if (part.type != kMediaTypes[i].type || part.subtype != kMediaTypes[i].subtype) continue;
    out_.varint(i + 1);
    return;
  }
  out_.varint(0).string(part.type).string(part.subtype);
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
  if (bits & kPartParameters) write_parameters(out_, parameters);
  if (bits & kPartEncodingText) out_.string(encoding);
  if (bits & kPartId) out_.string(id);
  if (bits & kPartDescription) out_.string(description);
  if (bits & kPartMd5) out_.string(md5);
  if (bits & kPartDisposition) {
    out_.string(disposition.type);
    write_parameters(out_, disposition.parameters);
  }
  if (bits & kPartLanguage) write_strings(out_, language);
  if (bits & kPartLocation) out_.string(location);
}

}  // namespace

std::string encode_summary(const ParsedMessage& message, const SummaryOptions& options) {
  return Encoder(message).run(options);
}

}  // namespace gannet::mime
