#include "mime/envelope.h"

namespace gannet::mime {
namespace {

class EnvelopeReader {
 public:
  EnvelopeReader(const ParsedMessage& message, const Part& part)
      : message_(message), part_(part), left_(message.limits.max_addresses) {}

  Envelope run() {
    for (std::uint32_t i = 0; i < part_.field_count; ++i) {
      const Header& header = message_.headers[part_.first_field + i];
      read(header.id, header.raw_value(message_.message));
    }
    // RFC 9051 7.5.2: the server fills these in from From.
    if (out_.sender.empty()) out_.sender = out_.from;
    if (out_.reply_to.empty()) out_.reply_to = out_.from;
    return std::move(out_);
  }

 private:
  void read(HeaderId id, std::string_view value) {
    switch (id) {
      case HeaderId::kDate:
        return text(out_.date, value);
      case HeaderId::kSubject:
        return text(out_.subject, value);
      case HeaderId::kInReplyTo:
        return text(out_.in_reply_to, value);
      case HeaderId::kMessageId:
        return text(out_.message_id, value);
      case HeaderId::kFrom:
        return first(out_.from, value);
      case HeaderId::kSender:
        return first(out_.sender, value);
      case HeaderId::kReplyTo:
        return first(out_.reply_to, value);
      case HeaderId::kTo:
        return all(out_.to, value);
      case HeaderId::kCc:
        return all(out_.cc, value);
      case HeaderId::kBcc:
        return all(out_.bcc, value);
      default:
        return;
    }
  }
  void text(std::string& out, std::string_view value) {
    if (out.empty()) out = unfold(value);
  }
  void first(std::vector<Address>& out, std::string_view value) {
    if (out.empty()) all(out, value);
  }
  void all(std::vector<Address>& out, std::string_view value) {
    auto more = parse_addresses(value, left_);
    left_ -= std::min(left_, more.size());
    if (out.empty()) {
      out = std::move(more);
    } else {
      out.insert(out.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
    }
  }

  const ParsedMessage& message_;
  const Part& part_;
  std::size_t left_;
  Envelope out_;
};

}  // namespace

Envelope envelope_of(const ParsedMessage& message, const Part& part) {
  return EnvelopeReader(message, part).run();
}

}  // namespace gannet::mime
