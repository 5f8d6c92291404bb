#include <array>

#include "base/bytes.h"
#include "mime/summary.h"
#include "mime/summary_layout.h"

namespace gannet::mime {
namespace {

using namespace layout;

EnvelopeView read_envelope(RecordReader& in) {
  EnvelopeView out;
  out.date = in.string();
  out.subject = in.string();
  out.in_reply_to = in.string();
  out.message_id = in.string();
  out.from = AddressList(in.string());
  out.sender = AddressList(in.string());
  out.reply_to = AddressList(in.string());
  out.to = AddressList(in.string());
  out.cc = AddressList(in.string());
  out.bcc = AddressList(in.string());
  if (out.sender.empty()) out.sender = out.from;
  if (out.reply_to.empty()) out.reply_to = out.from;
  return out;
}

void read_fields(RecordReader& in, PartSummary& part) {
  part.encoding_text = encoding_name(part.encoding);
  const std::uint8_t bits = in.u8();
  if (bits & kPartParameters) part.parameters = ParameterList(in.string());
  if (bits & kPartEncodingText) part.encoding_text = in.string();
  if (bits & kPartId) part.id = in.string();
  if (bits & kPartDescription) part.description = in.string();
  if (bits & kPartMd5) part.md5 = in.string();
  if (bits & kPartDisposition) {
    part.disposition = in.string();
    part.disposition_parameters = ParameterList(in.string());
  }
  if (bits & kPartLanguage) part.language = StringList(in.string());
  if (bits & kPartLocation) part.location = in.string();
}

// Where a part lies. False if the numbers cannot be true: then the record is damaged.
bool read_place(RecordReader& in, const std::vector<PartSummary>& parts, std::uint32_t message_size,
                PartSummary& part) {
  const std::uint64_t distance = in.varint();
  std::uint64_t begin = in.varint();
  const std::uint64_t header_size = in.varint(), body_size = in.varint();
  part.lines = static_cast<std::uint32_t>(in.varint());
  if (distance > parts.size() || (distance == 0) != parts.empty()) return false;
  if (distance > 0) {
    part.parent = static_cast<std::uint32_t>(parts.size() - distance);
    if (begin > message_size) return false;
    begin += parts[part.parent].body.begin;
  }
  if (begin > message_size || header_size > message_size - begin ||
      body_size > message_size - begin - header_size)
    return false;
  part.header = {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(begin + header_size)};
  part.body = {part.header.end, static_cast<std::uint32_t>(part.header.end + body_size)};
  return true;
}

bool read_part(RecordReader& in, const std::vector<PartSummary>& parts, std::uint32_t message_size,
               PartSummary& part) {
  const std::uint8_t kind = in.u8();
  if ((kind & 15) > static_cast<unsigned>(PartKind::kMessage) ||
      kind >> 4 > static_cast<unsigned>(Encoding::kUnknown))
    return false;
  part.kind = static_cast<PartKind>(kind & 15);
  part.encoding = static_cast<Encoding>(kind >> 4);
  if (!read_place(in, parts, message_size, part)) return false;
  const std::uint64_t type = in.varint();
  if (type > kMediaTypes.size()) return false;
  if (type == 0) {
    part.type = in.string();
    part.subtype = in.string();
  } else {
    part.type = kMediaTypes[type - 1].type;
    part.subtype = kMediaTypes[type - 1].subtype;
  }
  read_fields(in, part);
  if (part.kind == PartKind::kMessage) part.envelope = read_envelope(in);
  return in.ok();
}

}  // namespace

bool read_item(std::string_view& rest, AddressView& out) {
  if (rest.empty()) return false;
  RecordReader in(rest);
  const std::uint8_t bits = in.u8();
  out = {};
  out.kind = static_cast<AddressKind>(bits & kAddressKindMask);
  if (bits & kAddressName) out.name = in.string();
  if (bits & kAddressRoute) out.route = in.string();
  if (bits & kAddressMailbox) out.mailbox = in.string();
  if (bits & kAddressHost) out.host = in.string();
  rest = in.rest();
  return in.ok() && (bits & kAddressKindMask) <= static_cast<unsigned>(AddressKind::kGroupEnd);
}

bool read_item(std::string_view& rest, ParameterView& out) {
  if (rest.empty()) return false;
  RecordReader in(rest);
  out.name = in.string();
  out.value = in.string();
  rest = in.rest();
  return in.ok();
}

bool read_item(std::string_view& rest, std::string_view& out) {
  if (rest.empty()) return false;
  RecordReader in(rest);
  out = in.string();
  rest = in.rest();
  return in.ok();
}

std::optional<MessageSummary> decode_summary(std::string_view record) {
  RecordReader in(record);
  if (in.u8() != kVersion) return std::nullopt;
  MessageSummary out;
  const std::uint64_t size = in.varint();
  if (size > 0xffff'ffff) return std::nullopt;
  out.size = static_cast<std::uint32_t>(size);
  out.flags = static_cast<std::uint16_t>(in.varint());
  const std::uint8_t bits = in.u8();
  out.has_attachment = bits & kHasAttachment;
  out.is_reply = bits & kIsReply;
  if (bits & kHasDate) {
    const std::int64_t seconds = in.signed_varint();
    out.date = Date{.unix_seconds = seconds, .offset_minutes = static_cast<std::int32_t>(in.signed_varint())};
  }
  out.envelope = read_envelope(in);
  out.base_subject = bits & kSubjectIsBase ? out.envelope.subject : in.string();
  if (!(bits & kMessageIdIsEnvelopes)) {
    out.message_id = in.string();
  } else if (out.envelope.message_id.size() >= 2) {
    out.message_id = out.envelope.message_id.substr(1, out.envelope.message_id.size() - 2);
  }
  out.references = StringList(in.string());
  out.preview = in.string();
  out.packed_parts_ = in.rest();
  if (!in.ok()) return std::nullopt;
  return out;
}

std::vector<PartSummary> MessageSummary::parts() const {
  std::vector<PartSummary> out;
  std::vector<std::uint32_t> last_child;
  RecordReader in(packed_parts_);
  while (in.ok() && !in.at_end()) {
    PartSummary part;
    if (!read_part(in, out, size, part)) return {};
    const auto index = static_cast<std::uint32_t>(out.size());
    if (part.parent != kNoPart) {
      const std::uint32_t previous = last_child[part.parent];
      (previous == kNoPart ? out[part.parent].first_child : out[previous].next_sibling) = index;
      last_child[part.parent] = index;
    }
    out.push_back(part);
    last_child.push_back(kNoPart);
  }
  for (const auto& part : out)
    if (part.kind >= PartKind::kMultipart && part.first_child == kNoPart) return {};
  return out;
}

}  // namespace gannet::mime
