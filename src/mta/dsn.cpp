#include "mta/dsn.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/unicode.h"
#include "mime/date.h"
#include "mime/header.h"
#include "mime/writer.h"
#include "smtp/xtext.h"

namespace gannet::mta {
namespace {

constexpr std::size_t kMaxReturned = 1 << 20;

bool delivered(const QueuedRecipient& recipient) {
  return recipient.state == RecipientState::kDelivered;
}

std::string_view action(const QueuedRecipient& recipient, bool delayed) {
  return delayed ? "delayed" : delivered(recipient) ? "delivered" : "failed";
}

// "x.1.1" with the class that the action asks for (RFC 3464 2.3.4).
std::string status(const QueuedRecipient& recipient, bool delayed) {
  smtp::EnhancedCode code = recipient.last.enhanced;
  code.status = delayed ? 4 : delivered(recipient) ? 2 : 5;
  return code.to_string();
}

// One line without anything that could begin another.
std::string clean(std::string_view text) {
  std::string out;
  for (const char c : text) out.push_back(static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c);
  return out;
}

// RFC 3464 2.1.2, RFC 6533 3
std::string typed_address(std::string_view address) {
  return fmt::format("{}; {}", is_ascii(address) ? "rfc822" : "utf-8", clean(address));
}

// RFC 3464 2.2 and 2.3
std::string status_fields(const Entry& entry, const std::vector<QueuedRecipient>& recipients,
                          const DsnFacts& facts) {
  std::string out;
  if (!entry.envelope_id.empty())
    out += fmt::format("Original-Envelope-Id: {}\r\n", smtp::encode_xtext(entry.envelope_id));
  out += fmt::format("Reporting-MTA: dns; {}\r\n", facts.hostname);
  out += fmt::format("Arrival-Date: {}\r\n", mime::format_date(entry.created));
  for (const QueuedRecipient& recipient : recipients) {
    out += "\r\n";
    if (!recipient.original_type.empty())
      out += fmt::format("Original-Recipient: {}; {}\r\n", recipient.original_type,
                         clean(recipient.original_recipient));
    out += fmt::format("Final-Recipient: {}\r\n", typed_address(recipient.address));
    out += fmt::format("Action: {}\r\nStatus: {}\r\n", action(recipient, facts.delayed),
                       status(recipient, facts.delayed));
    if (!delivered(recipient))
      out += fmt::format("Diagnostic-Code: smtp; {}\r\n", clean(recipient.last.to_string()));
    out += fmt::format("Last-Attempt-Date: {}\r\n", mime::format_date(recipient.last_attempt));
    if (facts.delayed)
      out += fmt::format("Will-Retry-Until: {}\r\n", mime::format_date(facts.will_retry_until));
  }
  return out;
}

std::string explanation(const std::vector<QueuedRecipient>& recipients, const DsnFacts& facts) {
  std::string out = fmt::format("This is the mail system of {}.\n\n", facts.hostname);
  const auto list = [&](std::string_view heading, bool success) {
    bool first = true;
    for (const QueuedRecipient& recipient : recipients) {
      if (delivered(recipient) != success) continue;
      if (first) out += std::string(heading) + "\n\n";
      first = false;
      out += fmt::format("  <{}>", recipient.address);
      if (!success) out += fmt::format("\n    {}", clean(recipient.last.to_string()));
      out += "\n";
    }
    if (!first) out += "\n";
  };
  list("Your message was delivered to:", true);
  if (facts.delayed) {
    list(
        "Your message could not be delivered yet. There is nothing that you need to do: it will be tried\n"
        "again, and you will hear when it is given up. It waits for:",
        false);
  } else {
    list("Your message could not be delivered to:", false);
  }
  return out;
}

std::string subject(const std::vector<QueuedRecipient>& recipients, bool delayed) {
  if (delayed) return "Your message is delayed";
  if (std::ranges::all_of(recipients, delivered)) return "Your message was delivered";
  return "Your message could not be delivered";
}

std::string_view header_of(std::string_view message) {
  mime::HeaderReader reader(message.substr(0, kMaxReturned), 0);
  while (reader.next()) {
  }
  return message.substr(0, reader.position());
}

}  // namespace

std::string write_dsn(const Entry& entry, const std::vector<QueuedRecipient>& recipients,
                      std::string_view original, const DsnFacts& facts, const Clock& clock, Random& random) {
  mime::Address from;
  from.name = facts.from_name;
  const std::size_t at = facts.from_address.rfind('@');
  from.mailbox = facts.from_address.substr(0, at);
  if (at != std::string::npos) from.host = facts.from_address.substr(at + 1);
  mime::Address to;
  const std::size_t sender_at = entry.sender.rfind('@');
  to.mailbox = entry.sender.substr(0, sender_at);
  if (sender_at != std::string::npos) to.host = entry.sender.substr(sender_at + 1);

  mime::Writer writer(random);
  writer.address("From", from).address("To", to).text("Subject", subject(recipients, facts.delayed));
  writer.date(clock.now()).message_id(clock, facts.hostname);
  // RFC 3834 5: nobody is to answer this by a machine.
  writer.header("Auto-Submitted", "auto-replied");
  writer.begin_multipart("report", {{"report-type", "delivery-status"}});
  writer.text_part("plain", explanation(recipients, facts));
  const std::string fields = status_fields(entry, recipients, facts);
  const bool ascii = is_ascii(fields);
  if (ascii) {
    writer.part("message/delivery-status", fields);
  } else {
    writer.raw_part("message/global-delivery-status", fields);
  }
  // RFC 3461 4.3: the sender's wish; a success returns the header only.
  const bool all = entry.ret == smtp::Ret::kFull && original.size() <= kMaxReturned && !facts.delayed &&
                   !std::ranges::all_of(recipients, delivered);
  if (all) {
    writer.raw_part(ascii ? "message/rfc822" : "message/global", original);
  } else {
    writer.raw_part(ascii ? "text/rfc822-headers" : "message/global-headers", header_of(original));
  }
  writer.end_multipart();
  return writer.take();
}

}  // namespace gannet::mta
